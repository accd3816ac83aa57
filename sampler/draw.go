package sampler

import "math"

func negInf() float32 { return float32(math.Inf(-1)) }

// draw picks a candidate with its probability under softmax, by u in [0, 1):
// inversion of the cumulative distribution. None if nothing was gathered.
func (c *Candidates) draw(u float64) Token {
	c.gather(1)
	if len(c.list) == 0 {
		return None
	}
	highest := negInf()
	for _, x := range c.list {
		highest = max(highest, x.Logit)
	}
	c.weights = c.weights[:0]
	total := 0.0
	for _, x := range c.list {
		w := weight(x.Logit, highest)
		c.weights = append(c.weights, w)
		total += w
	}
	u *= total
	picked := None
	for i, w := range c.weights {
		if w == 0 {
			continue
		}
		picked = c.list[i].ID
		if u < w {
			break
		}
		u -= w // rounding may leave u over; then the last one is it
	}
	return picked
}
