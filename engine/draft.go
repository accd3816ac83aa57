package engine

import (
	"context"
	"time"

	"viscoder/engine/draft"
	"viscoder/sampler"
)

// Draft asks for speculative decoding: likely continuations, taken from what the
// session holds and from an earlier version of the answer, are verified in one
// decode with the next token. The answer stays what it is without; only where
// two tokens are within the rounding of the kernels may the shape of the batch
// decide between them.
type Draft struct {
	Previous []Token       // an earlier version of what is generated, such as a program under repair
	Corpus   *draft.Recall // a fixed text of the kind that is generated (draft.NewCorpus); may be nil
}

// drafter is the drafting of one generation, nothing where none is asked for.
type drafter struct {
	*draft.Drafter
	drafted int
}

func (s *Session) drafter(o *Draft) *drafter {
	if o == nil {
		return &drafter{}
	}
	sources := []draft.Source{nil, draft.NewRecall(s.ledger.tokens), nil}
	if len(o.Previous) > 0 {
		sources[0] = draft.NewEdit(o.Previous)
	}
	if o.Corpus != nil {
		sources[2] = o.Corpus.Cursor()
	}
	return &drafter{Drafter: draft.New(s.model.pacer, sources...)}
}

// propose drafts at most n tokens to verify along with the one token that is
// pending; mu is held. Right after a prompt the logits are there already and the
// next token is free.
func (d *drafter) propose(s *Session, n int) []Token {
	if d.Drafter == nil || len(s.ledger.pending()) != 1 {
		return nil
	}
	n = min(n, s.model.options.outputs()-1, s.model.options.BatchTokens-1)
	guess := d.Propose(n, s.model.vocab.IsEOG)
	d.drafted += len(guess)
	return guess
}

// observe reports a decode to the pacer.
func (d *drafter) observe(accepted, rows int, took time.Duration) {
	if d.Drafter != nil {
		d.Verified(accepted, rows, float64(took)/1e6)
	}
}

func (d *drafter) grow(tokens ...Token) {
	if d.Drafter != nil {
		d.Grow(tokens...)
	}
}

// verify evaluates the pending token and the draft after it in one decode and
// samples at each row for as long as the draft agrees. Sampling first and
// comparing then is rejection sampling for a draft that is certain of itself:
// the distribution is the target's (Leviathan et al. 2023, section 2.3). mu is
// held.
func (s *Session) verify(ctx context.Context, chain *sampler.Chain, d *drafter, guess []Token) ([]Token, error) {
	start := time.Now()
	base := len(s.ledger.tokens)
	s.ledger.grow(guess...)
	if err := s.evaluateRows(ctx, len(guess)+1); err != nil {
		s.ledger.rewind(base)
		return nil, err
	}
	took := time.Since(start)
	tokens := make([]Token, 0, len(guess)+1)
	for i := range len(guess) + 1 {
		token := pick(chain, s.model.decoder.Logits(i))
		tokens = append(tokens, token)
		if i == len(guess) || token != guess[i] {
			break
		}
	}
	right := len(tokens) - 1
	s.ledger.rewind(base + right)
	d.observe(right, len(guess)+1, took)
	d.grow(tokens...)
	return tokens, s.truncate()
}
