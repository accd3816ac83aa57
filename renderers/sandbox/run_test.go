package sandbox

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

// boxes are both ways to run a program; what every run promises holds in each.
func boxes(t *testing.T) map[string]*Box {
	t.Helper()
	strict, err := New(Options{})
	require.NoError(t, err)
	loose, err := New(Options{Unsafe: true})
	require.NoError(t, err)
	return map[string]*Box{"boxed": strict, "unsafe": loose}
}

func shell(script string) []string { return []string{"/bin/sh", "-c", script} }

func TestRunGivesWhatTheProgramSaid(t *testing.T) {
	for name, b := range boxes(t) {
		t.Run(name, func(t *testing.T) {
			work := t.TempDir()
			r, err := b.Run(context.Background(), Command{
				Args: shell(`cat; echo "$COLOUR" >&2; echo drawn > picture.svg; exit 3`), Env: []string{"COLOUR=blue"},
				Stdin: []byte("from outside\n"), Work: work,
			})
			require.NoError(t, err)
			assert.Equal(t, 3, r.ExitCode)
			assert.Equal(t, "from outside\n", string(r.Stdout))
			assert.Equal(t, "blue\n", string(r.Stderr))
			assert.Empty(t, r.Reason)
			assert.Empty(t, r.Signal)
			assert.False(t, r.Truncated)
			assert.Positive(t, r.Wall)
			picture, err := os.ReadFile(filepath.Join(work, "picture.svg"))
			require.NoError(t, err)
			assert.Equal(t, "drawn\n", string(picture))
		})
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	for name, b := range boxes(t) {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
			defer cancel()
			r, err := b.Run(ctx, Command{Args: shell("echo begun; sleep 600"), Work: t.TempDir()})
			assert.Equal(t, fault.Timeout, fault.CodeOf(err))
			assert.Equal(t, "begun\n", string(r.Stdout), "what there was is kept")
		})
	}
}

func TestProgramThatIsNotThere(t *testing.T) {
	for name, b := range boxes(t) {
		t.Run(name, func(t *testing.T) {
			_, err := b.Run(context.Background(), Command{Args: []string{"no-such-program"}, Work: t.TempDir()})
			assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
			assert.ErrorContains(t, err, "no-such-program")
		})
	}
}
