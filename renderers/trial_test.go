package renderers

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every language draws its sample with what Setup installs.
func TestSamples(t *testing.T) {
	r := newRunner(t)
	for _, l := range All() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			trial, err := r.Try(context.Background(), l, outDir(t))
			require.NoError(t, err)
			assert.True(t, trial.OK, "%s %s", trial.Problem, trial.Hint)
			assert.Empty(t, trial.Missing())
			require.NotEmpty(t, trial.Pictures)
			for _, tool := range trial.Tools {
				assert.NotEmpty(t, tool.Version, tool.Name)
			}
		})
	}
}

// A language without its tools is not drawn, and says how to get them; one with
// its tools whose sample fails says what failed.
func TestTrialsThatFail(t *testing.T) {
	r := newRunner(t)
	r.o.Tools = &Tools{Dir: t.TempDir()}
	trial, err := r.Try(context.Background(), python, t.TempDir())
	require.NoError(t, err)
	assert.False(t, trial.OK)
	assert.Equal(t, []string{"python", "matplotlib"}, trial.Missing())
	assert.Contains(t, trial.Hint, "viscoder setup python")
	assert.Empty(t, trial.Problem)

	broken := *gnuplot
	broken.Sample = "plot nonsense(x)\n"
	trial, err = r.Try(context.Background(), &broken, t.TempDir())
	require.NoError(t, err)
	assert.False(t, trial.OK)
	assert.Contains(t, trial.Problem, "nonsense")
	assert.Contains(t, trial.Hint, "viscoder setup gnuplot")

	ended, end := context.WithCancel(context.Background())
	end()
	_, err = r.Try(ended, python, t.TempDir())
	assert.ErrorIs(t, err, context.Canceled)
}
