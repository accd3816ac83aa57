package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/tuning"
	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/tinymodel"
)

// A kept tuning fills what was not asked for; what was asked for wins; what is
// damaged is as good as none.
func TestTuningServesAsDefault(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	f, err := gguf.Open(path)
	require.NoError(t, err)
	plain := Options{}.withDefaults(f)
	_, ok := Tuned(f, Options{})
	require.False(t, ok)

	kept := tuning.Result{Threads: 3, MicroBatch: 32, Attention: tuning.AttentionPlain, Curve: tuning.Curve{{Rows: 1, MS: 5}, {Rows: 8, MS: 9}}}
	key := TuningKey(f, Options{})
	require.NoError(t, tuning.Save(key, kept))
	tuned := Options{}.withDefaults(f)
	assert.Equal(t, 3, tuned.Threads)
	assert.Equal(t, 32, tuned.MicroBatch)
	assert.Equal(t, tuning.AttentionPlain, tuned.Attention)
	assert.Equal(t, map[int]float64{1: 5, 8: 9}, tuned.batchCost())
	assert.Equal(t, plain, withTuning(Options{NoTuning: true}.withDefaults(f)))

	asked := Options{Threads: 1, MicroBatch: 8, Attention: tuning.AttentionFlash}.withDefaults(f)
	assert.Equal(t, 1, asked.Threads)
	assert.Equal(t, 8, asked.MicroBatch)
	assert.Equal(t, tuning.AttentionFlash, asked.Attention)
	assert.Nil(t, asked.BatchCost, "a curve of three threads says nothing of one")
	assert.Equal(t, plain.Threads, Options{NoRepack: true}.withDefaults(f).Threads, "tuned with other kernels")

	require.NoError(t, os.WriteFile(tuning.Path(key), []byte(`{"version":1`), 0o600))
	assert.Equal(t, plain, Options{}.withDefaults(f))
}

func TestEveryWayOfAttentionPredictsTheSame(t *testing.T) {
	var want []float32
	for i, a := range []tuning.Attention{tuning.AttentionAuto, tuning.AttentionFlash, tuning.AttentionPlain} {
		m := tiny(t, Options{Attention: a})
		s := session(t, m)
		_, err := s.Append(background, tokens(t, m, story))
		require.NoError(t, err)
		got := logits(t, s)
		if i == 0 {
			want = got
			continue
		}
		requireSameRow(t, want, got)
	}
	assert.Equal(t, fault.Usage, fault.CodeOf(Options{Attention: "none"}.Validate()))
}

func withTuning(o Options) Options { o.NoTuning = false; return o }
