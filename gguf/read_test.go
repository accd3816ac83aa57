package gguf_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/tinymodel"
)

func TestTruncationAtEveryByteOfTheHeader(t *testing.T) {
	data := tinyBytes(t)
	f, err := gguf.ReadBytes(data)
	require.NoError(t, err)
	for n := range f.DataOffset + 1 {
		_, err := gguf.ReadBytes(data[:n])
		require.Errorf(t, err, "%d bytes", n)
		require.NotEmptyf(t, gguf.Field(err), "%d bytes: %v", n, err)
	}
}

func TestTruncatedDataNamesTheTensor(t *testing.T) {
	data := tinyBytes(t)
	f, err := gguf.ReadBytes(data)
	require.NoError(t, err)
	for _, tensor := range f.Tensors {
		end := f.DataOffset + int64(tensor.Offset+tensor.Bytes)
		_, err := gguf.ReadBytes(data[:end-1])
		require.Error(t, err)
		assert.Equal(t, `tensor "`+tensor.Name+`"`, gguf.Field(err))
	}
	last := f.Tensors[len(f.Tensors)-1]
	_, err = gguf.ReadBytes(data[:f.DataOffset+int64(last.Offset+last.Bytes)])
	assert.NoError(t, err, "padding after the last tensor is not needed")
}

func TestForeignFiles(t *testing.T) {
	good := tinyBytes(t)
	for name, c := range map[string]struct {
		head  string
		field string
		words string
	}{
		"zip":        {"PK\x03\x04", "magic", `"PK\x03\x04"`},
		"old ggml":   {"tjgg", "magic", "tjgg"},
		"version 1":  {"GGUF\x01\x00\x00\x00", "version", "version 1"},
		"version 4":  {"GGUF\x04\x00\x00\x00", "version", "version 4"},
		"version 0":  {"GGUF\x00\x00\x00\x00", "version", "version 0"},
		"big-endian": {"GGUF\x00\x00\x00\x03", "version", "big-endian"},
	} {
		_, err := gguf.ReadBytes(append([]byte(c.head), good[len(c.head):]...))
		require.Error(t, err, name)
		assert.Equal(t, c.field, gguf.Field(err), name)
		assert.Contains(t, err.Error(), c.words, name)
	}
	two := bytes.Clone(good)
	two[4] = 2
	f, err := gguf.ReadBytes(two)
	require.NoError(t, err, "version 2 has the same layout")
	assert.Equal(t, uint32(2), f.Version)
}

func TestOpenNamesFileFieldAndNextStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken-1b.gguf")
	require.NoError(t, os.WriteFile(path, []byte("GGUF\x03\x00\x00\x00\xff"), 0o600))
	_, err := gguf.Open(path)
	require.Error(t, err)
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	assert.Contains(t, err.Error(), path)
	assert.Contains(t, err.Error(), "tensor count")
	assert.Contains(t, fault.HintOf(err), "viscoder pull broken-1b")

	_, err = gguf.Open(filepath.Join(t.TempDir(), "absent.gguf"))
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	require.ErrorIs(t, err, os.ErrNotExist)
	assert.Contains(t, fault.HintOf(err), "viscoder models")

	_, err = gguf.Open(t.TempDir())
	assert.ErrorContains(t, err, "not a regular file")
}

func TestOpenReadsTheTinyModel(t *testing.T) {
	path := tinyPath(t, tinymodel.Options{})
	f, err := gguf.Open(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, path, f.Path)
	assert.Equal(t, info.Size(), f.Size)
	assert.Equal(t, "qwen2", f.Architecture())
	assert.Equal(t, tinymodel.Template, f.ChatTemplate())
	assert.Len(t, f.Tensors, 2+2*12)
}

// raw writes the parts of a header that the Writer would refuse.
type raw struct{ bytes.Buffer }

func header(tensors, keys uint64) *raw {
	r := &raw{}
	r.WriteString("GGUF")
	return r.put(uint32(3)).put(tensors).put(keys)
}

func (r *raw) put(v any) *raw {
	_ = binary.Write(r, binary.LittleEndian, v)
	return r
}

func (r *raw) text(s string) *raw {
	r.put(uint64(len(s)))
	r.WriteString(s)
	return r
}

// fill adds bytes, so that counts are checked against more than an empty rest.
func (r *raw) fill() *raw {
	r.Write(make([]byte, 4096))
	return r
}

const huge = uint64(1) << 60

func hostile() map[string]struct {
	file  *raw
	field string
	words string
} {
	u32, str, arr := uint32(gguf.TypeUint32), uint32(gguf.TypeString), uint32(gguf.TypeArray)
	tensor := func(name string, kind uint32, shape []uint64, offset uint64) *raw {
		return header(1, 0).text(name).put(uint32(len(shape))).put(shape).put(kind).put(offset).fill()
	}
	two := func(offset uint64) *raw {
		r := header(2, 0)
		r.text("a").put(uint32(1)).put(uint64(64)).put(uint32(0)).put(uint64(0))
		return r.text("b").put(uint32(1)).put(uint64(64)).put(uint32(0)).put(offset).fill()
	}
	return map[string]struct {
		file  *raw
		field string
		words string
	}{
		"tensor count":           {header(huge, 0).fill(), "tensor count", "do not fit"},
		"tensor count wraps":     {header(^uint64(0), 0).fill(), "tensor count", "do not fit"},
		"metadata count":         {header(0, huge).fill(), "metadata count", "do not fit"},
		"key length":             {header(0, 1).put(huge).fill(), "metadata key 0", "needs"},
		"key length wraps":       {header(0, 1).put(^uint64(0)).fill(), "metadata key 0", "needs"},
		"empty key":              {header(0, 1).text("").fill(), "metadata key 0", "empty"},
		"key not UTF-8":          {header(0, 1).text("a\xff").fill(), "metadata key 0", "UTF-8"},
		"key with NUL":           {header(0, 1).text("a\x00b").fill(), "metadata key 0", "control"},
		"duplicate key":          {header(0, 2).text("k").put(u32).put(u32).text("k").put(u32).fill(), "k", "twice"},
		"value type":             {header(0, 1).text("k").put(uint32(13)).fill(), "k", "type 13"},
		"text length":            {header(0, 1).text("k").put(str).put(huge).fill(), "k", "needs"},
		"text not UTF-8":         {header(0, 1).text("k").put(str).text("\xc3\x28").fill(), "k", "UTF-8"},
		"bool of 2":              {header(0, 1).text("k").put(uint32(gguf.TypeBool)).put(uint8(2)).fill(), "k", "bool of 2"},
		"array count":            {header(0, 1).text("k").put(arr).put(u32).put(huge).fill(), "k", "do not fit"},
		"array count wraps":      {header(0, 1).text("k").put(arr).put(u32).put(uint64(1) << 62).fill(), "k", "do not fit"},
		"array of texts":         {header(0, 1).text("k").put(arr).put(str).put(huge).fill(), "k", "do not fit"},
		"array type":             {header(0, 1).text("k").put(arr).put(uint32(99)).put(uint64(1)).fill(), "k", "type 99"},
		"array of arrays":        {header(0, 1).text("k").put(arr).put(arr).put(uint64(1)).fill(), "k", "array of arrays"},
		"array element length":   {header(0, 1).text("k").put(arr).put(str).put(uint64(2)).text("x").put(huge).fill(), "k[1]", "needs"},
		"array element UTF-8":    {header(0, 1).text("k").put(arr).put(str).put(uint64(2)).text("x").text("\xff").fill(), "k[1]", "UTF-8"},
		"alignment type":         {header(0, 1).text("general.alignment").put(uint32(gguf.TypeUint64)).put(uint64(32)).fill(), "general.alignment", "uint64 instead"},
		"alignment 0":            {header(0, 1).text("general.alignment").put(u32).put(uint32(0)).fill(), "general.alignment", "power of two"},
		"alignment 48":           {header(0, 1).text("general.alignment").put(u32).put(uint32(48)).fill(), "general.alignment", "power of two"},
		"alignment 8":            {header(0, 1).text("general.alignment").put(u32).put(uint32(8)).fill(), "general.alignment", "power of two"},
		"alignment 2^31":         {header(0, 1).text("general.alignment").put(u32).put(uint32(1 << 31)).fill(), "general.alignment", "power of two"},
		"tensor name empty":      {tensor("", 0, []uint64{1}, 0), "tensor 0", "empty"},
		"tensor name too long":   {tensor(strings.Repeat("x", 64), 0, []uint64{1}, 0), "tensor 0", "64 bytes"},
		"tensor name UTF-8":      {tensor("\xfe", 0, []uint64{1}, 0), "tensor 0", "UTF-8"},
		"no dimensions":          {tensor("t", 0, nil, 0), `tensor "t"`, "0 dimensions"},
		"five dimensions":        {tensor("t", 0, []uint64{1, 1, 1, 1, 1}, 0), `tensor "t"`, "5 dimensions"},
		"dimension 0":            {tensor("t", 0, []uint64{4, 0}, 0), `tensor "t"`, "dimension 1 is 0"},
		"elements overflow":      {tensor("t", 0, []uint64{1 << 32, 1 << 32}, 0), `tensor "t"`, "elements"},
		"elements wrap to small": {tensor("t", 0, []uint64{1 << 33, 1 << 31, 1}, 0), `tensor "t"`, "elements"},
		"bytes overflow":         {tensor("t", uint32(gguf.F64), []uint64{1 << 61}, 0), `tensor "t"`, "bytes"},
		"dimension negative":     {tensor("t", 0, []uint64{1 << 63}, 0), `tensor "t"`, "elements"},
		"withdrawn type":         {tensor("t", 4, []uint64{32}, 0), `tensor "t"`, "type 4"},
		"type beyond all":        {tensor("t", 1<<31, []uint64{32}, 0), `tensor "t"`, "type 2147483648"},
		"half a block":           {tensor("t", uint32(gguf.Q4_K), []uint64{128}, 0), `tensor "t"`, "whole Q4_K blocks"},
		"beyond the file":        {tensor("t", 0, []uint64{1 << 20}, 0), `tensor "t"`, "ends at byte"},
		"far beyond the file":    {tensor("t", 0, []uint64{1 << 59}, 0), `tensor "t"`, "ends at byte"},
		"offset wraps":           {tensor("t", 0, []uint64{8}, ^uint64(31)), `tensor "t"`, "gap"},
		"offset not aligned":     {two(100), `tensor "b"`, "multiple of the alignment"},
		"offsets overlap":        {two(128), `tensor "b"`, "inside the tensor before"},
		"offsets leave a gap":    {two(288), `tensor "b"`, "gap"},
		"same name":              {header(2, 0).text("a").put(uint32(1)).put(uint64(8)).put(uint32(0)).put(uint64(0)).text("a").put(uint32(1)).put(uint64(8)).put(uint32(0)).put(uint64(32)).fill(), `tensor "a"`, "twice"},
	}
}

func TestHostileHeaders(t *testing.T) {
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := gguf.ReadHeader(bytes.NewReader(c.file.Bytes()), int64(c.file.Len()))
			runtime.ReadMemStats(&after)
			require.Error(t, err)
			assert.Equal(t, c.field, gguf.Field(err), err.Error())
			assert.Contains(t, err.Error(), c.words)
			assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "bytes allocated for a file of %d", c.file.Len())
		})
	}
}

// zeros is a file that is all holes after its header.
type zeros struct{ head []byte }

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(z.head)) {
		copy(p, z.head[off:])
	}
	return len(p), nil
}

func TestSparseFilesJustifyNoMemory(t *testing.T) {
	for name, head := range map[string]*raw{
		"texts":    header(0, 1).text("k").put(uint32(gguf.TypeArray)).put(uint32(gguf.TypeString)).put(uint64(1) << 36),
		"numbers":  header(0, 1).text("k").put(uint32(gguf.TypeArray)).put(uint32(gguf.TypeFloat64)).put(uint64(1) << 36),
		"elements": header(0, 1).text("k").put(uint32(gguf.TypeArray)).put(uint32(gguf.TypeUint8)).put(uint64(1) << 25),
		"text":     header(0, 1).text("k").put(uint32(gguf.TypeString)).put(uint64(1) << 39),
		"keys":     header(0, 1<<20),
		"tensors":  header(1<<20, 0),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := gguf.ReadHeader(zeros{head.Bytes()}, 1<<40)
		runtime.ReadMemStats(&after)
		require.Error(t, err, name)
		assert.NotEmpty(t, gguf.Field(err), name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), name)
	}
}

func TestHeadersTakeAFewTimesTheirSize(t *testing.T) {
	data := tinyBytes(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := gguf.ReadBytes(data)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16*f.DataOffset+1<<17))
}

func TestFileThatShrinksWhileItIsRead(t *testing.T) {
	data := tinyBytes(t)
	for _, n := range []int{2, 20, 200, 4000} {
		_, err := gguf.ReadHeader(bytes.NewReader(data[:n]), int64(len(data)))
		assert.ErrorContains(t, err, "became shorter")
	}
}
