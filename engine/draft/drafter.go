package draft

// Drafter drafts one generation from several sources and learns as it goes. It
// is not safe for concurrent use.
type Drafter struct {
	pacer   *Pacer
	sources []Source

	// The draft on its way.
	source, evidence, length int
}

// New makes a Drafter; the order of the sources is how the pacer tells their
// kinds apart, so a missing one is nil. There may be at most 4.
func New(p *Pacer, s ...Source) *Drafter {
	return &Drafter{pacer: p, sources: s[:min(len(s), sources)]}
}

// Propose returns the draft that promises the most tokens for its time, of at
// most n tokens and up to the first that stop names; nil where none pays.
func (d *Drafter) Propose(n int, stop func(Token) bool) []Token {
	n = min(n, MaxRows-1)
	d.length = 0
	if n <= 0 {
		return nil
	}
	var draft []Token
	best := 0.0
	for i, s := range d.sources {
		if s == nil {
			continue
		}
		tokens, evidence := s.Propose(n)
		tokens = until(tokens, stop)
		if length, rate := d.pacer.length(i, evidence, len(tokens)); length > 0 && rate > best {
			draft, best = tokens[:length], rate
			d.source, d.evidence, d.length = i, evidence, length
		}
	}
	return draft
}

func until(tokens []Token, stop func(Token) bool) []Token {
	for i, t := range tokens {
		if stop(t) {
			return tokens[:i]
		}
	}
	return tokens
}

// Verified tells how many tokens of the latest draft were right, and what the
// decode of rows rows took, in milliseconds.
func (d *Drafter) Verified(accepted, rows int, ms float64) {
	if d.length > 0 {
		d.pacer.verified(d.source, d.evidence, d.length, accepted)
	}
	d.length = 0
	d.pacer.Cost.Observe(rows, ms)
}

// Grow tells every source the tokens that the conversation went on with.
func (d *Drafter) Grow(tokens ...Token) {
	for _, t := range tokens {
		for _, s := range d.sources {
			if s != nil {
				s.Grow(t)
			}
		}
	}
}
