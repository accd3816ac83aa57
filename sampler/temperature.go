package sampler

// Temperature divides the logits by t: below 1 sharpens the distribution,
// above 1 flattens it.
//
// Source: Ackley, Hinton, Sejnowski, "A Learning Algorithm for Boltzmann
// Machines" (1985).
type Temperature float32

// Apply scales the distance to the best logit rather than the logits, which
// leaves the softmax as it is and cannot overflow to several infinities.
func (t Temperature) Apply(c *Candidates) {
	c.gather(float64(t))
	highest := negInf()
	for _, x := range c.list {
		highest = max(highest, x.Logit)
	}
	for i, x := range c.list {
		if x.Logit == highest { // also where the difference is Inf - Inf
			c.list[i].Logit = 0
		} else {
			c.list[i].Logit = (x.Logit - highest) / float32(t)
		}
	}
}
