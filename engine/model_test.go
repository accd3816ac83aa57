package engine

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/llama"
	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/testweights"
	"viscoder/internal/tinymodel"
)

func TestOpenDescribesTheModelAndLogsThroughSlog(t *testing.T) {
	var log bytes.Buffer
	var share float32
	m := tiny(t, Options{
		Log:      slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Progress: func(s float32) bool { share = s; return true },
		Threads:  1,
	})
	info := m.Info()
	assert.Equal(t, "qwen2", info.Architecture)
	assert.Equal(t, 1, info.Threads)
	assert.Equal(t, 2048, info.ContextTokens, "not more than the model knows")
	assert.Equal(t, llama.NativeKey, info.NativeKey)
	assert.NotEqual(t, "not built", info.NativeKey)
	assert.EqualValues(t, 1, share)
	assert.Contains(t, log.String(), "from=llama.cpp")
}

func TestOursAreTheDefaultWhereTheCPUHasThem(t *testing.T) {
	t.Setenv("VISCODER_KERNELS", "")
	want := "ggml"
	if llama.KernelISA() != "" {
		want = "ours"
	}
	assert.Equal(t, want, tiny(t, Options{}).Info().Kernels)
	assert.Equal(t, "ggml", tiny(t, Options{Kernels: "ggml"}).Info().Kernels)
	t.Setenv("VISCODER_KERNELS", "ggml")
	assert.Equal(t, "ggml", tiny(t, Options{}).Info().Kernels)
	assert.Equal(t, want, tiny(t, Options{Kernels: "ours"}).Info().Kernels)
	t.Setenv("VISCODER_KERNELS", "mine")
	_, err := Open(context.Background(), "absent.gguf", Options{})
	assert.Equal(t, fault.Usage, fault.CodeOf(err), "before the file is looked for")
	assert.ErrorContains(t, err, "--kernels")
}

func TestAnOpenedFileIsLoadedAndTimed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	file, err := gguf.Open(path)
	require.NoError(t, err)
	m, err := OpenFile(context.Background(), file, Options{})
	require.NoError(t, err)
	defer m.Close()
	times := m.Info().Load
	assert.Positive(t, times.Weights)
	assert.Positive(t, times.Context)
	assert.GreaterOrEqual(t, times.Total, times.Header+times.Weights+times.Context)
}

func TestOpenRefusesBadFilesBeforeCSeesThem(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"foreign":   []byte("PK\x03\x04 this is a zip file, not a model"),
		"empty":     {},
		"truncated": whole[:len(whole)/2],
	} {
		bad := filepath.Join(t.TempDir(), name+".gguf")
		require.NoError(t, os.WriteFile(bad, content, 0o600))
		_, err := Open(context.Background(), bad, Options{})
		require.Error(t, err, name)
		assert.Equal(t, fault.Model, fault.CodeOf(err), name)
		assert.Contains(t, err.Error(), bad, name)
	}
	_, err = Open(context.Background(), path, Options{Threads: -1})
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
}

func TestOpenStopsWhenCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Open(ctx, path, Options{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestEstimateIsInTheRightRange(t *testing.T) {
	f, err := gguf.Open(testweights.Small(t))
	require.NoError(t, err)
	m := Estimate(f, Options{ContextTokens: 4096})
	assert.EqualValues(t, 4096*12*1024, m.KV, "24 layers, 2 KV heads of 64, f16")
	assert.InDelta(t, 490e6, float64(m.Weights), 10e6)
	assert.InDelta(t, 200e6, float64(m.Compute), 150e6)

	err = m.check("model.gguf", 4096, 300<<20)
	require.Error(t, err)
	assert.Equal(t, fault.Memory, fault.CodeOf(err))
	assert.Contains(t, err.Error(), "300 MiB")
	assert.Contains(t, fault.HintOf(err), "smaller model")
	err = m.check("model.gguf", 4096, m.Total()-m.KV/2)
	require.Error(t, err)
	assert.Contains(t, fault.HintOf(err), "--ctx 2048")
	assert.NoError(t, m.check("model.gguf", 4096, m.Total()))
	assert.NoError(t, m.check("model.gguf", 4096, 0), "unknown")
}

func TestCloseTwice(t *testing.T) {
	m := tiny(t, Options{})
	s, err := m.NewSession()
	require.NoError(t, err)
	require.NoError(t, m.Close())
	require.NoError(t, m.Close())
	require.NoError(t, s.Close(), "after its model")
}
