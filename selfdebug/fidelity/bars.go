package fidelity

import (
	"cmp"
	"math"
	"slices"

	"viscoder/renderers/scene"
)

// bar is one bar: where it stands, where it begins and how long it is.
type bar struct{ at, base, length float64 }

func barsOf(m scene.Mark) []bar {
	at, length := m.X, m.Y
	if m.Horizontal {
		at, length = m.Y, m.X
	}
	var list []bar
	for i := range min(len(at), len(length)) {
		b := bar{at: at[i], length: length[i]}
		if i < len(m.Base) {
			b.base = m.Base[i]
		}
		if !math.IsNaN(b.at) && !math.IsNaN(b.length) {
			list = append(list, b)
		}
	}
	return list
}

// stacked says whether there are groups that could be, and whether they are.
func (v *view) stacked() (some, stacked bool) {
	for _, p := range v.panels() {
		var all []bar
		marks, areas, lifted := 0, 0, 0
		for _, m := range p.Marks {
			switch m.Type {
			case "bar", "rect":
				marks++
				all = append(all, barsOf(m)...)
				if m.Stacked {
					lifted++
				}
			case "area":
				areas++
				if m.Stacked || varies(m.Base) {
					lifted++
				}
			}
		}
		if marks > 1 || areas > 1 || lifted > 0 {
			some = true
		}
		stacked = stacked || lifted > 0 || onTop(all)
	}
	return some, stacked
}

// onTop says whether most bars that share a place stand on another.
func onTop(list []bar) bool {
	slices.SortFunc(list, func(a, b bar) int { return cmp.Compare(a.at, b.at) })
	shared, lifted := 0, 0
	for i := 1; i < len(list); i++ {
		if math.Abs(list[i].at-list[i-1].at) < 1e-6 {
			shared++
			if math.Abs(list[i].base-list[i-1].base) > 1e-9 {
				lifted++
			}
		}
	}
	return shared > 0 && lifted*2 > shared
}

// sorted says whether the bars of some panel go up or down in reading order:
// from left to right, from top to bottom.
func (v *view) sorted(down bool) bool {
	for _, p := range v.panels() {
		var all []bar
		flat := false
		for _, m := range p.Marks {
			if m.Type == "bar" {
				all = append(all, barsOf(m)...)
				flat = flat || m.Horizontal
			}
		}
		if len(all) < 2 {
			continue
		}
		slices.SortFunc(all, func(a, b bar) int { return cmp.Compare(a.at, b.at) })
		inverted := p.X.Inverted
		if flat {
			inverted = !p.Y.Inverted // places count upwards, reading goes down
		}
		if inverted {
			slices.Reverse(all)
		}
		if monotonic(lengths(all), down) {
			return true
		}
	}
	return false
}

// lengths of bars; stacked ones count as one.
func lengths(list []bar) []float64 {
	var out []float64
	for i, b := range list {
		if i > 0 && math.Abs(list[i-1].at-b.at) < 1e-6 {
			out[len(out)-1] += b.length
			continue
		}
		out = append(out, b.length)
	}
	return out
}

func monotonic(list []float64, down bool) bool {
	for i := 1; i < len(list); i++ {
		if down && list[i] > list[i-1]+1e-9 || !down && list[i] < list[i-1]-1e-9 {
			return false
		}
	}
	return len(list) > 1
}
