package gguf_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viscoder/gguf"
)

// FuzzOpen: no file may panic or be refused without the name of a field, and
// an accepted one must be what C will take it for.
func FuzzOpen(f *testing.F) {
	whole := tinyBytes(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("GGUF"))
	for _, c := range hostile() {
		f.Add(c.file.Bytes())
	}
	for i := 4; i < len(whole); i += 997 {
		mutated := bytes.Clone(whole)
		mutated[i] ^= 0x55
		f.Add(mutated)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := gguf.ReadHeader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			require.NotEmpty(t, gguf.Field(err), err.Error())
			return
		}
		tableIsSound(t, file)
		comesBack(t, file)
		model, err := gguf.ReadBytes(data)
		if err != nil {
			require.NotEmpty(t, gguf.Field(err), err.Error())
			return
		}
		modelIsSound(t, model)
	})
}

func tableIsSound(t *testing.T, f *gguf.File) {
	t.Helper()
	end := uint64(f.DataOffset)
	require.Zero(t, end%f.Alignment)
	for _, tensor := range f.Tensors {
		start := uint64(f.DataOffset) + tensor.Offset
		require.GreaterOrEqual(t, start, end, tensor.Name)
		require.Zero(t, start%f.Alignment)
		_, size, err := tensor.Type.Size(tensor.Shape)
		require.NoError(t, err)
		require.Equal(t, size, tensor.Bytes)
		end = start + tensor.Bytes
		require.LessOrEqual(t, end, uint64(f.Size))
	}
}

// comesBack writes the header anew and reads the same.
func comesBack(t *testing.T, f *gguf.File) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "again.gguf")
	w, err := gguf.Create(path, f.Meta, f.Tensors)
	require.NoError(t, err)
	defer w.Abort()
	for _, tensor := range f.Tensors {
		require.NoError(t, w.Tensor(tensor.Name, io.LimitReader(zeroReader{}, int64(tensor.Bytes))))
	}
	require.NoError(t, w.Commit())
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	again, err := gguf.ReadHeader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	require.Equal(t, f.Tensors, again.Tensors)
	require.Equal(t, keys(f.Meta), keys(again.Meta))
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func modelIsSound(t *testing.T, f *gguf.File) {
	t.Helper()
	require.Positive(t, f.Layers())
	require.Positive(t, f.ContextLength())
	require.Zero(t, f.Heads()%f.KVHeads())
	require.Zero(t, f.HeadSize()%2)
	tokens, _ := f.Meta.Strings("tokenizer.ggml.tokens")
	require.Len(t, tokens, int(f.VocabSize()))
	require.Less(t, f.Tokenizer().EOS, int64(len(tokens)))
	require.Positive(t, f.KVBytesPerToken(2))
	require.LessOrEqual(t, f.BytesPerDecodedToken(), uint64(f.Size))
	var out strings.Builder
	require.NoError(t, gguf.Inspect(f).WriteText(&out, 0))
	require.NotContains(t, out.String(), "\x1b")
}
