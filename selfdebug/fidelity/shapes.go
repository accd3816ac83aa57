package fidelity

import (
	"math"
	"slices"
)

// proportional says whether values are drawn to scale: some list of lengths or
// places holds all of them times one factor, or, for places, moved as well.
// Lists come from drawings whose units are not those of the data.
func proportional(want, have []float64) bool {
	want, have = clean(want), clean(have)
	if len(want) < 3 || len(have) < len(want) || len(have) > mostLengths {
		return false
	}
	high, low := slices.Max(want), slices.Min(want)
	if high == low {
		return false
	}
	// Few values moved and stretched fit somewhere in a long list by chance.
	moved := len(want) > 6 || len(have) <= 3*len(want)
	for _, a := range have {
		if high != 0 && fits(want, have, a/high, 0) {
			return true
		}
		for _, b := range have {
			if !moved {
				break
			}
			if k := (a - b) / (high - low); a != b && fits(want, have, k, a-k*high) {
				return true
			}
		}
	}
	return false
}

// fits says whether enough of want, times k plus d, is in have; each once.
func fits(want, have []float64, k, d float64) bool {
	if k == 0 || math.IsNaN(k) || math.IsInf(k, 0) {
		return false
	}
	span := math.Abs(k) * (slices.Max(want) - slices.Min(want))
	if span < 5 { // units so small that everything fits
		return false
	}
	slack := max(0.012*span, 0.6)
	used, found := make([]bool, len(have)), 0
	for _, w := range want {
		best := -1
		for i, h := range have {
			if gap := math.Abs(h - (w*k + d)); !used[i] && gap <= slack && (best < 0 || gap < math.Abs(have[best]-(w*k+d))) {
				best = i
			}
		}
		if best >= 0 {
			used[best] = true
			found++
		}
	}
	return float64(found) >= enough*float64(len(want))
}

func clean(list []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(list), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

// mostLengths bounds the work: it grows with the cube.
const mostLengths = 160
