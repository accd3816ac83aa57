package bench

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine"
	"viscoder/engine/llama"
	"viscoder/internal/fault"
)

// tiny opens a tiny model once for each set of kernels.
func tiny(t *testing.T, sets ...string) []Contender {
	t.Helper()
	path := tinyFile(t)
	var models []Contender
	for _, set := range sets {
		m, err := engine.Open(context.Background(), path, engine.Options{Threads: 1, Kernels: set})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, m.Close()) })
		models = append(models, Contender{llama.Kernels(set), m})
	}
	return models
}

func TestDecodeMeasuresEachTestAtEachDepth(t *testing.T) {
	o := DecodeOptions{Prompt: 32, Generate: 4, Depths: []int{16, 0, 100}, Repetitions: 2}
	rows, err := Decode(context.Background(), tiny(t, "ours", "ggml"), o)
	require.NoError(t, err)
	require.Len(t, rows, 3*2*2)
	for i, r := range rows {
		assert.Equal(t, []string{"pp32", "tg4"}[i%2], r.Test)
		assert.Equal(t, []string{"ours", "ggml"}[i/2%2], r.Kernels)
		assert.Equal(t, []int{0, 16, 100}[i/4], r.Depth, "shallow first")
		assert.Len(t, r.Samples, 2)
		assert.Positive(t, r.TokS)
		assert.Equal(t, i/2%2 == 0, r.VsGGML > 0)
	}
}

func TestDecodeRefusesWhatCannotBe(t *testing.T) {
	models := tiny(t, "ggml")
	for want, o := range map[string]DecodeOptions{
		"--prompt": {Prompt: -1},
		"--depths": {Depths: []int{-1}},
		"--ctx":    {Prompt: 1 << 20},
	} {
		_, err := Decode(context.Background(), models, o)
		assert.Equal(t, fault.Usage, fault.CodeOf(err), want)
		assert.Contains(t, err.Error()+fault.HintOf(err), want)
	}
	_, err := Decode(context.Background(), models, DecodeOptions{Prompt: 4, Generate: 2, Versus: filepath.Join(t.TempDir(), "absent")})
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
	assert.ErrorContains(t, err, "--vs")
}

func TestMedianOfEvenAndOdd(t *testing.T) {
	row := Row{Tokens: 10, Samples: []time.Duration{4 * time.Second, time.Second, 2 * time.Second}}
	row.summarise()
	assert.InDelta(t, 5, row.TokS, 1e-9)
	assert.InDelta(t, 1000, row.BestMS, 1e-9)
	row.Samples = append(row.Samples, 3*time.Second)
	row.summarise()
	assert.InDelta(t, 4, row.TokS, 1e-9)
	empty := Row{}
	empty.summarise()
	assert.Zero(t, empty)
}

func TestPairedRatioHoldsWhileTheMachineSlowsDown(t *testing.T) {
	ours := &Row{Tokens: 1, Samples: []time.Duration{10, 20, 40}}
	theirs := &Row{Tokens: 1, Samples: []time.Duration{20, 40, 80}}
	assert.InDelta(t, 2, pairedRatio(ours, theirs), 1e-9)
	assert.Zero(t, pairedRatio(ours, &Row{}))
}

func llamaRows() []*Row {
	return []*Row{{Test: "pp512", Tokens: 512}, {Test: "tg64", Tokens: 64}}
}

func TestReadLlamaBench(t *testing.T) {
	out := `[{"n_prompt":512,"n_gen":0,"n_depth":0,"samples_ns":[5000000000]},{"n_prompt":0,"n_gen":64,"samples_ns":[2000000000]}]`
	samples, err := readLlamaBench([]byte(out), llamaRows())
	require.NoError(t, err)
	assert.Equal(t, []time.Duration{5 * time.Second, 2 * time.Second}, samples)
	for text, want := range map[string]string{
		`error: no model`: "no JSON",
		`[]`:              "0 of 2 rows",
		`[{"n_prompt":512,"n_depth":2048,"samples_ns":[1]}]`:                                 "0 of 2 rows",
		`[{"n_prompt":512,"samples_ns":[]},{"n_gen":64,"samples_ns":[-1]}]`:                  "0 of 2 rows",
		`[{"n_prompt":512,"samples_ns":[1]},{"n_prompt":512,"samples_ns":[1]},{"n_gen":64}]`: "1 of 2 rows",
	} {
		_, err := readLlamaBench([]byte(text), llamaRows())
		assert.ErrorContains(t, err, want, text)
	}
}

func FuzzReadLlamaBench(f *testing.F) {
	f.Add([]byte(`[{"n_prompt":512,"n_gen":0,"samples_ns":[1]}]`))
	f.Fuzz(func(t *testing.T, out []byte) {
		samples, err := readLlamaBench(out, llamaRows())
		if err == nil && (len(samples) != 2 || samples[0] <= 0 || samples[1] <= 0) {
			t.Fatalf("no error, and samples %v", samples)
		}
	})
}
