package tinymodel

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
)

func write(t *testing.T, o Options) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, Write(path, o))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func TestEqualOptionsGiveEqualBytes(t *testing.T) {
	first := write(t, Options{})
	assert.Equal(t, first, write(t, Options{Seed: 1}), "seed 1 is the default")
	other := write(t, Options{Seed: 2})
	assert.NotEqual(t, first, other)
	assert.Len(t, other, len(first))
	assert.Less(t, len(first), 1<<20, "tests write it often")
}

func TestEveryVariantIsASoundModel(t *testing.T) {
	for _, o := range []Options{
		{}, {Type: gguf.F16, Untied: true}, {Type: gguf.Q8_0, Layers: 3},
		{Width: 8, Heads: 2, KVHeads: 1, FFN: 4, Layers: 1, ContextLength: 64},
		{Width: 128, Heads: 8, KVHeads: 8, FFN: 256, ContextLength: 4096},
	} {
		path := filepath.Join(t.TempDir(), "tiny.gguf")
		require.NoError(t, Write(path, o))
		f, err := gguf.Open(path)
		require.NoError(t, err)
		filled := o.withDefaults()
		assert.Equal(t, uint64(filled.Layers), f.Layers())
		assert.Equal(t, uint64(filled.ContextLength), f.ContextLength())
		assert.Equal(t, !o.Untied, f.Tied())
	}
}

func TestImpossibleSizesAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"negative":                   {Layers: -1},
		"heads do not divide":        {Width: 64, Heads: 5, KVHeads: 5},
		"odd head":                   {Width: 12, Heads: 4},
		"key-value heads":            {Heads: 4, KVHeads: 3},
		"type":                       {Type: gguf.Q4_K},
		"rows not whole Q8_0 blocks": {Type: gguf.Q8_0, Width: 48, Heads: 4},
	} {
		assert.Error(t, Write(filepath.Join(t.TempDir(), "x.gguf"), o), name)
	}
}

func TestVocabularyIsWhole(t *testing.T) {
	v := newVocabulary()
	seen := map[string]bool{}
	for _, token := range v.tokens {
		assert.False(t, seen[token], "token %q twice: llama.cpp asserts that there is none", token)
		seen[token] = true
	}
	assert.Len(t, v.tokens, 256+len(v.merges)+len(specials))
	assert.Len(t, v.types, len(v.tokens))
	assert.Contains(t, v.tokens, "```")
	assert.Contains(t, v.tokens, "Ġplt")
	assert.Contains(t, v.tokens, "ĊĊ")
	assert.Equal(t, int32(tokenControl), v.types[v.id("<|im_end|>")])
}

func TestHalf(t *testing.T) {
	for value, want := range map[float32]uint16{
		0: 0, 1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65520: 0x7c00, 0.1: 0x2e66,
		1 + 1./1024: 0x3c01, 1 + 1./2048: 0x3c00, 1 + 3./2048: 0x3c02, 1e-9: 0,
	} {
		assert.Equalf(t, want, half(value), "%v", value)
	}
}

func TestQ8KeepsValuesWithinHalfAStep(t *testing.T) {
	values := make([]float32, 64)
	for i := range values[:32] {
		values[i] = float32(math.Sin(float64(i)))
	}
	out := encodeQ8(values)
	require.Len(t, out, 68)
	scale := 1. / 127
	for i, v := range values[:32] {
		assert.InDelta(t, float64(v), scale*float64(int8(out[2+i])), scale*0.51)
	}
	assert.Zero(t, binary.LittleEndian.Uint16(out[34:]), "a block of zeros has no scale")
}
