package bench

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/llama"
	"viscoder/internal/fault"
	"viscoder/internal/tinymodel"
)

func tinyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	return path
}

func TestBatchTakesTurnsAndComparesWithGGML(t *testing.T) {
	path := tinyFile(t)
	o := BatchOptions{Setup: NewSetup("c0ffee", path, "5eed", 1), Rows: []int{1, 3, 70}, Depth: 8, Repetitions: 2}
	rows, err := Batch(context.Background(), path, o)
	require.NoError(t, err)
	require.Len(t, rows, 6)
	for i, r := range rows {
		assert.Equal(t, []int{1, 1, 3, 3, 70, 70}[i], r.Rows)
		assert.Equal(t, []string{"ours", "ggml"}[i%2], r.Kernels)
		assert.Equal(t, i%2 == 0, r.VsGGML > 0, "a ratio for ours, none for the baseline")
		assert.Len(t, r.Samples, 2, "the warm-up is not counted")
		assert.LessOrEqual(t, r.BestMS, r.MS)
		assert.InEpsilon(t, float64(r.Rows)/r.MS*1e3, r.TokS, 1e-9)
		assert.Equal(t, o.Setup, r.Setup)
	}
	var out bytes.Buffer
	require.NoError(t, Write(&out, rows, "md"))
	assert.Contains(t, out.String(), "× ggml")
}

func TestBatchOfOneSetHasNoRatio(t *testing.T) {
	path := tinyFile(t)
	o := BatchOptions{Setup: NewSetup("", path, "", 1), Rows: []int{2}, Repetitions: 1, Kernels: []llama.Kernels{llama.KernelsOurs}}
	rows, err := Batch(context.Background(), path, o)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	assert.Zero(t, rows[0].VsGGML)
	assert.Zero(t, rows[0].Depth, "an empty KV cache may be measured")
}

func TestBatchRefusesWhatCannotBe(t *testing.T) {
	for want, o := range map[string]BatchOptions{
		"--rows":        {Rows: []int{0}},
		"4096 rows":     {Rows: []int{1 << 30}},
		"--kernels":     {Kernels: []llama.Kernels{"mine"}},
		"--depth":       {Depth: -1},
		"--repetitions": {Repetitions: -1},
	} {
		_, err := Batch(context.Background(), "absent.gguf", o)
		require.ErrorContains(t, err, want)
		assert.Equal(t, fault.Usage, fault.CodeOf(err), want)
	}
	_, err := Batch(context.Background(), filepath.Join(t.TempDir(), "absent.gguf"), BatchOptions{})
	require.ErrorContains(t, err, "absent.gguf")
	assert.Equal(t, fault.Model, fault.CodeOf(err))
}
