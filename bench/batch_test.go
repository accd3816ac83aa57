package bench

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/llama"
	"viscoder/internal/tinymodel"
)

func TestBatchTakesTurnsAndComparesWithGGML(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	rows, err := Batch(context.Background(), path, BatchOptions{Rows: []int{1, 3}, Depth: 8, Repetitions: 2, Threads: 1})
	require.NoError(t, err)
	require.Len(t, rows, 4)
	for i, r := range rows {
		assert.Equal(t, []int{1, 1, 3, 3}[i], r.Rows)
		assert.Equal(t, []llama.Kernels{llama.KernelsOurs, llama.KernelsGGML}[i%2], r.Kernels)
		assert.Len(t, r.Samples, 2, "the warm-up is not counted")
		assert.LessOrEqual(t, r.BestMS, r.MS)
	}
	rows[0].MS, rows[1].MS = 10, 25
	var b bytes.Buffer
	require.NoError(t, WriteBatch(&b, rows))
	assert.Contains(t, b.String(), "| 2.50 |")
}

func TestBatchRefusesWhatCannotBe(t *testing.T) {
	_, err := Batch(context.Background(), "absent.gguf", BatchOptions{Rows: []int{0}})
	require.ErrorContains(t, err, "must be positive")
	_, err = Batch(context.Background(), "absent.gguf", BatchOptions{Kernels: []llama.Kernels{"mine"}})
	require.ErrorContains(t, err, "--kernels")
	_, err = Batch(context.Background(), filepath.Join(t.TempDir(), "absent.gguf"), BatchOptions{})
	require.ErrorContains(t, err, "absent.gguf")
}
