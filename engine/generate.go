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
}

// Generation is what a turn of the model produced. Tokens are all that were
// generated, those that spell the stop string too; the end-of-turn token is not
// among them, because the next turn's template brings it.
type Generation struct {
	Text       string
	Tokens     []Token
	Stopped    StopReason
	StopString string
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
	err := s.generate(ctx, o, text, &g, start)
	text.flush()
	g.Text = text.text()
	g.Elapsed = time.Since(start)
	return g, err
}

func (s *Session) generate(ctx context.Context, o GenerateOptions, text *stream, g *Generation, start time.Time) error {
	for {
		if o.MaxTokens > 0 && len(g.Tokens) >= o.MaxTokens {
			g.Stopped = StopLimit
			return nil
		}
		token, err := s.step(ctx, o.Sampler)
		if err != nil {
			g.Stopped = StopCancelled
			return err
		}
		if len(g.Tokens) == 0 {
			g.FirstToken = time.Since(start)
		}
		if !o.IgnoreEOG && s.model.weights.IsEOG(token) {
			g.Stopped = StopEOG
			return nil
		}
		g.Tokens = append(g.Tokens, token)
		s.ledger.grow(token)
		if stop := text.add(s.model.weights, token); stop != "" {
			g.Stopped, g.StopString = StopString, stop
			return nil
		}
		if s.Room() <= 0 {
			g.Stopped = StopContext
			return nil
		}
	}
}

// step evaluates what is pending and samples one token. The decoder is taken for
// one step at a time, so that sessions take turns.
func (s *Session) step(ctx context.Context, chain *sampler.Chain) (Token, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	logits, err := s.row(ctx)
	if err != nil {
		return 0, err
	}
	if chain == nil {
		return sampler.Greedy(logits), nil
	}
	token := chain.Sample(logits)
	chain.Accept(token)
	return token, nil
}
