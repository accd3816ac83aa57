package fidelity

import (
	"math"
	"slices"
	"strings"

	"viscoder/renderers/scene"
)

func (c *checker) chart() {
	f := c.facts
	if len(f.Chart) > 0 {
		seen := c.view.kinds()
		found := slices.ContainsFunc(f.Chart, func(k string) bool { return slices.Contains(seen, k) })
		c.fact(found, "the picture is no %s chart (it shows: %s)", f.Chart[0], orNothing(seen))
	}
	if f.Panels > 0 {
		n := len(c.view.panels())
		c.fact(n == f.Panels, "%d axes show data, not %d", n, f.Panels)
	}
	if f.Horizontal != nil {
		c.fact(c.view.horizontal() == *f.Horizontal, "the marks are not %s", map[bool]string{true: "horizontal", false: "vertical"}[*f.Horizontal])
	}
	if f.Stacked != nil {
		some, stacked := c.view.stacked()
		c.fact(some && stacked == *f.Stacked, "%s", map[bool]string{true: "the groups are not stacked", false: "the groups do not stand side by side"}[*f.Stacked])
	}
	if f.Sorted != "" {
		c.fact(c.view.sorted(f.Sorted == "descending"), "the bars are not sorted (%s)", f.Sorted)
	}
	if f.Marks > 0 {
		n := c.view.count(f.Chart)
		c.fact(math.Abs(float64(n-f.Marks)) <= 0.02*float64(f.Marks), "%d marks are drawn, not %d", n, f.Marks)
	}
	if f.Series != nil {
		c.series(*f.Series)
	}
	if f.Legend != nil {
		n := 0
		for _, l := range c.view.legends {
			n += len(l)
		}
		for _, f := range c.view.figures {
			n += len(f.Colorbars)
		}
		c.fact((n > 0) == *f.Legend, "%s", map[bool]string{true: "there is no legend", false: "there is a legend"}[*f.Legend])
	}
}

func orNothing(list []string) string {
	if len(list) == 0 {
		return "nothing that is known"
	}
	return strings.Join(list, ", ")
}

// kinds are the names of charts that the picture can be called.
func (v *view) kinds() []string {
	var all []string
	for _, p := range v.panels() {
		for _, m := range p.Marks {
			all = append(all, kindsOf(p, m)...)
		}
		all = append(all, kindsTogether(p)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// kindsOf names one mark.
func kindsOf(p scene.Panel, m scene.Mark) []string {
	polar := m.Polar || p.Kind == "polar"
	switch m.Type {
	case "bar":
		switch {
		case polar:
			return []string{"polar-bar", "bar"}
		case m.Touching:
			return []string{"histogram", "bar"}
		}
		return []string{"bar"}
	case "line":
		switch {
		case polar:
			return []string{"radar", "polar-line", "line"}
		case p.Kind == "3d":
			return []string{"line3d", "line"}
		case m.Step:
			return []string{"step", "line"}
		}
		return []string{"line"}
	case "point":
		switch {
		case p.Kind == "3d":
			return []string{"scatter3d", "scatter"}
		case varies(m.Size):
			return []string{"bubble", "scatter"}
		}
		return []string{"scatter"}
	case "wedge":
		if m.Hole {
			return []string{"donut", "pie"}
		}
		return []string{"pie"}
	case "image":
		if m.RGB {
			return []string{"image"}
		}
		return []string{"heatmap"}
	case "segment":
		return []string{"segments"}
	case "rect":
		return []string{"rectangles"}
	case "arrow":
		return []string{"quiver"}
	case "wire":
		return []string{"wireframe"}
	case "text", "nothing", "rule":
		return nil
	}
	return []string{m.Type}
}

// kindsTogether names what several marks make.
func kindsTogether(p scene.Panel) []string {
	has := map[string]int{}
	for _, m := range p.Marks {
		has[m.Type] += max(m.N, 1)
	}
	var found []string
	if has["point"] > 0 && has["segment"] > 0 || has["point"] > 0 && has["fancyarrowpatch"] > 0 {
		found = append(found, "network", "lollipop")
	}
	if has["stem"] > 0 || has["point"] > 0 && has["segment"] > 1 {
		found = append(found, "lollipop")
	}
	if has["rect"] > 2 || has["bar"] > 2 && uneven(p) {
		found = append(found, "treemap", "gantt")
	}
	if has["fancyarrowpatch"] > 3 && has["segment"] > 0 {
		found = append(found, "stream")
	}
	if has["polygon"] > 2 {
		found = append(found, "map")
	}
	return found
}

// uneven says that bars begin at different places.
func uneven(p scene.Panel) bool {
	for _, m := range p.Marks {
		if varies(m.Base) {
			return true
		}
	}
	return false
}

func varies(list []float64) bool {
	for _, v := range list {
		if math.Abs(v-list[0]) > 1e-9 {
			return true
		}
	}
	return false
}

// count is how many marks of a kind there are; of all kinds where none is named.
func (v *view) count(kinds []string) int {
	n := 0
	for _, p := range v.panels() {
		for _, m := range p.Marks {
			own := kindsOf(p, m)
			if len(kinds) == 0 || slices.ContainsFunc(kinds, func(k string) bool { return slices.Contains(own, k) || together[k] == m.Type }) {
				n += m.N
			}
		}
	}
	return n
}

// together is the mark that is counted of kinds made of several.
var together = map[string]string{"network": "point", "lollipop": "point", "treemap": "bar", "gantt": "bar", "map": "polygon"}

func (v *view) horizontal() bool {
	flat, other := 0, 0
	for _, m := range v.marks() {
		switch m.Type {
		case "bar", "box", "violin", "rect":
			if m.Horizontal {
				flat++
			} else {
				other++
			}
		}
	}
	return flat > other
}

// series says whether groups are told apart.
func (c *checker) series(s SeriesFact) {
	if s.Names != nil {
		for _, name := range s.Names {
			found := has(c.view.texts, name)
			for _, m := range c.view.marks() {
				found = found || m.Label != "" && plainName(m.Label) == plainName(name)
			}
			c.fact(found, "the series “%s” is not named in the picture", name)
		}
		return
	}
	counts := c.view.groups()
	c.fact(slices.Contains(counts, s.Count), "%d series cannot be told apart in the picture", s.Count)
}

// groups are the numbers of series that the picture may be said to have.
func (v *view) groups() []int {
	var counts []int
	for _, l := range v.legends {
		counts = append(counts, len(l))
	}
	perType, labels, colours := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, m := range v.marks() {
		perType[m.Type]++
		if m.Label != "" {
			labels[m.Label] = true
		}
		for _, colour := range m.Colours {
			colours[colour] = true
		}
	}
	for _, n := range perType {
		counts = append(counts, n)
	}
	return append(counts, len(labels), len(colours))
}
