package sampler

import (
	"math"
	"slices"
	"sort"
)

// The reference is the definition of each step, written plainly on a whole
// sorted distribution; the tests hold the fast code to it.

type refDist map[Token]float64

// reference returns the distribution a chain of cfg must draw from. Logits must
// be finite and distinct.
func reference(cfg Config, logits []float32, history []Token) refDist {
	l := make([]float64, len(logits))
	for i, v := range logits {
		l[i] = float64(v)
	}
	refRepetition(cfg, l, history)
	refDRY(cfg.DRY, l, history)
	ids := make([]Token, len(l))
	for i := range ids {
		ids[i] = Token(i)
	}
	sort.Slice(ids, func(a, b int) bool { return l[ids[a]] > l[ids[b]] })
	if cfg.Temperature == 0 {
		return refDist{ids[0]: 1}
	}
	if cfg.TopK > 0 {
		ids = ids[:min(cfg.TopK, len(ids))]
	}
	if cfg.TopP > 0 && cfg.TopP < 1 {
		p, sum := refSoftmax(ids, l, 1), 0.0
		for i, id := range ids {
			if sum += p[id]; sum >= float64(cfg.TopP) {
				ids = ids[:i+1]
				break
			}
		}
	}
	if cfg.MinP > 0 {
		p := refSoftmax(ids, l, 1)
		best := p[ids[0]]
		ids = slices.DeleteFunc(ids, func(t Token) bool { return p[t] < float64(cfg.MinP)*best })
	}
	return refSoftmax(ids, l, float64(cfg.Temperature))
}

func refSoftmax(ids []Token, l []float64, t float64) refDist {
	highest, sum, p := math.Inf(-1), 0.0, refDist{}
	for _, id := range ids {
		highest = max(highest, l[id])
	}
	for _, id := range ids {
		p[id] = math.Exp((l[id] - highest) / t)
		sum += p[id]
	}
	for id := range p {
		p[id] /= sum
	}
	return p
}

func refTail(history []Token, lastN int) []Token {
	switch {
	case lastN == 0:
		lastN = 64
	case lastN == -1:
		lastN = len(history)
	}
	return history[max(0, len(history)-lastN):]
}

func refRepetition(cfg Config, l []float64, history []Token) {
	if cfg.RepeatPenalty == 0 {
		return
	}
	for id := range l {
		if !slices.Contains(refTail(history, cfg.RepeatLastN), Token(id)) {
			continue
		}
		if l[id] > 0 {
			l[id] = float64(float32(l[id]) / cfg.RepeatPenalty)
		} else {
			l[id] = float64(float32(l[id]) * cfg.RepeatPenalty)
		}
	}
}

// refDRY is the quadratic definition: look at every earlier place of the last
// token and count backwards.
func refDRY(cfg DRYConfig, l []float64, history []Token) {
	tail := refTail(history, cfg.LastN)
	if cfg.Multiplier == 0 || len(tail) == 0 {
		return
	}
	base, allowed := float64(cfg.Base), cfg.AllowedLength
	if base == 0 {
		base = float64(float32(1.75))
	}
	if allowed == 0 {
		allowed = 2
	}
	last := len(tail) - 1
	longest := map[Token]int{}
	for i := range last {
		n := 0
		for n <= i && tail[i-n] == tail[last-n] && !slices.Contains(cfg.Breakers, tail[last-n]) {
			n++
		}
		if next := tail[i+1]; n >= allowed && !slices.Contains(cfg.Breakers, next) {
			longest[next] = max(longest[next], n)
		}
	}
	for t, n := range longest {
		if int(t) < len(l) {
			l[t] = float64(float32(l[t]) - float32(float64(cfg.Multiplier)*math.Pow(base, float64(n-allowed))))
		}
	}
}
