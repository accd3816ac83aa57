package gguf_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
	"viscoder/internal/testweights"
)

func TestASlimHeaderKeepsAllButTheVocabulary(t *testing.T) {
	full, err := gguf.Open(testweights.Small(t))
	require.NoError(t, err)
	slim, err := full.Slim()
	require.NoError(t, err)
	assert.Less(t, len(slim), 64<<10)
	assert.Zero(t, len(gguf.SlimHeader(slim))%32)
	f, err := gguf.OpenSlim(slim, full.Path)
	require.NoError(t, err)
	assert.True(t, f.NoVocab)
	assert.Equal(t, full.Tensors, f.Tensors)
	assert.Equal(t, full.DataOffset, f.DataOffset)
	assert.Equal(t, full.Size, f.Size)
	assert.Equal(t, full.VocabSize(), f.VocabSize())
	assert.Equal(t, full.KVBytesPerToken(2), f.KVBytesPerToken(2))
	assert.Equal(t, full.ChatTemplate(), f.ChatTemplate())
	assert.Equal(t, full.Name(), f.Name())
	assert.False(t, f.Meta.Has("tokenizer.ggml.tokens"))
	assert.True(t, full.Meta.Has("tokenizer.ggml.tokens"), "the original stays as it was")

	for n := range slim {
		if n%7 == 0 || n < 64 {
			_, err := gguf.OpenSlim(slim[:n], full.Path)
			require.Error(t, err, "cut to %d bytes", n)
		}
	}
}

func FuzzOpenSlim(f *testing.F) {
	full, err := gguf.Open(testweights.Small(f))
	require.NoError(f, err)
	slim, err := full.Slim()
	require.NoError(f, err)
	f.Add(slim)
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := gguf.OpenSlim(b, "a.gguf")
		if err != nil {
			return
		}
		for _, tensor := range file.Tensors {
			require.LessOrEqual(t, uint64(file.DataOffset)+tensor.Offset+tensor.Bytes, uint64(file.Size))
		}
	})
}
