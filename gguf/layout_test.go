package gguf_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
	"viscoder/internal/tinymodel"
)

func TestLayoutHashFollowsShapesAndTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	open := func() *gguf.File {
		f, err := gguf.Open(path)
		require.NoError(t, err)
		return f
	}
	want := open().LayoutHash()
	assert.Len(t, want, 16)
	same := open()
	same.Tensors[0].Offset++
	assert.Equal(t, want, same.LayoutHash(), "where a tensor lies does not matter")
	for _, change := range []func(*gguf.Tensor){
		func(t *gguf.Tensor) { t.Shape[0]++ }, func(t *gguf.Tensor) { t.Type = gguf.F16 }, func(t *gguf.Tensor) { t.Name += "x" },
	} {
		other := open()
		change(&other.Tensors[0])
		assert.NotEqual(t, want, other.LayoutHash())
	}
}
