package gguf_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
)

func everyType(t *testing.T) gguf.Metadata {
	t.Helper()
	var meta gguf.Metadata
	for key, value := range map[string]any{
		"u8": uint8(200), "i8": int8(-100), "u16": uint16(60000), "i16": int16(-30000),
		"u32": uint32(4e9), "i32": int32(-2e9), "u64": uint64(1 << 63), "i64": int64(-1 << 62),
		"f32": float32(0.1), "f64": 0.1, "yes": true, "text": "Grüße, 世界", "empty": "",
		"u8s": []uint8{1, 2}, "i8s": []int8{-1}, "u16s": []uint16{3}, "i16s": []int16{-3},
		"u32s": []uint32{4}, "i32s": []int32{-4, 5, 6}, "u64s": []uint64{7}, "i64s": []int64{-7},
		"f32s": []float32{0.5}, "f64s": []float64{0.25}, "bools": []bool{true, false},
		"texts": []string{"a", "", "ß"}, "none": []string{}, "nothing": []uint32{},
	} {
		require.NoError(t, meta.Set(key, value))
	}
	return meta
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	meta := everyType(t)
	require.NoError(t, meta.Set("general.alignment", uint32(64)))
	tensors := []gguf.Tensor{
		{Name: "one", Type: gguf.F32, Shape: []uint64{3}},
		{Name: "two", Type: gguf.Q4_K, Shape: []uint64{256, 2}},
		{Name: "three", Type: gguf.F16, Shape: []uint64{2, 3, 4, 5}},
	}
	data := build(t, meta, tensors)
	f, err := gguf.ReadHeader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	assert.Equal(t, uint32(3), f.Version)
	assert.Equal(t, uint64(64), f.Alignment)
	assert.Equal(t, meta, f.Meta, "values, types and order")
	require.Len(t, f.Tensors, 3)
	assert.Equal(t, []uint64{0, 64, 384}, []uint64{f.Tensors[0].Offset, f.Tensors[1].Offset, f.Tensors[2].Offset})
	assert.Equal(t, []uint64{12, 288, 240}, []uint64{f.Tensors[0].Bytes, f.Tensors[1].Bytes, f.Tensors[2].Bytes})
	assert.Equal(t, uint64(120), f.Tensors[2].Elements())
	assert.Zero(t, f.DataOffset%64)
	assert.Len(t, data, int(f.DataOffset)+384+256)
}

func TestWriterRefusesWhatNoReaderTakes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.gguf")
	meta := gguf.Metadata{}
	assert.ErrorContains(t, meta.Set("complex", complex(1, 2)), `"complex"`)
	assert.ErrorContains(t, meta.Set("nested", [][]int32{{1}}), `"nested"`)
	_, err := gguf.Create(path, gguf.Metadata{}, []gguf.Tensor{{Name: "odd", Type: gguf.Q8_0, Shape: []uint64{33}}})
	assert.ErrorContains(t, err, `"odd"`)
	_, err = gguf.Create(path, gguf.Metadata{}, []gguf.Tensor{{Name: strings.Repeat("n", 64), Type: gguf.F32, Shape: []uint64{1}}})
	assert.ErrorContains(t, err, "64 bytes")
	require.NoError(t, meta.Set("general.alignment", uint32(48)))
	_, err = gguf.Create(path, meta, nil)
	assert.ErrorContains(t, err, "general.alignment")
	bad := gguf.Metadata{}
	require.NoError(t, bad.Set("a\x00b", uint8(1)))
	_, err = gguf.Create(path, bad, nil)
	assert.ErrorContains(t, err, `a\x00b`)
	assert.NoFileExists(t, path)
}

func TestWriterWantsAllDataInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.gguf")
	w, err := gguf.Create(path, gguf.Metadata{}, []gguf.Tensor{
		{Name: "a", Type: gguf.F32, Shape: []uint64{2}}, {Name: "b", Type: gguf.F32, Shape: []uint64{1}},
	})
	require.NoError(t, err)
	defer w.Abort()
	assert.ErrorContains(t, w.Tensor("b", strings.NewReader("xxxx")), `"b" where the table has "a"`)
	require.NoError(t, w.Tensor("a", strings.NewReader("12345678")))
	assert.ErrorContains(t, w.Commit(), `"b" has no data`)
	assert.ErrorContains(t, w.Tensor("b", strings.NewReader("x")), "1 bytes of data instead of 4")
	w.Abort()
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Empty(t, entries, "a broken file leaves nothing behind")
}

func TestWriterRefusesSurplusData(t *testing.T) {
	w, err := gguf.Create(filepath.Join(t.TempDir(), "x.gguf"), gguf.Metadata{}, []gguf.Tensor{{Name: "a", Type: gguf.F32, Shape: []uint64{1}}})
	require.NoError(t, err)
	defer w.Abort()
	assert.ErrorContains(t, w.Tensor("a", strings.NewReader("12345")), "more than 4 bytes")
	assert.ErrorContains(t, w.Tensor("z", strings.NewReader("")), "after the last one")
}

func TestMetadata(t *testing.T) {
	var m gguf.Metadata
	require.NoError(t, m.Set("a", int16(5)))
	require.NoError(t, m.Set("b", int64(-5)))
	require.NoError(t, m.Set("c", []float32{1, 2}))
	require.NoError(t, m.Set("d", float32(0.5)))
	require.NoError(t, m.Set("a", uint64(6)))
	n, ok := m.Uint("a")
	assert.True(t, ok)
	assert.Equal(t, uint64(6), n)
	_, ok = m.Uint("b")
	assert.False(t, ok, "negative")
	_, ok = m.Uint("d")
	assert.False(t, ok)
	_, ok = m.Uint("absent")
	assert.False(t, ok)
	x, ok := m.Float("d")
	assert.True(t, ok)
	assert.InDelta(t, 0.5, x, 0)
	_, ok = m.Float("a")
	assert.False(t, ok)
	length, ok := m.Len("c")
	assert.True(t, ok)
	assert.Equal(t, 2, length)
	_, ok = m.Len("a")
	assert.False(t, ok)

	copied := m.Clone()
	copied.Delete("b")
	copied.Delete("absent")
	require.NoError(t, copied.Set("e", "new"))
	assert.Equal(t, []string{"a", "b", "c", "d"}, keys(m))
	assert.Equal(t, []string{"a", "c", "d", "e"}, keys(copied))
}

func keys(m gguf.Metadata) []string {
	var list []string
	for k := range m.All() {
		list = append(list, k)
	}
	return list
}
