package engine

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Choose finds the likeliest continuation, with the probability that reading
// it token by token gives, and leaves the conversation alone.
func TestChoose(t *testing.T) {
	m := tiny(t, Options{})
	s := session(t, m)
	start := tokens(t, m, story)
	_, err := s.Append(background, start)
	require.NoError(t, err)
	var choices [][]Token
	for _, text := range []string{"python", "svg", "py", "plot(x)", "python3", "s", "latex and more"} {
		choices = append(choices, tokens(t, m, text))
	}
	want := make([]float64, len(choices))
	for i, c := range choices {
		for n, token := range c {
			require.NoError(t, s.Rewind(len(start)))
			_, err := s.Append(background, c[:n])
			require.NoError(t, err)
			row := logits(t, s)
			want[i] += float64(row[token]) - logSumExp(row)
		}
	}
	require.NoError(t, s.Rewind(len(start)))

	best, got, err := s.Choose(background, choices)
	require.NoError(t, err)
	assert.Equal(t, likeliest(want), best)
	assert.InDelta(t, want[best], got[best], 0.01)
	for i := range got {
		assert.GreaterOrEqual(t, got[i], want[i]-0.01, "what is not read to its end is a bound from above")
	}
	assert.Equal(t, start, s.Tokens())
	again, _, err := s.Choose(background, choices)
	require.NoError(t, err)
	assert.Equal(t, best, again)
}

func TestChooseAmongNothing(t *testing.T) {
	m := tiny(t, Options{})
	s := session(t, m)
	_, err := s.Append(background, tokens(t, m, story))
	require.NoError(t, err)
	_, _, err = s.Choose(background, nil)
	assert.Error(t, err)
	_, _, err = s.Choose(background, [][]Token{{}})
	assert.Error(t, err)
	ended, end := context.WithCancel(background)
	end()
	_, _, err = s.Choose(ended, [][]Token{tokens(t, m, "a much longer choice"), tokens(t, m, "another one of them")})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, tokens(t, m, story), s.Tokens())
}

func TestLogSumExp(t *testing.T) {
	assert.InDelta(t, math.Log(3), logSumExp([]float32{0, 0, 0}), 1e-9)
	assert.InDelta(t, 1000+math.Log(2), logSumExp([]float32{1000, 1000}), 1e-6)
}
