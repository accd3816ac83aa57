package fault

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExitCodesAreTheDocumentedOnes(t *testing.T) {
	want := map[Code]int{Usage: 2, Model: 3, Memory: 3, Toolchain: 4, Sandbox: 5, NoPicture: 1, Timeout: 1, Interrupted: 130, Internal: 70}
	assert.Len(t, table, len(want), "a new code needs a line here and in docs/CLI.md")
	for code, exit := range want {
		assert.Equal(t, exit, ExitCode(New(code, "x")), string(code))
	}
	assert.Zero(t, ExitCode(nil))
}

func TestCodeOf(t *testing.T) {
	inner := New(Model, "weights are damaged").WithHint("run viscoder pull")
	outer := fmt.Errorf("opening: %w", inner)
	assert.Equal(t, Model, CodeOf(outer))
	assert.Equal(t, "run viscoder pull", HintOf(outer))
	assert.Equal(t, Interrupted, CodeOf(context.Canceled))
	assert.Equal(t, Timeout, CodeOf(context.DeadlineExceeded))
	assert.Equal(t, Internal, CodeOf(errors.New("plain")))
	rewrapped := Wrap(inner, Usage, "flag --model")
	assert.Equal(t, Usage, CodeOf(rewrapped))
	assert.Equal(t, "run viscoder pull", HintOf(rewrapped))
	assert.ErrorIs(t, rewrapped, inner)
}
