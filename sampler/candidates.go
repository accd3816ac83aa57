package sampler

import (
	"cmp"
	"math"
	"slices"
)

// Candidate is a token that can still be drawn. Its logit is the model's,
// penalised and scaled by the filters so far.
type Candidate struct {
	ID    Token
	Logit float32
}

// Candidates is what filters work on. It starts as a view of all logits with a
// sparse patch over it; the first filter that narrows it gathers a list.
type Candidates struct {
	logits  []float32
	allowed []Token // nil = the whole vocabulary
	recent  []Token

	patches []Candidate // logits changed before gathering
	slot    []int32     // for each token, 1 + its place in patches; 0 = none

	list     []Candidate
	gathered bool
	sorted   bool // list is in descending order

	// Scratch of filters and of the draw, kept to allocate nothing per token.
	weights []float64
	lengths []int32
	seen    map[Token]int32
}

func (c *Candidates) reset(logits []float32, allowed, recent []Token) {
	c.logits, c.allowed, c.recent = logits, allowed, recent
	c.patches, c.list = c.patches[:0], c.list[:0]
	c.gathered, c.sorted = false, false
	if len(c.slot) < len(logits) {
		c.slot = make([]int32, len(logits))
	}
	if c.seen == nil {
		c.seen = make(map[Token]int32)
	}
}

// release forgets the caller's memory and wipes the patch, touching only the
// slots in use.
func (c *Candidates) release() {
	for _, p := range c.patches {
		c.slot[p.ID] = 0
	}
	c.patches = c.patches[:0]
	c.logits, c.allowed, c.recent = nil, nil, nil
}

// Recent returns the last n accepted tokens, or fewer, oldest first.
func (c *Candidates) Recent(n int) []Token {
	return c.recent[max(0, len(c.recent)-n):]
}

// Logit returns the logit of t as patched so far; NaN outside the vocabulary.
func (c *Candidates) Logit(t Token) float32 {
	if t < 0 || int(t) >= len(c.logits) {
		return float32(math.NaN())
	}
	if s := c.slot[t]; s != 0 {
		return c.patches[s-1].Logit
	}
	return c.logits[t]
}

// Patch changes the logit of t. Only filters ahead of every narrowing one may
// call it; a token outside the vocabulary is ignored.
func (c *Candidates) Patch(t Token, logit float32) {
	if t < 0 || int(t) >= len(c.logits) {
		return
	}
	if s := c.slot[t]; s != 0 {
		c.patches[s-1].Logit = logit
		return
	}
	c.patches = append(c.patches, Candidate{t, logit})
	c.slot[t] = int32(len(c.patches))
}

// best returns the token of highest logit, None if there is none but NaN.
func (c *Candidates) best() Token {
	top := Candidate{None, float32(math.Inf(-1))}
	c.scan(func(x Candidate) float32 {
		if top.ID == None || better(x, top) {
			top = x
		}
		return top.Logit
	})
	return top.ID
}

// first is the answer where every logit is NaN.
func (c *Candidates) first() Token {
	if c.allowed == nil {
		return Greedy(c.logits[:min(1, len(c.logits))])
	}
	for _, t := range c.allowed {
		if t >= 0 && int(t) < len(c.logits) {
			return t
		}
	}
	return None
}

// scan offers every candidate whose logit is at least floor, which starts at
// -Inf and is what offer returned last. NaN is never offered.
func (c *Candidates) scan(offer func(Candidate) (floor float32)) {
	floor := float32(math.Inf(-1))
	switch {
	case c.gathered:
		for _, x := range c.list {
			if x.Logit >= floor {
				floor = offer(x)
			}
		}
	case c.allowed != nil:
		for _, t := range c.allowed {
			if v := c.Logit(t); v >= floor {
				floor = offer(Candidate{t, v})
			}
		}
	default:
		for i, v := range c.logits {
			if v >= floor && c.slot[i] == 0 {
				floor = offer(Candidate{Token(i), v})
			}
		}
		for _, p := range c.patches {
			if p.Logit >= floor {
				floor = offer(p)
			}
		}
	}
}

// gather makes the list of the candidates that matter at temperature t: those
// left out have less than 2^-24 of the probability mass together, the
// resolution of a float32. All the narrowing filters but TopK start from it.
func (c *Candidates) gather(t float64) {
	if c.gathered {
		return
	}
	n := float64(max(1, len(c.logits)))
	c.gatherAbove(-(math.Log(n) + 24*math.Ln2) * max(1, t))
}

// gatherAbove makes the list of the candidates whose logit is at most -below
// under the best.
func (c *Candidates) gatherAbove(below float64) {
	id := c.best()
	if id == None {
		c.gathered = true
		return
	}
	floor := float32(float64(c.Logit(id)) + below)
	c.scan(func(x Candidate) float32 {
		if x.Logit >= floor { // the first call comes before scan knows the floor
			c.list = append(c.list, x)
		}
		return floor
	})
	c.gathered = true
}

// top makes list[from:from+k] the k best of list[from:], in descending order.
// What it displaces stays behind them.
func (c *Candidates) top(from, k int) {
	rest := c.list[from:]
	k = min(k, len(rest))
	heap := rest[:k]
	heapify(heap)
	for i := k; i < len(rest); i++ {
		if better(rest[i], heap[0]) {
			heap[0], rest[i] = rest[i], heap[0]
			siftDown(heap, 0)
		}
	}
	sortBest(heap)
}

// better orders candidates: higher logit first, then lower number.
func better(a, b Candidate) bool {
	return a.Logit > b.Logit || a.Logit == b.Logit && a.ID < b.ID
}

func sortBest(list []Candidate) {
	slices.SortFunc(list, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Logit, a.Logit), cmp.Compare(a.ID, b.ID))
	})
}

// heapify makes a heap with the worst candidate at the root.
func heapify(h []Candidate) {
	for i := len(h)/2 - 1; i >= 0; i-- {
		siftDown(h, i)
	}
}

func siftDown(h []Candidate, i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && better(h[child], h[child+1]) {
			child++
		}
		if better(h[child], h[i]) {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}
