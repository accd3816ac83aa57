package sampler

// TopK keeps the k candidates of highest logit, in descending order.
//
// Source: Fan, Lewis, Dauphin, "Hierarchical Neural Story Generation"
// (arXiv:1805.04833). One pass over the vocabulary with a heap of k.
type TopK int

// Apply keeps the k best.
func (k TopK) Apply(c *Candidates) {
	if !c.gathered {
		c.gatherTop(int(k))
	}
	if !c.sorted {
		c.top(0, int(k))
		c.sorted = true
	}
	c.list = c.list[:min(int(k), len(c.list))]
}

// gatherTop makes the list of the k best, unordered.
func (c *Candidates) gatherTop(k int) {
	c.scan(func(x Candidate) float32 {
		if len(c.list) < k {
			c.list = append(c.list, x)
			if len(c.list) < k {
				return negInf()
			}
			heapify(c.list)
		} else if better(x, c.list[0]) {
			c.list[0] = x
			siftDown(c.list, 0)
		}
		return c.list[0].Logit
	})
	c.gathered = true
}
