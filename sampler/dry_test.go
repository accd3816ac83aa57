package sampler

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// dryPenalties returns what DRY takes off each of n equal logits.
func dryPenalties(t *testing.T, cfg DRYConfig, n int, history ...Token) []float32 {
	t.Helper()
	c, err := New(Config{DRY: cfg})
	require.NoError(t, err)
	for _, tok := range history {
		c.Accept(tok)
	}
	logits := make([]float32, n)
	c.cands.reset(logits, nil, c.history.tokens)
	defer c.cands.release()
	c.filters[0].Apply(&c.cands)
	out := make([]float32, n)
	for i := range out {
		out[i] = -c.cands.Logit(Token(i))
	}
	return out
}

func TestDRYByHand(t *testing.T) {
	cfg := DRYConfig{Multiplier: 1, Base: 2}
	// "1 2 3 4 ... 1 2 3": 4 would make the repetition of three one of four.
	assert.Equal(t, []float32{0, 0, 0, 0, 2, 0}, dryPenalties(t, cfg, 6, 1, 2, 3, 4, 5, 1, 2, 3))
	// The longest match counts: "2 3" was followed by 5 as well.
	assert.Equal(t, []float32{0, 0, 0, 0, 2, 1}, dryPenalties(t, cfg, 6, 1, 2, 3, 4, 2, 3, 5, 1, 2, 3))
	// A match shorter than allowed costs nothing.
	assert.Equal(t, make([]float32, 6), dryPenalties(t, cfg, 6, 3, 4, 5, 3))
	// A repetition does not reach back over a breaker.
	cfg.Breakers = []Token{2}
	assert.Equal(t, make([]float32, 6), dryPenalties(t, cfg, 6, 1, 2, 3, 4, 5, 1, 2, 3))
	// A breaker is not penalised.
	cfg.Breakers = []Token{4}
	assert.Equal(t, make([]float32, 6), dryPenalties(t, cfg, 6, 1, 2, 3, 4, 5, 1, 2, 3))
	// Overlapping repetition: "1 1 1" is "1 1" twice.
	assert.Equal(t, []float32{0, 1}, dryPenalties(t, DRYConfig{Multiplier: 1, Base: 2}, 2, 1, 1, 1))
}

func TestDRYOverflowIsCapped(t *testing.T) {
	history := make([]Token, 3000)
	got := dryPenalties(t, DRYConfig{Multiplier: 1, Base: 10, LastN: -1}, 2, history...)
	assert.Positive(t, got[0], "finite or not, the penalty is not NaN")
	assert.Zero(t, got[1])
}

func TestSuffixMatchesAgainstDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 500 {
		tokens := make([]Token, r.IntN(60))
		for i := range tokens {
			tokens[i] = Token(r.IntN(1 + r.IntN(3)))
		}
		got := suffixMatches(tokens, nil)
		for k := 1; k < len(tokens); k++ {
			n := 0
			for n+k < len(tokens) && tokens[len(tokens)-1-n] == tokens[len(tokens)-1-n-k] {
				n++
			}
			require.EqualValues(t, n, got[k], "%v at %d", tokens, k)
		}
	}
}
