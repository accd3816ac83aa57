package fidelity

import (
	"math"
	"strconv"

	"viscoder/renderers/scene"
)

// paired says whether marks tell of points where they lie on both axes, all of
// them: lists that were cut, and lines of which only pixels are known, do not.
func (v *view) paired() bool {
	n := 0
	for _, m := range v.marks() {
		if m.Type == "bar" || m.Type == "point" || m.Type == "line" {
			if len(keys(m.X, m.XN)) == m.N && len(keys(m.Y, m.YN)) == m.N {
				n++
			}
		}
	}
	return n > 0
}

// cells says whether a heatmap has the values of a column where rows and columns
// of the data say; known is false where there is no heatmap whose ticks name all
// its rows and columns.
func (c *checker) cells(x, y, value string) (right, known bool) {
	for _, p := range c.view.panels() {
		for _, m := range p.Marks {
			if m.Type != "image" || m.Rows == 0 || m.Rows*m.Columns != len(m.C) || len(p.X.Ticks) != m.Columns || len(p.Y.Ticks) != m.Rows {
				continue
			}
			seen := map[string]string{}
			for i, v := range m.C {
				seen[plainName(p.X.Ticks[i%m.Columns])+"\x00"+plainName(p.Y.Ticks[i/m.Columns])] = coarse(strconv.FormatFloat(v, 'g', 10, 64))
			}
			rows := c.table.rows
			xs, ys, values := c.table.cells(rows, x), c.table.cells(rows, y), c.table.cells(rows, value)
			found := 0
			for i := range min(len(xs), len(ys), len(values)) {
				if seen[plainName(xs[i])+"\x00"+plainName(ys[i])] == coarse(plainName(values[i])) {
					found++
				}
			}
			return float64(found) >= enough*float64(len(values)), true
		}
	}
	return false, false
}

// together says whether enough rows are points of the picture: what two columns
// have in one row is seen at one place.
func (c *checker) together(x, y string) bool {
	seen := map[string]int{}
	for _, m := range c.view.marks() {
		for _, xs := range spellings(m.X, m.XN) {
			for _, ys := range spellings(m.Y, m.YN) {
				for i := range min(len(xs), len(ys)) {
					seen[xs[i]+"\x00"+ys[i]]++
				}
			}
		}
	}
	xs, ys := c.table.cells(c.table.rows, x), c.table.cells(c.table.rows, y)
	found := 0
	for i := range min(len(xs), len(ys)) {
		if seen[coarse(plainName(xs[i]))+"\x00"+coarse(plainName(ys[i]))] > 0 {
			found++
		}
	}
	return float64(found) >= enough*float64(min(len(xs), len(ys)))
}

// keys are the names of positions where there are any, else their numbers.
func keys(values scene.Numbers, names []string) []string {
	if len(names) > 0 {
		return names
	}
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strconv.FormatFloat(v, 'g', 10, 64)
	}
	return list
}

// spellings are the positions of marks by name and by number.
func spellings(values scene.Numbers, names []string) [][]string {
	var all [][]string
	for _, list := range [][]string{keys(values, nil), names} {
		plain := make([]string, len(list))
		for i, name := range list {
			plain[i] = coarse(plainName(name))
		}
		all = append(all, plain)
	}
	return all
}

// coarse makes numbers that differ by rounding the same.
func coarse(name string) string {
	f, err := strconv.ParseFloat(name, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return name
	}
	return strconv.FormatFloat(f, 'e', 3, 64)
}
