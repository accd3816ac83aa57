package engine

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"viscoder/engine/llama"
	"viscoder/engine/packed"
	"viscoder/gguf"
	"viscoder/internal/tinymodel"
)

// quantized writes a tiny model whose weights our kernels take, and lets its
// packed weights be kept in temporary folders.
func quantized(t *testing.T) (path string, o Options) {
	t.Helper()
	if llama.KernelISA() == "" {
		t.Skip("this CPU has no instruction set our kernels use")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("VISCODER_KERNELS", "")
	path = filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{Type: gguf.Q8_0, Untied: true}))
	return path, Options{Threads: 1, keepLeast: 1}
}

// rowOf loads a model, evaluates a text and returns the logits after it.
func rowOf(t *testing.T, path string, o Options) ([]float32, LoadTimes) {
	t.Helper()
	m, err := Open(context.Background(), path, o)
	require.NoError(t, err)
	defer m.Close()
	s := session(t, m)
	_, err = s.Append(background, tokens(t, m, "plot monthly sales"))
	require.NoError(t, err)
	return logits(t, s), m.Info().Load
}

func TestPackedWeightsAreKeptAndMappedTheNextTime(t *testing.T) {
	path, o := quantized(t)
	want, times := rowOf(t, path, o)
	assert.False(t, times.Mapped)
	kept := path + packed.Extension
	require.FileExists(t, kept)
	list, err := PackedRegistry().List()
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, kept, list[0].Path)

	got, times := rowOf(t, path, o)
	assert.True(t, times.Mapped)
	assert.Equal(t, want, got, "the same weights, bit by bit")

	o.NoPacked = true
	got, times = rowOf(t, path, o)
	assert.False(t, times.Mapped)
	assert.Equal(t, want, got)
}

// A mapped model has its vocabulary from tables, and is the same to talk to.
func TestAMappedModelHasItsVocabulary(t *testing.T) {
	path, o := quantized(t)
	packing, err := Open(background, path, o)
	require.NoError(t, err)
	first, err := packing.Chat().First("Be brief.", "Plot é <|im_end|>")
	require.NoError(t, err)
	require.NoError(t, packing.Close())

	header, err := ReadHeader(path)
	require.NoError(t, err)
	assert.True(t, header.NoVocab)
	mapped, err := OpenFile(background, header, o)
	require.NoError(t, err)
	defer mapped.Close()
	require.True(t, mapped.Info().Load.Mapped)
	assert.IsType(t, &tables{}, mapped.vocab)
	assert.Equal(t, packing.Info().VocabSize, mapped.Info().VocabSize)
	assert.Equal(t, packing.Info().Name, mapped.Info().Name)
	again, err := mapped.Chat().First("Be brief.", "Plot é <|im_end|>")
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Contains(t, mapped.Text(again), "Plot é <|im_end|>", "text, not the control token")

	// The header was of a file that is gone by now.
	require.NoError(t, os.Remove(path+packed.Extension))
	unmapped, err := OpenFile(background, header, o)
	require.NoError(t, err)
	defer unmapped.Close()
	assert.False(t, unmapped.Info().Load.Mapped)
	again, err = unmapped.Chat().First("Be brief.", "Plot é <|im_end|>")
	require.NoError(t, err)
	assert.Equal(t, first, again)
}

// A kept file is never trusted beyond what was checked: whatever happens to it,
// the model is right.
func TestBadPackedWeightsAreMadeAgain(t *testing.T) {
	path, o := quantized(t)
	want, _ := rowOf(t, path, o)
	kept := path + packed.Extension
	whole, err := os.ReadFile(kept)
	require.NoError(t, err)
	for name, damage := range map[string]func([]byte) []byte{
		"a weight":   func(b []byte) []byte { b[2<<20+100] ^= 0x10; return b },
		"the header": func(b []byte) []byte { b[50] ^= 1; return b },
		"the table":  func(b []byte) []byte { b[len(b)-9] ^= 1; return b },
		"truncated":  func(b []byte) []byte { return b[:len(b)-4096] },
		"empty":      func([]byte) []byte { return nil },
		"foreign":    func([]byte) []byte { return []byte("GGUF and something else") },
		"unharmed":   func(b []byte) []byte { return b },
		"other layout": func([]byte) []byte {
			other := filepath.Join(t.TempDir(), "other")
			identity, err := packed.Identify(path)
			require.NoError(t, err)
			w, err := packed.Create(other, packed.Key{Model: identity, Layout: "an older one"}, 4096, 0o600)
			require.NoError(t, err)
			defer w.Close()
			require.NoError(t, w.Seal(background, nil, func() []packed.Blob { return nil }))
			require.NoError(t, w.Commit())
			content, err := os.ReadFile(other)
			require.NoError(t, err)
			return content
		},
		"another model's weights": func([]byte) []byte {
			// A good file of this model and layout, but with nothing of what is asked for.
			other := filepath.Join(t.TempDir(), "other")
			identity, err := packed.Identify(path)
			require.NoError(t, err)
			w, err := packed.Create(other, packed.Key{Model: identity, Layout: keptLayout()}, 4096, 0o600)
			require.NoError(t, err)
			defer w.Close()
			require.NoError(t, w.Seal(background, nil, func() []packed.Blob { return nil }))
			require.NoError(t, w.Commit())
			content, err := os.ReadFile(other)
			require.NoError(t, err)
			return content
		},
	} {
		require.NoError(t, os.WriteFile(kept, damage(append([]byte(nil), whole...)), 0o600), name)
		got, times := rowOf(t, path, o)
		assert.Equal(t, want, got, name)
		assert.Equal(t, name == "unharmed", times.Mapped, name)
		_, times = rowOf(t, path, o)
		assert.True(t, times.Mapped, "%s: made again", name)
	}
}

func TestAChangedModelFileIsPackedAgain(t *testing.T) {
	path, o := quantized(t)
	first, _ := rowOf(t, path, o)
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{Type: gguf.Q8_0, Untied: true, Seed: 2}))
	got, times := rowOf(t, path, o)
	assert.False(t, times.Mapped)
	assert.NotEqual(t, first, got)
	again, times := rowOf(t, path, o)
	assert.True(t, times.Mapped)
	assert.Equal(t, got, again)
}

func TestWhereTheModelsFolderCannotBeWrittenTheCacheFolderServes(t *testing.T) {
	path, o := quantized(t)
	// The name leaves no room for a longer one, whoever asks.
	long := filepath.Join(filepath.Dir(path), strings.Repeat("n", 240)+".gguf")
	require.NoError(t, os.Rename(path, long))
	path = long
	want, _ := rowOf(t, path, o)
	paths := PackedPaths(path)
	require.NoFileExists(t, paths[0])
	require.FileExists(t, paths[1])
	got, times := rowOf(t, path, o)
	assert.True(t, times.Mapped)
	assert.Equal(t, want, got)

	// Neither can be: that costs the cache only.
	require.NoError(t, os.Remove(paths[1]))
	require.NoError(t, os.MkdirAll(filepath.Join(paths[1], "in the way"), 0o700))
	for range 2 {
		got, times = rowOf(t, path, o)
		assert.False(t, times.Mapped)
		assert.Equal(t, want, got)
	}
}

func TestManyOpenAModelAtOnce(t *testing.T) {
	path, o := quantized(t)
	rows := make(chan []float32, 4)
	var all sync.WaitGroup
	for range cap(rows) {
		all.Go(func() {
			m, err := Open(background, path, o)
			if !assert.NoError(t, err) {
				rows <- nil
				return
			}
			defer m.Close()
			s, err := m.NewSession()
			assert.NoError(t, err)
			defer s.Close()
			text, err := m.Tokenize("plot monthly sales", false)
			assert.NoError(t, err)
			_, err = s.Append(background, text)
			assert.NoError(t, err)
			m.mu.Lock()
			row, err := s.row(background)
			assert.NoError(t, err)
			row = append([]float32(nil), row...)
			m.mu.Unlock()
			rows <- row
		})
	}
	all.Wait()
	first := <-rows
	for range cap(rows) - 1 {
		assert.Equal(t, first, <-rows)
	}
	got, times := rowOf(t, path, o)
	assert.True(t, times.Mapped)
	assert.Equal(t, first, got)
}

// A file that grows as far as a full disk lets it costs the file and nothing else.
func TestAFullDiskCostsTheFileOnly(t *testing.T) {
	path, o := quantized(t)
	o.NoPacked = true
	want, _ := rowOf(t, path, o)
	o.NoPacked = false

	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_FSIZE, &limit))
	signal.Ignore(unix.SIGXFSZ)
	defer signal.Reset(unix.SIGXFSZ)
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 2<<20 + 4096, Max: limit.Max}))
	defer func() { require.NoError(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &limit)) }()
	got, times := rowOf(t, path, o)
	assert.False(t, times.Mapped)
	assert.Equal(t, want, got)
	for _, p := range PackedPaths(path) {
		left, err := filepath.Glob(filepath.Join(filepath.Dir(p), "*packed*"))
		require.NoError(t, err)
		hidden, err := filepath.Glob(filepath.Join(filepath.Dir(p), ".*"))
		require.NoError(t, err)
		assert.Empty(t, append(left, hidden...))
	}
}
