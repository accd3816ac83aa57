package sampler

// TopP keeps the nucleus: the fewest best candidates whose probabilities sum to
// at least p.
//
// Source: Holtzman et al., "The Curious Case of Neural Text Degeneration"
// (arXiv:1904.09751). The nucleus is nearly always small, so the best are
// selected in growing batches instead of sorting the vocabulary.
type TopP float32

const firstBatch = 64

// Apply keeps the nucleus, in descending order.
func (p TopP) Apply(c *Candidates) {
	c.gather(1)
	if len(c.list) == 0 {
		return
	}
	highest, total := c.mass()
	want, sum, done := float64(p)*total, 0.0, 0
	for batch := firstBatch; done < len(c.list); batch *= 4 {
		if !c.sorted {
			c.top(done, batch)
		}
		for end := min(done+batch, len(c.list)); done < end; done++ {
			sum += weight(c.list[done].Logit, highest)
			if sum >= want {
				c.list, c.sorted = c.list[:done+1], true
				return
			}
		}
	}
	c.sorted = true
}

// mass returns the highest logit and the sum of the weights relative to it.
func (c *Candidates) mass() (highest float32, total float64) {
	highest = negInf()
	for _, x := range c.list {
		highest = max(highest, x.Logit)
	}
	for _, x := range c.list {
		total += weight(x.Logit, highest)
	}
	return highest, total
}
