package gguf_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"viscoder/gguf"
	"viscoder/internal/tinymodel"
)

// tinyPath writes the tiny model and returns where it is.
func tinyPath(t testing.TB, o tinymodel.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, o))
	return path
}

// tinyBytes is the whole file of a model as small as possible.
func tinyBytes(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(tinyPath(t, tinymodel.Options{Layers: 1, Width: 8, Heads: 2, KVHeads: 1, FFN: 4}))
	require.NoError(t, err)
	return data
}

// parts opens the tiny model to be changed and written again.
func parts(t testing.TB) (gguf.Metadata, []gguf.Tensor) {
	t.Helper()
	f, err := gguf.ReadBytes(tinyBytes(t))
	require.NoError(t, err)
	return f.Meta.Clone(), f.Tensors
}

// build writes a file whose weights are zeros.
func build(t testing.TB, meta gguf.Metadata, tensors []gguf.Tensor) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "built.gguf")
	w, err := gguf.Create(path, meta, tensors)
	require.NoError(t, err)
	defer w.Abort()
	for _, tensor := range tensors {
		_, size, err := tensor.Type.Size(tensor.Shape)
		require.NoError(t, err)
		require.NoError(t, w.Tensor(tensor.Name, bytes.NewReader(make([]byte, size))))
	}
	require.NoError(t, w.Commit())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}
