package engine

import (
	"context"
	"time"

	"viscoder/sampler"
)

// StopReason says why a generation ended.
type StopReason string

// The reasons.
const (
	StopEOG       StopReason = "eog"       // the model ended its turn
	StopString    StopReason = "stop"      // a stop string appeared
	StopLimit     StopReason = "limit"     // MaxTokens are generated
	StopContext   StopReason = "context"   // the context is full
	StopCancelled StopReason = "cancelled" // ctx ended, or OnText asked for it
)

// GenerateOptions are the settings of one generation.
type GenerateOptions struct {
	MaxTokens int            // 0: as many as the context holds
	Stop      []string       // the text ends before the first of these to appear
	Sampler   *sampler.Chain // nil: greedy
	OnText    func(string)   // gets the text as it grows, in whole UTF-8 runes
	IgnoreEOG bool           // go on after an end-of-turn token; measurements need a fixed length
	Draft     *Draft         // nil: one token for each decode
}

// Generation is what a turn of the model produced. Tokens are all that were
// generated, those that spell the stop string too; the end-of-turn token is not
// among them, because the next turn's template brings it.
type Generation struct {
	Text       string
	Tokens     []Token
	Stopped    StopReason
	StopString string
	Drafted    int           // tokens that were guessed and verified along with another
	Accepted   int           // tokens of the text that a draft got right
	FirstToken time.Duration // from the call to the first token
	Elapsed    time.Duration
}

// TokensPerSecond is the decode rate, the first token included.
func (g Generation) TokensPerSecond() float64 { return rate(len(g.Tokens), g.Elapsed) }

// Generate lets the model go on from the end of the conversation. It ends within
// one decode step when ctx is cancelled; then the error is ctx's, and the
// Generation holds what there is. The last token is left without KV: it is
// evaluated together with the next turn.
func (s *Session) Generate(ctx context.Context, o GenerateOptions) (Generation, error) {
	start := time.Now()
	g := Generation{}
	text := newStream(o.Stop, o.OnText)
	d := s.drafter(o.Draft)
	err := s.generate(ctx, o, d, text, &g, start)
	g.Drafted = d.drafted
	text.flush()
	g.Text = text.text()
	g.Elapsed = time.Since(start)
	return g, err
}

func (s *Session) generate(ctx context.Context, o GenerateOptions, d *drafter, text *stream, g *Generation, start time.Time) error {
	for {
		most := s.Room()
		if o.MaxTokens > 0 {
			most = min(most, o.MaxTokens-len(g.Tokens))
		}
		if most <= 0 {
			g.Stopped = StopLimit
			return nil
		}
		base := len(s.ledger.tokens)
		tokens, err := s.step(ctx, o.Sampler, d, most)
		if err != nil {
			g.Stopped = StopCancelled
			return err
		}
		if len(g.Tokens) == 0 {
			g.FirstToken = time.Since(start)
		}
		if done, err := s.take(ctx, tokens, base, o, text, g); done {
			return err
		}
	}
}

// take adds what a step gave to the generation, and says whether that ends it.
// All but the last of the tokens are in the ledger already, from base on: those
// beyond the end are taken out again.
func (s *Session) take(ctx context.Context, tokens []Token, base int, o GenerateOptions, text *stream, g *Generation) (done bool, err error) {
	for i, token := range tokens {
		if i > 0 && ctx.Err() != nil { // OnText asked for it
			s.ledger.rewind(base + i)
			g.Stopped = StopCancelled
			return true, ctx.Err()
		}
		if !o.IgnoreEOG && s.model.vocab.IsEOG(token) {
			g.Stopped = StopEOG
			return true, nil
		}
		g.Tokens = append(g.Tokens, token)
		if i == len(tokens)-1 {
			s.ledger.grow(token)
		} else {
			g.Accepted++
		}
		if stop := text.add(s.model.vocab, token); stop != "" {
			s.ledger.rewind(base + i + 1)
			g.Stopped, g.StopString = StopString, stop
			return true, nil
		}
	}
	if s.Room() <= 0 {
		g.Stopped = StopContext
		return true, nil
	}
	return false, nil
}

// step evaluates what is pending, with a draft of what may follow, and samples:
// one token, or as many as the draft got right and one more, at most most. The
// right ones are in the ledger then, the last token is not. The decoder is taken
// for one step at a time, so that sessions take turns.
func (s *Session) step(ctx context.Context, chain *sampler.Chain, d *drafter, most int) ([]Token, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	if guess := d.propose(s, most-1); len(guess) > 0 {
		return s.verify(ctx, chain, d, guess)
	}
	start, decoded := time.Now(), len(s.ledger.pending()) == 1
	logits, err := s.row(ctx)
	if err != nil {
		return nil, err
	}
	if decoded {
		d.observe(0, 1, time.Since(start))
	}
	token := pick(chain, logits)
	d.grow(token)
	return []Token{token}, nil
}

// pick samples a token; no chain is greedy.
func pick(chain *sampler.Chain, logits []float32) Token {
	if chain == nil {
		return sampler.Greedy(logits)
	}
	token := chain.Sample(logits)
	chain.Accept(token)
	return token
}
