package sampler

// Repetition divides the positive and multiplies the negative logits of the
// tokens among the last LastN by Penalty, once for each distinct token.
//
// Source: Keskar et al., "CTRL" (arXiv:1909.05858, section 4.1), which only
// divides; multiplying the negative ones, without which the penalty would
// favour them, is what llama.cpp and transformers do.
type Repetition struct {
	Penalty float32
	LastN   int
}

// Apply patches the logits of the recent tokens.
func (r Repetition) Apply(c *Candidates) {
	clear(c.seen)
	for _, t := range c.Recent(r.LastN) {
		if _, again := c.seen[t]; again {
			continue
		}
		c.seen[t] = 1
		v := c.Logit(t)
		if v <= 0 {
			v *= r.Penalty
		} else {
			v /= r.Penalty
		}
		c.Patch(t, v)
	}
}
