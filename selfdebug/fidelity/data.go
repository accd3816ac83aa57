package fidelity

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"viscoder/renderers/scene"
)

// enough is the share of wanted values that have to be seen.
const enough = 0.95

func (c *checker) data() {
	for _, d := range c.facts.Data {
		what := "the values given"
		if d.Column != "" {
			what = "the values of “" + d.Column + "”"
		}
		if d.Agg != "" {
			what = "the " + d.Agg + " of “" + cmp.Or(d.Column, "rows") + "”"
			if len(d.By) > 0 {
				what += " by " + strings.Join(d.By, " and ")
			}
		}
		c.fact(c.shown(d), "%s cannot be found in the picture%s", what, onAxis(d.On))
	}
}

// inPlace checks what a heatmap's cells show, where it can be told.
func (c *checker) inPlace() {
	x, y := c.facts.X, c.facts.Y
	if x == nil || y == nil || x.Column == "" || y.Column == "" {
		return
	}
	for _, d := range c.facts.Data {
		if d.On == "colour" && d.Column != "" && d.Agg == "" {
			if right, known := c.cells(x.Column, y.Column, d.Column); known {
				c.fact(right, "“%s” does not stand in the cells where it belongs", d.Column)
			}
		}
	}
}

func onAxis(on string) string {
	switch on {
	case "":
		return ""
	case "size", "colour":
		return " as " + on
	}
	return " on the " + on + " axis"
}

// shown says whether the values of a fact are drawn.
func (c *checker) shown(d DataFact) bool {
	if d.Values == nil && d.Agg == "" && d.Bins == 0 {
		if cells := c.table.cells(c.table.where(d.Where), d.Column); !numeric(cells) {
			return c.named(cells, d.On)
		}
	}
	want := c.table.expected(d)
	if len(want) == 0 {
		return false
	}
	for _, pool := range c.view.pools(d.On) {
		if matched(want, pool) || d.Share != "" && matched(scaled(want, 100), pool) {
			return true
		}
	}
	years := d.On == "x" || d.On == "y"
	if d.Values == nil && d.Agg == "" && d.Bins == 0 && (years || len(c.view.lengths) == 0) && c.named(c.table.cells(c.table.where(d.Where), d.Column), d.On) {
		return true // years and the like, drawn as categories, or numbers that are only written
	}
	for _, list := range c.view.lengths {
		if proportional(want, list) {
			return true
		}
	}
	return false
}

func scaled(list []float64, k float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = v * k
	}
	return out
}

// pool is a set of values seen; cut says that there are more.
type pool struct {
	values []float64
	cut    bool
}

// pools are the values that one axis or channel shows, put together in the
// ways in which programs split them: all marks, those of each panel, of each
// type and each mark alone.
func (v *view) pools(on string) []pool {
	var list []pool
	if len(v.numbers) > 0 {
		list = append(list, pool{values: v.numbers})
	}
	if on == "total" {
		return []pool{{values: v.totals()}}
	}
	for _, channel := range channels {
		if on != "" && on != channel.name && channel.on != on {
			continue
		}
		var all pool
		for _, p := range v.panels() {
			var here pool
			for _, m := range p.Marks {
				one := pool{channel.of(m), m.N > len(channel.of(m)) && len(channel.of(m)) > 0}
				list = append(list, one)
				here.add(one)
			}
			list = append(list, here)
			all.add(here)
		}
		list = append(list, all)
	}
	return list
}

// totals are the lengths of the bars of each mark, put together: of a
// histogram, how many things it counts.
func (v *view) totals() []float64 {
	var list []float64
	for _, m := range v.marks() {
		if m.Type != "bar" {
			continue
		}
		total := 0.0
		for _, b := range barsOf(m) {
			total += b.length
		}
		list = append(list, total)
	}
	return list
}

func (p *pool) add(o pool) {
	p.values = append(p.values, o.values...)
	p.cut = p.cut || o.cut
}

// channels are where a mark shows numbers. Bars and bands show two: where they
// end and how long they are.
var channels = []struct {
	name, on string
	of       func(scene.Mark) []float64
}{
	{"x", "x", func(m scene.Mark) []float64 { return m.X }},
	{"y", "y", func(m scene.Mark) []float64 { return m.Y }},
	{"z", "z", func(m scene.Mark) []float64 { return m.Z }},
	{"size", "size", func(m scene.Mark) []float64 { return m.Size }},
	{"colour", "colour", func(m scene.Mark) []float64 { return m.C }},
	{"width of bars", "x", func(m scene.Mark) []float64 { return m.Wide }},
	{"start of bars", "x", func(m scene.Mark) []float64 { return m.Base }},
	{"thickness", "y", func(m scene.Mark) []float64 { return differences(m.Y, m.Base, m.Type == "area") }},
	{"top of bars", "y", func(m scene.Mark) []float64 { return sums(m.Y, m.Base, m.Type == "bar" && !m.Horizontal) }},
	{"end of bars", "x", func(m scene.Mark) []float64 { return sums(m.X, m.Base, m.Type == "bar" && m.Horizontal) }},
}

func differences(a, b []float64, ok bool) []float64 {
	var out []float64
	for i := range a {
		if ok && i < len(b) {
			out = append(out, a[i]-b[i])
		}
	}
	return out
}

func sums(a, b []float64, ok bool) []float64 {
	var out []float64
	for i := range a {
		if ok && i < len(b) {
			out = append(out, a[i]+b[i])
		}
	}
	return out
}

// matched says whether enough of want is in p, each value of p used once. Where
// p was cut short, what is there has to be in want.
func matched(want []float64, p pool) bool {
	have := slices.DeleteFunc(slices.Clone(p.values), math.IsNaN)
	if len(have) == 0 {
		return false
	}
	want = slices.Clone(want)
	if p.cut && len(have) < len(want) {
		want, have = have, want
	}
	slices.Sort(want)
	slices.Sort(have)
	found, at := 0, 0
	for _, w := range want {
		slack := 2e-3*math.Abs(w) + 1e-9
		for at < len(have) && have[at] < w-slack {
			at++
		}
		if at < len(have) && have[at] <= w+slack {
			found++
			at++
		}
	}
	return float64(found) >= enough*float64(len(want))
}

// named says whether the distinct cells are names on an axis, or can be read.
func (c *checker) named(cells []string, on string) bool {
	pool := c.view.texts
	if on == "x" || on == "y" {
		pool = nil
		for _, p := range c.view.panels() {
			axis := p.X
			if on == "y" {
				axis = p.Y
			}
			pool = append(append(pool, axis.Ticks...), p.Title)
			for _, m := range p.Marks {
				names := m.XN
				if on == "y" {
					names = m.YN
				}
				pool = append(pool, names...)
			}
		}
		if len(pool) == 0 && len(c.view.panels()) == 0 {
			pool = c.view.texts
		}
	}
	seen := map[string]bool{}
	for _, t := range pool {
		seen[plainName(t)] = true
	}
	wanted := map[string]bool{}
	for _, cell := range cells {
		if cell != "" {
			wanted[plainName(cell)] = true
		}
	}
	found, total := 0, len(wanted)
	for name := range wanted {
		if seen[name] {
			found++
		}
	}
	if total > mostNames { // lists of a scene are cut
		return found >= mostNames/2
	}
	return total > 0 && float64(found) >= enough*float64(total)
}

const mostNames = 300

// plainName makes two spellings of one name or day the same.
func plainName(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	if len(s) == 7 && s[4] == '-' { // a month is its first day
		s += "-01"
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return strconv.FormatFloat(f, 'g', 10, 64)
	}
	return s
}
