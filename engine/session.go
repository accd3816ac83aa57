package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"viscoder/engine/llama"
	"viscoder/internal/fault"
)

// Session is one conversation: its tokens, and the share of them that the KV
// cache holds.
type Session struct {
	model  *Model
	seq    int
	ledger ledger
	closed bool
}

// Prefill tells what bringing a conversation up to date cost.
type Prefill struct {
	Evaluated int           // tokens of the new turn, all evaluated
	Reused    int           // tokens before it whose KV was there already
	Carried   int           // tokens generated last, evaluated along with the turn
	Elapsed   time.Duration // of evaluating both
}

// TokensPerSecond is the rate of evaluation, 0 if there was none.
func (p Prefill) TokensPerSecond() float64 {
	return rate(p.Evaluated+p.Carried, p.Elapsed)
}

func rate(tokens int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(tokens) / d.Seconds()
}

// Tokens is a copy of the conversation, with what the model generated as the
// very tokens it generated.
func (s *Session) Tokens() []Token { return append([]Token(nil), s.ledger.tokens...) }

// Len is the length of the conversation in tokens.
func (s *Session) Len() int { return len(s.ledger.tokens) }

// Room is how many more tokens fit into the KV cache of the model.
func (s *Session) Room() int { return s.model.options.ContextTokens - len(s.ledger.tokens) }

// Append evaluates a turn at the end of the conversation. Too long a turn is a
// fault.Usage, known before anything is evaluated. When ctx ends, what was
// evaluated so far is kept and the rest stays pending.
func (s *Session) Append(ctx context.Context, turn []Token) (Prefill, error) {
	if err := s.fits(len(s.ledger.tokens) + len(turn)); err != nil {
		return Prefill{}, err
	}
	p := Prefill{Evaluated: len(turn), Reused: s.ledger.held, Carried: len(s.ledger.pending())}
	s.ledger.grow(turn...)
	return s.timed(ctx, p)
}

// Sync makes the conversation equal to the given one: the KV of the longest
// common prefix stays, the rest is dropped, and what is new is evaluated.
func (s *Session) Sync(ctx context.Context, conversation []Token) (Prefill, error) {
	if err := s.fits(len(conversation)); err != nil {
		return Prefill{}, err
	}
	common := s.ledger.replace(conversation)
	if s.ledger.held == len(conversation) && len(conversation) > 0 {
		// A whole prompt from the cache leaves no logits: evaluate its last token.
		s.ledger.forget(len(conversation) - 1)
		common = s.ledger.held
	}
	p := Prefill{Evaluated: len(conversation) - common, Reused: s.ledger.held, Carried: common - s.ledger.held}
	return s.timed(ctx, p)
}

func (s *Session) fits(tokens int) error {
	if limit := s.model.options.ContextTokens; tokens > limit {
		return fault.New(fault.Usage, "the conversation has %d tokens, and the context holds %d", tokens, limit).
			WithHint("shorten the request or the data, or take a longer context: --ctx %d", 2*limit)
	}
	return nil
}

// timed evaluates what is pending and fills in the time.
func (s *Session) timed(ctx context.Context, p Prefill) (Prefill, error) {
	start := time.Now()
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	err := s.evaluate(ctx)
	p.Elapsed = time.Since(start)
	return p, err
}

// Rewind drops the conversation from token n on, with its KV.
func (s *Session) Rewind(n int) error {
	if n < 0 || n > len(s.ledger.tokens) {
		return fmt.Errorf("engine: rewind to %d of %d tokens", n, len(s.ledger.tokens))
	}
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	s.ledger.rewind(n)
	return s.truncate()
}

// Fork begins a second conversation with the same tokens; the KV of what is
// evaluated is shared, not copied.
func (s *Session) Fork() (*Session, error) {
	m := s.model
	m.mu.Lock()
	defer m.mu.Unlock()
	seq, err := m.takeSequence()
	if err != nil {
		return nil, err
	}
	m.decoder.KVCopy(s.seq, seq, 0, s.ledger.held)
	return &Session{model: m, seq: seq, ledger: s.ledger.clone()}, nil
}

// Close gives the session's KV back. It may be called twice, but not after its
// model is closed.
func (s *Session) Close() error {
	m := s.model
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.closed || m.decoder == nil {
		return nil
	}
	s.closed = true
	s.ledger.rewind(0)
	err := s.truncate()
	m.free = append(m.free, s.seq)
	return err
}

// truncate makes the cache hold no more than the ledger says; mu is held.
func (s *Session) truncate() error {
	if s.model.logits == s {
		s.model.logits = nil
	}
	if !s.model.decoder.KVRemove(s.seq, s.ledger.held, -1) {
		return errors.New("engine: the KV cache refused to drop positions")
	}
	return nil
}

// evaluate gives every pending token its KV, in batches, and leaves the logits
// of the last one with the decoder; mu is held.
func (s *Session) evaluate(ctx context.Context) error { return s.evaluateRows(ctx, 1) }

// evaluateRows is evaluate, leaving the logits of the last rows tokens; more than
// one must fit into one batch with all that is pending. mu is held.
func (s *Session) evaluateRows(ctx context.Context, rows int) error {
	m := s.model
	if s.closed || m.decoder == nil {
		return errors.New("engine: the session is closed")
	}
	if err := s.truncate(); err != nil {
		return err
	}
	defer s.abortWith(ctx)()
	for len(s.ledger.pending()) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.decodeChunk(rows); err != nil {
			return s.settle(ctx, err)
		}
	}
	return nil
}

// abortWith lets the end of ctx abort a running decode, until the returned
// function is called.
func (s *Session) abortWith(ctx context.Context) (release func()) {
	decoder, aborted := s.model.decoder, make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		decoder.Abort(true)
		close(aborted)
	})
	return func() {
		if !stop() {
			<-aborted // else it could abort the decode of a later call
		}
		decoder.Abort(false)
	}
}

// decodeChunk evaluates the next batch of pending tokens, the last of them with
// the logits of its last rows tokens; mu is held.
func (s *Session) decodeChunk(rows int) error {
	m := s.model
	pending := s.ledger.pending()
	chunk := pending[:min(len(pending), m.options.BatchTokens)]
	last := len(chunk) == len(pending)
	m.batch.Reset()
	for i, t := range chunk {
		m.batch.Add(t, s.ledger.held+i, s.seq, last && i >= len(chunk)-rows)
	}
	m.logits = nil
	if err := m.decoder.Decode(&m.batch); err != nil {
		return err
	}
	s.ledger.evaluated(len(chunk))
	if last && rows == 1 {
		m.logits = s
	}
	return s.audit()
}

// settle brings ledger and cache into agreement after a decode that failed.
func (s *Session) settle(ctx context.Context, err error) error {
	// Micro-batches evaluated before an abort stay in the cache.
	s.ledger.held = min(s.model.decoder.KVLast(s.seq)+1, len(s.ledger.tokens))
	switch {
	case errors.Is(err, llama.ErrAborted) && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, llama.ErrKVFull):
		return fault.Wrap(err, fault.Usage, "the sessions together need more than the context of %d tokens", s.model.options.ContextTokens).
			WithHint("take a longer context: --ctx %d", 2*s.model.options.ContextTokens)
	}
	return fault.Wrap(err, fault.Internal, "the decoder failed")
}

// row is the logits of the last token, [vocab]float32, evaluating it again if
// another session or a rewind took them away; mu is held.
func (s *Session) row(ctx context.Context) ([]float32, error) {
	if len(s.ledger.tokens) == 0 {
		return nil, errors.New("engine: generate before any prompt")
	}
	if s.model.logits != s {
		s.ledger.forget(len(s.ledger.tokens) - 1)
	}
	if len(s.ledger.pending()) > 0 {
		if err := s.evaluate(ctx); err != nil {
			return nil, err
		}
	}
	return s.model.decoder.Logits(len(s.model.batch.Token) - 1), nil
}
