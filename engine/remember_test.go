package engine

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/snapshot"
	"viscoder/internal/tinymodel"
)

func TestAnotherProcessReadsTheKVInsteadOfEvaluating(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	store := snapshot.Store{Dir: t.TempDir()}
	open := func() *Model {
		m, err := Open(background, path, Options{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, m.Close()) })
		return m
	}
	first := open()
	all := tokens(t, first, story)
	common := len(all) - 10
	one := session(t, first)
	_, err := one.Append(background, all)
	require.NoError(t, err)
	require.NoError(t, one.Keep(store, common))
	require.NoError(t, one.Keep(store, common), "once more changes nothing")
	require.Error(t, one.Keep(store, len(all)+1))
	want := logits(t, one)
	require.Len(t, store.Files(), 1)

	second := open()
	two := session(t, second)
	other := append(append([]Token{}, all[:common]...), tokens(t, second, "another request")...)
	assert.Equal(t, common, two.Restore(store, other))
	p, err := two.Sync(background, all)
	require.NoError(t, err)
	assert.Equal(t, 10, p.Evaluated)
	assert.Equal(t, common, p.Reused)
	requireSameRow(t, want, logits(t, two))
	assert.Zero(t, two.Restore(store, all), "a session that holds something keeps it")

	t.Run("a damaged one is evaluated anew", func(t *testing.T) {
		file := store.Files()[0].Path
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		data[len(data)-9] ^= 1
		require.NoError(t, os.WriteFile(file, data, 0o600))
		three := session(t, second)
		assert.Zero(t, three.Restore(store, all))
		_, err = three.Append(background, all)
		require.NoError(t, err)
		requireSameRow(t, want, logits(t, three))
	})
	t.Run("a file that takes the model's place while it runs does not get its KV", func(t *testing.T) {
		home := t.TempDir()
		place, other := filepath.Join(home, "tiny.gguf"), filepath.Join(home, "other.gguf")
		require.NoError(t, tinymodel.Write(place, tinymodel.Options{}))
		require.NoError(t, tinymodel.Write(other, tinymodel.Options{Seed: 2}))
		m, err := Open(background, place, Options{})
		require.NoError(t, err)
		defer m.Close()
		require.NoError(t, os.Rename(other, place))
		own := snapshot.Store{Dir: t.TempDir()}
		s := session(t, m)
		_, err = s.Append(background, all)
		require.NoError(t, err)
		require.NoError(t, s.Keep(own, common))
		replaced, err := Open(background, place, Options{})
		require.NoError(t, err)
		defer replaced.Close()
		assert.Zero(t, session(t, replaced).Restore(own, all))
	})
	t.Run("other weights do not read it", func(t *testing.T) {
		require.NoError(t, one.Keep(store, common))
		elsewhere := filepath.Join(t.TempDir(), "tiny.gguf")
		require.NoError(t, tinymodel.Write(elsewhere, tinymodel.Options{Seed: 2}))
		m, err := Open(background, elsewhere, Options{})
		require.NoError(t, err)
		defer m.Close()
		assert.Zero(t, session(t, m).Restore(store, all))
	})
}
