package sampler

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const qwenVocabulary = 151936

// randomLogits has the shape of a language model's: a bulk and a few peaks.
// The numbers are distinct, so that no order depends on ties.
func randomLogits(r *rand.Rand, n int) []float32 {
	logits, seen := make([]float32, n), make(map[float32]bool, n)
	for i := range logits {
		for {
			v := float32(r.NormFloat64() * 2.5)
			if r.IntN(200) == 0 {
				v += float32(r.Float64() * 12)
			}
			if !seen[v] {
				seen[v], logits[i] = true, v
				break
			}
		}
	}
	return logits
}

func randomConfig(r *rand.Rand) Config {
	maybe := func(v float32) float32 { return v * float32(r.IntN(2)) }
	return Config{
		Temperature:   maybe(0.3 + 1.5*r.Float32()),
		TopK:          r.IntN(2) * (1 + r.IntN(60)),
		TopP:          maybe(0.2 + 0.79*r.Float32()),
		MinP:          maybe(0.3 * r.Float32()),
		RepeatPenalty: maybe(0.8 + 0.7*r.Float32()),
		RepeatLastN:   []int{0, -1, 5}[r.IntN(3)],
		DRY: DRYConfig{
			Multiplier: maybe(2 * r.Float32()), Base: maybe(1.2 + r.Float32()), AllowedLength: r.IntN(4),
			LastN: []int{0, -1, 20}[r.IntN(3)], Breakers: []Token{0, 3}[:r.IntN(3)],
		},
	}
}

// distribution runs a chain's filters and returns what would be drawn from.
func distribution(c *Chain, logits []float32, allowed []Token) refDist {
	c.cands.reset(logits, allowed, c.history.tokens)
	defer c.cands.release()
	for _, f := range c.filters {
		f.Apply(&c.cands)
	}
	if c.cfg.Temperature == 0 {
		return refDist{c.cands.best(): 1}
	}
	highest, total := c.cands.mass()
	got := refDist{}
	for _, x := range c.cands.list {
		got[x.ID] += weight(x.Logit, highest) / total
	}
	return got
}

func requireSameDistribution(t *testing.T, want, got refDist) {
	t.Helper()
	missing := 0.0
	for id, p := range want {
		if q, ok := got[id]; ok {
			require.InDelta(t, p, q, 2e-6, "token %d", id)
		} else {
			missing += p
		}
	}
	require.Less(t, missing, 1e-6, "candidates may be left out only where they have no weight")
	for id := range got {
		_, wanted := want[id] // not require.Contains, which is linear in a map's size
		require.True(t, wanted, "token %d must have been filtered out", id)
	}
}

func TestChainsDrawFromTheReferenceDistribution(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 600 {
		cfg, n := randomConfig(r), 1+r.IntN(1500)
		logits := randomLogits(r, n)
		before := slices.Clone(logits)
		chain, err := New(cfg)
		require.NoError(t, err)
		var history []Token
		for range r.IntN(150) {
			// Few distinct tokens, so that sequences repeat; some outside the vocabulary.
			history = append(history, Token(r.IntN(6)))
			chain.Accept(history[len(history)-1])
		}
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			requireSameDistribution(t, reference(cfg, logits, history), distribution(chain, logits, nil))
			assert.Equal(t, before, logits, "logits belong to someone else")
		})
	}
}

func TestWholeVocabularyWithoutTopK(t *testing.T) {
	logits := randomLogits(rand.New(rand.NewPCG(5, 6)), qwenVocabulary)
	for _, cfg := range []Config{
		{Temperature: 0.7}, {Temperature: 3}, {Temperature: 1, TopP: 0.9}, {Temperature: 1, TopP: 0.9999}, {Temperature: 1, MinP: 0.01},
	} {
		chain, err := New(cfg)
		require.NoError(t, err)
		requireSameDistribution(t, reference(cfg, logits, nil), distribution(chain, logits, nil))
	}
}

// TestDrawsFollowTheDistribution is Pearson's chi-square test: 9 degrees of
// freedom exceed 27.9 once in a thousand seeds, and the seed is fixed.
func TestDrawsFollowTheDistribution(t *testing.T) {
	logits := []float32{0, 1, 2, -1, 0.5, 1.5, -0.5, 0.2, 1.1, 0.9}
	for _, temperature := range []float32{0.5, 1, 2} {
		cfg := Config{Temperature: temperature, Seed: 7}
		chain, err := New(cfg)
		require.NoError(t, err)
		const draws = 50_000
		counts := make([]int, len(logits))
		for range draws {
			counts[chain.Sample(logits)]++
		}
		chi2 := 0.0
		for id, p := range reference(cfg, logits, nil) {
			d := float64(counts[id]) - draws*p
			chi2 += d * d / (draws * p)
		}
		assert.Less(t, chi2, 27.9, "temperature %v: %v", temperature, counts)
	}
}

func draws(c *Chain, logits []float32, n int) []Token {
	out := make([]Token, n)
	for i := range out {
		out[i] = c.Sample(logits)
		c.Accept(out[i])
	}
	return out
}

func TestSeedsReproduceAndDiffer(t *testing.T) {
	logits := randomLogits(rand.New(rand.NewPCG(3, 4)), 500)
	cfg := Config{Temperature: 1.5, RepeatPenalty: 1.1, Seed: 42}
	a, err := New(cfg)
	require.NoError(t, err)
	b, err := New(cfg)
	require.NoError(t, err)
	first := draws(a, logits, 50)
	assert.Equal(t, first, draws(b, logits, 50))

	cfg.Seed = 43
	other, err := New(cfg)
	require.NoError(t, err)
	assert.NotEqual(t, first, draws(other, logits, 50))
}

func TestCloneGoesOnAlikeUntilReseeded(t *testing.T) {
	logits := randomLogits(rand.New(rand.NewPCG(3, 4)), 500)
	c, err := New(Config{Temperature: 1.5, RepeatPenalty: 1.3, DRY: DRYConfig{Multiplier: 1}, Seed: 1})
	require.NoError(t, err)
	draws(c, logits, 20)
	fork, reseeded := c.Clone(), c.Clone()
	reseeded.Reseed(99)
	next := draws(c, logits, 50)
	assert.Equal(t, next, draws(fork, logits, 50), "a clone shares neither history nor random numbers with its origin")
	assert.NotEqual(t, next, draws(reseeded, logits, 50))
	assert.Equal(t, uint64(99), reseeded.Config().Seed)
}

func TestResetReplacesTheHistory(t *testing.T) {
	logits := []float32{1, 1.1, 1.2}
	c, err := New(Config{RepeatPenalty: 2})
	require.NoError(t, err)
	c.Accept(2)
	assert.Equal(t, Token(1), c.Sample(logits))
	c.Reset(1)
	assert.Equal(t, Token(2), c.Sample(logits))
	c.Reset()
	assert.Equal(t, Token(2), c.Sample(logits))
}

func TestHistoryIsAWindow(t *testing.T) {
	logits := []float32{9, 5, 4, 3}
	c, err := New(Config{RepeatPenalty: 10, RepeatLastN: 2})
	require.NoError(t, err)
	for _, step := range []struct{ accept, want Token }{{0, 1}, {1, 2}, {2, 0}, {0, 1}, {3, 1}, {3, 0}, {3, 0}, {3, 0}} {
		c.Accept(step.accept)
		assert.Equal(t, step.want, c.Sample(logits), "after %v", step)
	}
	assert.LessOrEqual(t, cap(c.history.tokens), 8)
}

func TestAllowedSet(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	logits := randomLogits(r, 300)
	allowed := []Token{17, 4, 250, 99}
	for range 50 {
		cfg := randomConfig(r)
		c, err := New(cfg)
		require.NoError(t, err)
		assert.Contains(t, allowed, c.SampleFrom(logits, allowed))
	}
	greedy, err := New(Config{})
	require.NoError(t, err)
	assert.Equal(t, None, greedy.SampleFrom(logits, nil), "an empty set allows nothing")
	assert.Equal(t, None, greedy.SampleFrom(logits, []Token{-1, 300}))
	assert.Equal(t, Token(4), greedy.SampleFrom(logits, []Token{300, 4, -7}))
	nan := float32(math.NaN())
	assert.Equal(t, Token(1), greedy.SampleFrom([]float32{5, nan, nan}, []Token{1, 2}))
}

func TestOddLogits(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, temperature := range []float32{0, 1e-30, 1, 1e30} {
		c, err := New(Config{Temperature: temperature, TopK: 3, TopP: 0.9, MinP: 0.1, RepeatPenalty: 1.2})
		require.NoError(t, err)
		c.Accept(0)
		assert.Equal(t, Token(0), c.Sample([]float32{nan, nan}), "all NaN")
		assert.Equal(t, None, c.Sample(nil))
		assert.Equal(t, Token(1), c.Sample([]float32{nan, -3, nan}))
		assert.Equal(t, Token(2), c.Sample([]float32{7, -inf, inf, nan}))
		assert.Contains(t, []Token{0, 2}, c.Sample([]float32{-inf, nan, -inf}))
	}
	plain, err := New(Config{Temperature: 1})
	require.NoError(t, err)
	seen := map[Token]bool{}
	for range 100 {
		seen[plain.Sample([]float32{inf, 0, inf})] = true
	}
	assert.Equal(t, map[Token]bool{0: true, 2: true}, seen, "two infinities share the mass")
}

func TestTinyTemperatureDoesNotOverflow(t *testing.T) {
	c, err := New(Config{Temperature: 1e-38})
	require.NoError(t, err)
	for range 20 {
		assert.Equal(t, Token(1), c.Sample([]float32{30, 31, 29}))
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	logits := randomLogits(rand.New(rand.NewPCG(1, 1)), 20_000)
	for name, cfg := range map[string]Config{
		"greedy":      {},
		"penalties":   {RepeatPenalty: 1.1, DRY: DRYConfig{Multiplier: 0.8, Breakers: []Token{1}}},
		"temperature": {Temperature: 1},
		"top-p":       {Temperature: 1, TopP: 0.95},
		"everything": {Temperature: 0.8, TopK: 40, TopP: 0.95, MinP: 0.05, RepeatPenalty: 1.1,
			DRY: DRYConfig{Multiplier: 0.8, Breakers: []Token{1}}},
	} {
		c, err := New(cfg)
		require.NoError(t, err)
		i := 0
		step := func() {
			i++
			c.Sample(logits)
			c.Accept(Token(i % 9))
		}
		for range 1000 {
			step()
		}
		assert.Zero(t, testing.AllocsPerRun(500, step), name)
	}
}
