package fidelity

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"viscoder/renderers/scene"
)

// vegaTypes are the marks of a scene by what Vega calls its groups.
var vegaTypes = map[string]string{
	"rect": "bar", "line": "line", "trail": "line", "area": "area", "symbol": "point", "arc": "wedge", "rule": "segment", "text": "text", "shape": "map", "image": "image",
}

// marks reads one group of marks. Those whose description is the same item for
// item, such as the outline of an area, are drawn twice and count twice.
func (r *vegaReader) marks(group *node) {
	kind, _, _ := strings.Cut(strings.TrimPrefix(group.attr("class"), "mark-"), " ")
	m := scene.Mark{Type: vegaTypes[kind]}
	if m.Type == "" {
		return
	}
	places := map[string]float64{}
	for _, item := range group.children {
		r.item(&m, item, places)
	}
	if m.N == 0 {
		return
	}
	m.Groups = len(m.Colours)
	first := ""
	if len(group.children) > 0 {
		first = group.children[0].attr("aria-roledescription")
	}
	switch {
	case strings.Contains(group.attr("class"), "box") || first == "box":
		m.Type = "box"
	case m.Type == "wedge":
		m.Hole = strings.Count(group.children[0].attr("d"), "A") > 1 // an inner arc as well
	case m.Type == "bar" && first != "bar" && len(m.C) > 0:
		m.Type = "image"
	case m.Type == "bar":
		m.Horizontal = len(m.XN) == 0 && len(m.YN) > 0 && len(m.X) > 0
	case m.Type == "line" || m.Type == "area":
		m.N = len(group.children)
		m.Stacked = m.Type == "area" && r.stacked
		r.measure(&m, group)
	}
	r.panel.Marks = append(r.panel.Marks, m)
}

// above says whether a bar shares its place with an earlier one that begins
// elsewhere.
func above(at box, places map[string]float64) bool {
	if at.width < 0.5 || at.height < 0.5 {
		return false
	}
	on := false
	for key, begin := range map[string]float64{
		"x" + strconv.Itoa(int(at.x)) + " " + strconv.Itoa(int(at.width)):  at.y + at.height,
		"y" + strconv.Itoa(int(at.y)) + " " + strconv.Itoa(int(at.height)): at.x,
	} {
		if other, shared := places[key]; shared && math.Abs(other-begin) > 0.6 {
			on = true
		}
		places[key] = begin
	}
	return on
}

// measure notes where lines and areas run: in units of the axes where their
// scales are known to be linear, else in pixels.
func (r *vegaReader) measure(m *scene.Mark, group *node) {
	m.X, m.Y, m.XN, m.YN = nil, nil, nil, nil // those of each line's first point
	var allX, allY []float64
	for _, item := range group.children {
		xs, ys := pathPoints(item.attr("d"))
		if n := len(ys) / 2; m.Type == "area" && n > 0 { // forth along the top, back along the base
			for i := range n {
				if r.y.known() {
					m.Base = append(m.Base, r.y.value(ys[len(ys)-1-i]))
				} else {
					ys[i] = ys[len(ys)-1-i] - ys[i]
				}
			}
			xs, ys = xs[:n], ys[:n]
		}
		if !r.y.known() {
			r.lengths = append(r.lengths, ys)
		}
		r.lengths = append(r.lengths, xs)
		allX, allY = append(allX, xs...), append(allY, ys...)
	}
	if r.x.known() {
		m.X = r.x.values(allX)
	}
	if r.y.known() {
		m.Y = r.y.values(allY)
	} else {
		r.allY = append(r.allY, allY...)
		r.lengths = append(r.lengths, allY)
	}
	r.lengths = append(r.lengths, allX)
	r.allX = append(r.allX, allX...)
}

func (r *vegaReader) item(m *scene.Mark, item *node, places map[string]float64) {
	if fill := paint(item); fill != "" && !slices.Contains(m.Colours, fill) && len(m.Colours) < 40 {
		m.Colours = append(m.Colours, fill)
	}
	m.N++
	for _, pair := range pairs(item.attr("aria-label")) {
		value, isNumber := number(pair[1])
		switch channel := r.channelOf(pair[0]); {
		case placeOf(channel) == "x" && isNumber:
			m.X = append(m.X, value)
		case placeOf(channel) == "x":
			m.XN = append(m.XN, pair[1])
		case placeOf(channel) == "y" && isNumber:
			m.Y = append(m.Y, value)
		case placeOf(channel) == "y":
			m.YN = append(m.YN, pair[1])
		case channel == "size" && isNumber:
			m.Size = append(m.Size, value)
		case (channel == "color" || channel == "fill" || channel == "opacity") && isNumber:
			m.C = append(m.C, value)
		case channel == "color" || channel == "fill" || channel == "stroke" || channel == "shape" || channel == "detail" || channel == "strokeDash":
			m.Label = pair[1]
		}
	}
	if m.Type == "bar" {
		m.Stacked = m.Stacked || above(shapePlaces(item), places)
	}
}

// paint is the colour of a shape.
func paint(n *node) string {
	for _, name := range []string{"fill", "stroke"} {
		if c := n.attr(name); c != "" && c != "none" && c != "transparent" {
			return c
		}
	}
	return ""
}

// pairs splits "month: Jan; sales: 12".
func pairs(label string) [][2]string {
	var list [][2]string
	for _, part := range strings.Split(label, "; ") {
		if i := strings.LastIndex(part, ": "); i > 0 {
			list = append(list, [2]string{part[:i], part[i+2:]})
		}
	}
	return list
}

// number reads a number as Vega writes it: with a true minus sign and commas.
func number(s string) (float64, bool) {
	s = strings.NewReplacer("\u2212", "-", ",", "", "\u00a0", "").Replace(strings.TrimSpace(s))
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	return v, err == nil && !math.IsInf(v, 0) && !math.IsNaN(v)
}
