package engine

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/draft"
	"viscoder/sampler"
)

// free is a host where more rows cost nothing, so that all that can be drafted
// is.
var free = map[int]float64{1: 10, 64: 10}

// answer generates n tokens after story in a session of its own.
func answer(t *testing.T, m *Model, o GenerateOptions) (Generation, *Session) {
	t.Helper()
	s := session(t, m)
	_, err := s.Append(background, tokens(t, m, story))
	require.NoError(t, err)
	g, err := s.Generate(background, o)
	require.NoError(t, err)
	return g, s
}

// edited is what a program looked like before its repair: a token is exchanged,
// three are left out and two put in.
func edited(text []Token) []Token {
	old := append([]Token(nil), text...)
	old[10]++
	old = append(old[:20], old[23:]...)
	return append(old[:30:30], append([]Token{5, 6}, old[30:]...)...)
}

func TestADraftDoesNotChangeTheAnswer(t *testing.T) {
	m := tiny(t, Options{BatchTokens: 64, BatchCost: free})
	for name, chain := range map[string]func() *sampler.Chain{
		"greedy": func() *sampler.Chain { return nil },
		"sampled": func() *sampler.Chain {
			c, err := sampler.New(sampler.Config{Temperature: 0.8, TopK: 40, Seed: 7})
			require.NoError(t, err)
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			plain, one := answer(t, m, GenerateOptions{MaxTokens: 60, IgnoreEOG: true, Sampler: chain()})
			drafted, two := answer(t, m, GenerateOptions{MaxTokens: 60, IgnoreEOG: true, Sampler: chain(), Draft: &Draft{Previous: edited(plain.Tokens)}})
			assert.Equal(t, plain.Tokens, drafted.Tokens)
			assert.Equal(t, plain.Text, drafted.Text)
			assert.Zero(t, plain.Drafted)
			assert.Greater(t, drafted.Accepted, 30, "most of it was foreseen")
			assert.GreaterOrEqual(t, drafted.Drafted, drafted.Accepted)
			require.Equal(t, one.Tokens(), two.Tokens())
			requireSameRow(t, logits(t, one), logits(t, two))
		})
	}
}

func TestADraftEndsWhereTheAnswerEnds(t *testing.T) {
	m := tiny(t, Options{BatchTokens: 64, BatchCost: free})
	whole, _ := answer(t, m, GenerateOptions{MaxTokens: 40, IgnoreEOG: true})
	old := &Draft{Previous: whole.Tokens}

	t.Run("at the limit", func(t *testing.T) {
		g, s := answer(t, m, GenerateOptions{MaxTokens: 17, IgnoreEOG: true, Draft: old})
		assert.Equal(t, whole.Tokens[:17], g.Tokens)
		assert.Equal(t, StopLimit, g.Stopped)
		assert.Len(t, s.Tokens(), len(tokens(t, m, story))+17)
	})
	t.Run("at a stop string", func(t *testing.T) {
		stop := m.Text(whole.Tokens[18:20])
		require.NotEmpty(t, stop)
		plain, one := answer(t, m, GenerateOptions{MaxTokens: 40, IgnoreEOG: true, Stop: []string{stop}})
		g, two := answer(t, m, GenerateOptions{MaxTokens: 40, IgnoreEOG: true, Stop: []string{stop}, Draft: old})
		assert.Equal(t, StopString, g.Stopped)
		assert.Equal(t, plain.Text, g.Text)
		assert.Equal(t, one.Tokens(), two.Tokens())
	})
	t.Run("where OnText cancels", func(t *testing.T) {
		s := session(t, m)
		_, err := s.Append(background, tokens(t, m, story))
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(background)
		pieces := 0
		g, err := s.Generate(ctx, GenerateOptions{MaxTokens: 40, IgnoreEOG: true, Draft: old, OnText: func(string) {
			if pieces++; pieces == 5 {
				cancel()
			}
		}})
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 5, pieces)
		assert.Less(t, len(g.Tokens), 40)
		assert.Equal(t, whole.Tokens[:len(g.Tokens)], g.Tokens)
		assert.Len(t, s.Tokens(), len(tokens(t, m, story))+len(g.Tokens), "the session holds what was said and no more")
		rest, err := s.Generate(background, GenerateOptions{MaxTokens: 40 - len(g.Tokens), IgnoreEOG: true})
		require.NoError(t, err)
		assert.Equal(t, whole.Tokens, append(g.Tokens, rest.Tokens...))
	})
	t.Run("where the context is full", func(t *testing.T) {
		small := tiny(t, Options{ContextTokens: len(tokens(t, m, story)) + 20, BatchTokens: 64, BatchCost: free})
		g, s := answer(t, small, GenerateOptions{IgnoreEOG: true, Draft: old})
		assert.Equal(t, StopContext, g.Stopped)
		assert.Equal(t, whole.Tokens[:20], g.Tokens)
		assert.Zero(t, s.Room())
	})
}

// Sampled tokens that a draft proposed come as often as without a draft: two
// samples of the second token, compared by chi-square.
func TestADraftDoesNotChangeTheDistribution(t *testing.T) {
	m := tiny(t, Options{BatchTokens: 64, BatchCost: free})
	likely, _ := answer(t, m, GenerateOptions{MaxTokens: 3, IgnoreEOG: true})
	second := func(seed uint64, d *Draft) Token {
		chain, err := sampler.New(sampler.Config{Temperature: 0.5, TopK: 6, Seed: seed})
		require.NoError(t, err)
		s := session(t, m)
		_, err = s.Append(background, append(tokens(t, m, story), likely.Tokens[0]))
		require.NoError(t, err)
		g, err := s.Generate(background, GenerateOptions{MaxTokens: 2, IgnoreEOG: true, Sampler: chain, Draft: d})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		return g.Tokens[1]
	}
	const n = 600
	plain, drafted := map[Token]int{}, map[Token]int{}
	for i := range uint64(n) {
		plain[second(2*i, nil)]++
		drafted[second(2*i+1, &Draft{Previous: likely.Tokens[1:]})]++
	}
	statistic, cells, rare := 0.0, 0, [2]int{}
	add := func(a, b int) {
		if a+b > 0 {
			statistic += float64((a-b)*(a-b)) / float64(a+b)
			cells++
		}
	}
	for token := range union(plain, drafted) {
		if a, b := plain[token], drafted[token]; a+b >= 10 {
			add(a, b)
		} else {
			rare[0], rare[1] = rare[0]+a, rare[1]+b
		}
	}
	add(rare[0], rare[1])
	require.Greater(t, cells, 3, "too few outcomes show nothing")
	// The mean of chi-square is its degrees of freedom f, its variance 2 f; the
	// seeds are fixed, so this either always holds or never.
	f := float64(cells - 1)
	assert.Less(t, statistic, f+4*f, "%d outcomes", cells)
}

func union(a, b map[Token]int) map[Token]int {
	all := map[Token]int{}
	for _, m := range []map[Token]int{a, b} {
		for token := range m {
			all[token]++
		}
	}
	return all
}

func TestACorpusIsDraftedFrom(t *testing.T) {
	m := tiny(t, Options{BatchTokens: 64, BatchCost: free})
	whole, _ := answer(t, m, GenerateOptions{MaxTokens: 30, IgnoreEOG: true})
	g, _ := answer(t, m, GenerateOptions{MaxTokens: 30, IgnoreEOG: true, Draft: &Draft{Corpus: draft.NewCorpus(whole.Tokens)}})
	assert.Equal(t, whole.Tokens, g.Tokens)
	assert.Positive(t, g.Accepted)
}
