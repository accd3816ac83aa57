package engine

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"viscoder/internal/tinymodel"
)

// tiny is a random model of two layers, loaded for one test.
func tiny(t testing.TB, o Options) *Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	m, err := Open(context.Background(), path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

func session(t testing.TB, m *Model) *Session {
	t.Helper()
	s, err := m.NewSession()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func tokens(t testing.TB, m *Model, text string) []Token {
	t.Helper()
	tokens, err := m.Tokenize(text, false)
	require.NoError(t, err)
	require.NotEmpty(t, tokens)
	return tokens
}

// logits copies the row of the session's last token.
func logits(t testing.TB, s *Session) []float32 {
	t.Helper()
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	row, err := s.row(context.Background())
	require.NoError(t, err)
	require.Len(t, row, s.model.Info().VocabSize)
	return append([]float32(nil), row...)
}

// requireSameRow compares rows that differ by the batch shape only: kernels add
// in another order, which moves f32 sums over f16 KV by less than a thousandth
// of the row's range.
func requireSameRow(t testing.TB, want, got []float32) {
	t.Helper()
	var lowest, highest, worst float64 = math.Inf(1), math.Inf(-1), 0
	for i := range want {
		lowest, highest = min(lowest, float64(want[i])), max(highest, float64(want[i]))
		worst = max(worst, math.Abs(float64(want[i]-got[i])))
	}
	require.Greater(t, highest-lowest, 0.0, "a constant row shows nothing")
	require.Less(t, worst, 5e-3*(highest-lowest), "row range %g", highest-lowest)
}
