//go:build cgo

package llama

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"viscoder/gguf"
	"viscoder/internal/tinymodel"
)

func quantizedPath(t *testing.T) string {
	t.Helper()
	if KernelISA() == "" {
		t.Skip("this CPU has no instruction set our kernels use")
	}
	path := filepath.Join(t.TempDir(), "q8.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{Type: gguf.Q8_0}))
	return path
}

// anonymous is page-aligned memory outside of Go's heap.
func anonymous(t *testing.T, bytes int64) []byte {
	t.Helper()
	memory, err := unix.Mmap(-1, 0, int(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Munmap(memory) })
	return memory
}

func TestAFileThatCannotBeWrittenIsReported(t *testing.T) {
	Start(nil)
	name := filepath.Join(t.TempDir(), "image")
	require.NoError(t, os.WriteFile(name, nil, 0o600))
	readOnly, err := os.Open(name)
	require.NoError(t, err)
	defer readOnly.Close()
	_, err = Load(quantizedPath(t), LoadOptions{Place: func(bytes int64) Place {
		return Place{Memory: anonymous(t, bytes), File: readOnly}
	}})
	require.ErrorIs(t, err, ErrUnkept)
	assert.ErrorContains(t, err, "Bad file descriptor", "the reason")
}

// Weights that Place does not have are not left undefined: the load fails.
func TestAGapThatIsReadFailsTheLoad(t *testing.T) {
	Start(nil)
	path := quantizedPath(t)
	file, err := gguf.Open(path)
	require.NoError(t, err)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	source := anonymous(t, file.Size)
	copy(source, whole)
	_, err = Load(path, LoadOptions{Parts: []Part{{Bytes: 64, Memory: source[:64]}, {Bytes: file.Size - 64}}})
	require.Error(t, err)
}

func TestSectionsCoverThePlacedMemoryOnce(t *testing.T) {
	Start(nil)
	name := filepath.Join(t.TempDir(), "image")
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	var size int64
	w, err := Load(quantizedPath(t), LoadOptions{Place: func(bytes int64) Place {
		size = bytes
		return Place{Memory: anonymous(t, bytes), File: out, At: 4096}
	}})
	require.NoError(t, err)
	defer w.Close()
	var end int64
	for _, s := range w.Sections() {
		assert.GreaterOrEqual(t, s.Offset, end, s.Name)
		assert.Zero(t, s.Offset%64, s.Name)
		end = s.Offset + s.Bytes
	}
	assert.Positive(t, end)
	assert.LessOrEqual(t, end, size)
	info, err := out.Stat()
	require.NoError(t, err)
	assert.Equal(t, 4096+end, info.Size(), "all of it is written, at its place")
	assert.NotEmpty(t, LayoutKey())
}
