package sampler

import (
	"math"
	"slices"
)

// MinP keeps the candidates with at least p times the probability of the best.
//
// Source: Nguyen et al., "Turning Up the Heat: Min-p Sampling"
// (arXiv:2407.01082); llama.cpp pull request 3841. Probabilities compare as
// logits do, so no softmax is needed: p_i >= p * p_max where l_i >= l_max + ln p.
type MinP float32

// Apply drops the candidates under the floor and keeps the order.
func (p MinP) Apply(c *Candidates) {
	below := math.Log(float64(p))
	if !c.gathered {
		c.gatherAbove(below)
		return
	}
	highest := negInf()
	for _, x := range c.list {
		highest = max(highest, x.Logit)
	}
	floor := float32(float64(highest) + below)
	c.list = slices.DeleteFunc(c.list, func(x Candidate) bool { return x.Logit < floor })
}
