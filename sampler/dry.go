package sampler

import "math"

// DRY ("don't repeat yourself") lowers the logit of a token that would extend
// a sequence already seen: if the last n tokens occurred before, followed by t,
// and n >= allowed length, t loses multiplier * base^(n - allowed length), with
// the longest such n. A repetition neither begins before a breaker nor is a
// breaker itself ever penalised, so that lines and list items may start alike.
//
// Source: p-e-w, oobabooga/text-generation-webui pull request 5677; llama.cpp
// pull request 9702. As in the former, breakers are single tokens.
type DRY struct {
	cfg      DRYConfig
	breakers map[Token]struct{}
}

func newDRY(cfg DRYConfig) DRY {
	if cfg.Base == 0 {
		cfg.Base = defaultDRYBase
	}
	if cfg.AllowedLength == 0 {
		cfg.AllowedLength = defaultAllowedLength
	}
	cfg.LastN = window(cfg.LastN)
	d := DRY{cfg: cfg, breakers: make(map[Token]struct{}, len(cfg.Breakers))}
	for _, t := range cfg.Breakers {
		d.breakers[t] = struct{}{}
	}
	return d
}

// Apply patches the logits of the tokens that would extend a repetition.
func (d DRY) Apply(c *Candidates) {
	recent := c.Recent(d.cfg.LastN)
	limit := d.sinceBreaker(recent)
	if limit < d.cfg.AllowedLength {
		return
	}
	c.lengths = suffixMatches(recent, c.lengths)
	clear(c.seen)
	for k := 1; k < len(recent); k++ {
		n := min(int(c.lengths[k]), limit)
		next := recent[len(recent)-k]
		if n >= d.cfg.AllowedLength && !d.breaks(next) {
			c.seen[next] = max(c.seen[next], int32(n))
		}
	}
	d.penalise(c, recent)
}

// penalise walks the history, not the map, so that the patch has one order.
func (d DRY) penalise(c *Candidates, recent []Token) {
	for _, t := range recent {
		n, found := c.seen[t]
		if !found {
			continue
		}
		delete(c.seen, t)
		penalty := float64(d.cfg.Multiplier) * math.Pow(float64(d.cfg.Base), float64(int(n)-d.cfg.AllowedLength))
		// Capped, as Inf - Inf would be NaN.
		c.Patch(t, c.Logit(t)-float32(min(penalty, math.MaxFloat32)))
	}
}

func (d DRY) breaks(t Token) bool {
	_, is := d.breakers[t]
	return is
}

// sinceBreaker counts the tokens behind the last breaker: the longest
// repetition that can be told.
func (d DRY) sinceBreaker(recent []Token) int {
	for n := range recent {
		if d.breaks(recent[len(recent)-1-n]) {
			return n
		}
	}
	return len(recent)
}

// suffixMatches returns, for each k >= 1, how many tokens before position
// len(tokens)-k equal the last tokens: the Z-function of the reversed slice
// (Gusfield, "Algorithms on Strings, Trees and Sequences", 1.3-1.5), linear in
// time. buf is reused.
func suffixMatches(tokens []Token, buf []int32) []int32 {
	n := len(tokens)
	if cap(buf) < n {
		buf = make([]int32, n, 2*n)
	}
	z := buf[:n]
	at := func(i int) Token { return tokens[n-1-i] }
	left, right := 0, 0 // the rightmost stretch known to match
	for k := 1; k < n; k++ {
		m := 0
		if k < right {
			m = min(right-k, int(z[k-left]))
		}
		for k+m < n && at(m) == at(k+m) {
			m++
		}
		if k+m > right {
			left, right = k, k+m
		}
		z[k] = int32(m)
	}
	return z
}
