//go:build cgo

package llama

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/tinymodel"
)

func tinyPath(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	return path
}

// The shim's own test runs under the address and undefined-behaviour sanitizers.
func TestShimUnderSanitizers(t *testing.T) {
	binary, err := filepath.Abs("../../.deps/ours/shim_test")
	require.NoError(t, err)
	cmd := exec.Command(binary, tinyPath(t))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n(built by: make native)", out)
	assert.Contains(t, string(out), "shim_test: passed")
}

func TestLoadSaysWhyItFailed(t *testing.T) {
	Start(nil)
	_, err := Load(filepath.Join(t.TempDir(), "absent.gguf"), LoadOptions{})
	require.Error(t, err)
	assert.Contains(t, err.Error(), "absent.gguf")
}

func TestAPanicInProgressStopsTheLoad(t *testing.T) {
	Start(nil)
	_, err := Load(tinyPath(t), LoadOptions{Progress: func(float32) bool { panic("from a callback") }})
	require.Error(t, err)
}

func TestDecodeRefusesTooLargeABatch(t *testing.T) {
	Start(nil)
	w, err := Load(tinyPath(t), LoadOptions{})
	require.NoError(t, err)
	defer w.Close()
	c, err := NewContext(w, ContextOptions{ContextTokens: 64, BatchTokens: 8, MicroBatch: 8, Outputs: 8, Sequences: 1, Threads: 1})
	require.NoError(t, err)
	defer c.Close()
	var b Batch
	for i := range 9 {
		b.Add(1, i, 0, false)
	}
	require.ErrorContains(t, c.Decode(&b), "capacity 8")
	b.Reset()
	require.NoError(t, c.Decode(&b), "an empty batch is nothing to do")
	b.Add(1, 0, 0, true)
	require.NoError(t, c.Decode(&b))
	assert.Len(t, c.Logits(0), w.Info().VocabSize)
	assert.Nil(t, c.Logits(1))
	c.Close()
	c.Close()
}

func TestLogLinesAreJoined(t *testing.T) {
	var b logBuffer
	_, _, ok := b.add(2, "half ")
	assert.False(t, ok)
	line, level, ok := b.add(logContinues, "and half\n")
	assert.True(t, ok)
	assert.Equal(t, "half and half", line)
	assert.Equal(t, 2, level)
	_, _, ok = b.add(2, "\n")
	assert.False(t, ok, "an empty line")
}
