package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/internal/place"
)

// Real processes: a shell prints marks of the clock that Go reads too.
func TestStartedReadsMarksAndErrors(t *testing.T) {
	shell := func(script string) *exec.Cmd { return exec.Command("/bin/sh", "-c", script) }
	mark := `printf '{"mark":"%s","unix_ns":%s}\n' one "$(date +%s%N)"`
	marks, err := started(context.Background(), shell(mark+` ; test "$KEY" = value`), "KEY=value")
	require.NoError(t, err)
	assert.Len(t, marks, 1)
	assert.Positive(t, marks["one"])

	_, err = started(context.Background(), shell("echo no model >&2; exit 3"))
	require.ErrorContains(t, err, "no model")
	assert.Equal(t, fault.Model, fault.CodeOf(err), "the child's exit code is ours")
	_, err = started(context.Background(), shell("echo hello"))
	require.ErrorContains(t, err, `"hello", which is no mark`)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = started(ctx, shell("exec sleep 100"))
	require.ErrorIs(t, err, context.Canceled)
	_, err = started(context.Background(), exec.Command("/nowhere/viscoder"))
	require.ErrorContains(t, err, "/nowhere/viscoder")
}

func TestFreshFolderHoldsTheModelUnderANameOfItsOwn(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	path := tinyFile(t)
	folder, link, err := freshFolder(path)
	require.NoError(t, err)
	defer os.RemoveAll(folder)
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	got, err := os.ReadFile(link)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.NotEqual(t, path, link)
	assert.True(t, strings.HasPrefix(folder, place.Cache()))
	require.NoError(t, dropFromMemory(link))
	_, _, err = freshFolder(path + ".absent")
	require.ErrorContains(t, err, "absent")
}

func FuzzReadMarks(f *testing.F) {
	f.Add(`{"mark":"loaded","unix_ns":9223372036854775807}`)
	f.Add("{\"mark\":\"a\",\"unix_ns\":1}\n\n")
	start := time.Unix(1, 0)
	f.Fuzz(func(t *testing.T, text string) {
		marks, err := readMarks(strings.NewReader(text), start)
		var known *fault.Error
		if errors.As(err, &known) != (err != nil) && !strings.Contains(err.Error(), "too long") {
			t.Fatal(err)
		}
		for name, after := range marks {
			if name == "" || after < 0 {
				t.Fatalf("mark %q after %v", name, after)
			}
		}
	})
}
