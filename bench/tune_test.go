package bench

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/llama"
	"viscoder/gguf"
	"viscoder/internal/hostinfo"
)

func TestTuneFindsAValidResult(t *testing.T) {
	f, err := gguf.Open(tinyFile(t))
	require.NoError(t, err)
	found, err := Tune(context.Background(), f, TuneOptions{Kernels: llama.KernelsOurs, Threads: []int{1, 2}, Budget: 2 * time.Second})
	require.NoError(t, err)
	require.NoError(t, found.Result.Validate())
	require.NotEmpty(t, found.Choices)
	assert.Len(t, found.Result.Curve, len(DefaultRows()))
	for _, c := range found.Choices {
		var names []string
		for _, trial := range c.Trials {
			names = append(names, trial.Name)
			assert.Positive(t, trial.MS)
		}
		assert.Contains(t, names, c.Chosen)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Tune(ctx, f, TuneOptions{Kernels: llama.KernelsOurs})
	require.ErrorIs(t, err, context.Canceled)
}

func TestThreadsToTryBeginWithTheDefault(t *testing.T) {
	assert.Equal(t, []int{8, 4, 6, 16}, threadsToTry(hostinfo.CPU{PhysicalCores: 8, LogicalCores: 16}))
	assert.Equal(t, []int{2, 1}, threadsToTry(hostinfo.CPU{PhysicalCores: 2, LogicalCores: 2}))
	assert.Equal(t, []int{1}, threadsToTry(hostinfo.CPU{PhysicalCores: 1, LogicalCores: 1}))
}

func TestChooseStaysWithTheDefaultUnlessAnotherClearlyWins(t *testing.T) {
	ways := []way{{threads: 2}, {threads: 1}, {threads: 4}}
	names := []string{"2", "1", "4"}
	ms := func(m []time.Duration) float64 { return milliseconds(m[0]) }
	for _, c := range []struct {
		medians []time.Duration
		want    string
	}{
		{[]time.Duration{100, 98, 120}, "2"},
		{[]time.Duration{100, 96, 95}, "4"},
		{[]time.Duration{100, 90, 95}, "1"},
	} {
		tu := &tuner{o: TuneOptions{}.withDefaults()}
		var medians [][]time.Duration
		for _, m := range c.medians {
			medians = append(medians, []time.Duration{m * time.Millisecond})
		}
		tu.choose("threads", ways, names, medians, ms)
		assert.Equal(t, c.want, tu.found.Choices[0].Chosen)
		assert.Equal(t, ways[map[string]int{"2": 0, "1": 1, "4": 2}[c.want]], tu.best)
	}
}

func TestDrawingIsMostlyDecodingWhereThatIsSlow(t *testing.T) {
	assert.InDelta(t, 4*100+256*10, drawingMS([]time.Duration{100 * time.Millisecond, 10 * time.Millisecond}), 1e-9)
}
