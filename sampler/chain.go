package sampler

import (
	"math/rand/v2"
	"slices"
)

// Filter narrows or reweighs the candidates for the next token. Filters are
// values without state of their own, so clones of a chain can share them.
type Filter interface {
	Apply(c *Candidates)
}

// Chain picks tokens: filters in the order of the package documentation, then
// a draw. It is not safe for concurrent use; forks take a Clone each.
type Chain struct {
	cfg     Config
	filters []Filter
	cands   Candidates
	history history
	pcg     rand.PCG
}

// stream separates this package's random numbers from others made of the same
// seed; the value has no meaning.
const stream = 0x76697363_6f646572

// New makes a chain; an invalid configuration is a fault.Usage error.
func New(cfg Config) (*Chain, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.DRY.Breakers = slices.Clone(cfg.DRY.Breakers)
	c := &Chain{cfg: cfg, filters: cfg.filters(), history: history{limit: cfg.history()}}
	c.Reseed(cfg.Seed)
	return c, nil
}

// Config returns what the chain was made of, with the seed last set.
func (c *Chain) Config() Config { return c.cfg }

// Reseed restarts the random numbers, so that a clone draws its own.
func (c *Chain) Reseed(seed uint64) {
	c.cfg.Seed = seed
	c.pcg.Seed(seed, stream)
}

// uniform returns a number in [0, 1) of 53 random bits.
func (c *Chain) uniform() float64 { return float64(c.pcg.Uint64()>>11) / (1 << 53) }

// Accept adds t to the history that the penalties look back at.
func (c *Chain) Accept(t Token) { c.history.add(t) }

// Reset replaces the history, as after a rewind; the random numbers go on.
func (c *Chain) Reset(tokens ...Token) {
	c.history.tokens = c.history.tokens[:0]
	for _, t := range tokens {
		c.history.add(t)
	}
}

// Clone returns a chain with the same history that will draw the same tokens
// from the same logits. The buffers are its own.
func (c *Chain) Clone() *Chain {
	return &Chain{cfg: c.cfg, filters: c.filters, history: c.history.clone(), pcg: c.pcg}
}

// Sample picks a token by logits, one for each token of the vocabulary, and
// leaves them untouched. Logits that are all NaN give token 0, no logits None.
// The token is not accepted: the caller decides whether it is kept.
func (c *Chain) Sample(logits []float32) Token { return c.sample(logits, nil) }

// SampleFrom is Sample among the tokens in allowed only, as a grammar asks for.
// The tokens must be distinct; one outside the vocabulary is ignored. An empty
// set allows nothing and gives None.
func (c *Chain) SampleFrom(logits []float32, allowed []Token) Token {
	if len(allowed) == 0 {
		return None
	}
	return c.sample(logits, allowed)
}

func (c *Chain) sample(logits []float32, allowed []Token) Token {
	if len(c.filters) == 0 && allowed == nil {
		return Greedy(logits)
	}
	c.cands.reset(logits, allowed, c.history.tokens)
	for _, f := range c.filters {
		f.Apply(&c.cands)
	}
	token := None
	if c.cfg.Temperature == 0 {
		token = c.cands.best()
	} else {
		token = c.cands.draw(c.uniform())
	}
	if token == None {
		token = c.cands.first()
	}
	c.cands.release()
	return token
}

// history keeps at least the last limit tokens.
type history struct {
	tokens []Token
	limit  int
}

func (h *history) add(t Token) {
	if h.limit == 0 {
		return
	}
	// Twice the window before moving it down: each token is moved once at
	// most, and the slice stops growing.
	if h.limit <= len(h.tokens)/2 {
		n := copy(h.tokens, h.tokens[len(h.tokens)-h.limit:])
		h.tokens = h.tokens[:n]
	}
	h.tokens = append(h.tokens, t)
}

func (h history) clone() history {
	return history{tokens: slices.Clone(h.tokens), limit: h.limit}
}
