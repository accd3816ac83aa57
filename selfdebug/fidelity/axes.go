package fidelity

import (
	"slices"

	"viscoder/renderers/scene"
)

func (c *checker) axes() {
	if c.facts.Title != "" {
		c.fact(has(c.view.titles, c.facts.Title), "no title says “%s”", c.facts.Title)
	}
	c.axis("x", c.facts.X, func(p scene.Panel) scene.Axis { return p.X })
	c.axis("y", c.facts.Y, func(p scene.Panel) scene.Axis { return p.Y })
	c.axis("z", c.facts.Z, func(p scene.Panel) scene.Axis { return p.Z })
	if x, y := c.facts.X, c.facts.Y; x != nil && y != nil && x.Column != "" && y.Column != "" && c.view.paired() {
		c.fact(c.together(x.Column, y.Column), "“%s” and “%s” do not belong together as in the data", x.Column, y.Column)
	}
}

// axis checks one axis; where there are several panels one of them has to fit.
func (c *checker) axis(name string, f *AxisFacts, of func(scene.Panel) scene.Axis) {
	if f == nil {
		return
	}
	var labels []string
	scale, inverted, ordered := false, false, false
	for _, p := range c.view.panels() {
		a := of(p)
		labels = append(labels, a.Label)
		scale = scale || sameScale(a.Scale, f.Scale)
		inverted = inverted || a.Inverted
		ordered = ordered || inOrder(a.Ticks, f.Order)
	}
	for _, fig := range c.view.figures {
		if len(fig.Spec) == 0 { // whose texts are all that can be read
			labels = append(labels, fig.Texts...) // labels shared by panels are texts of the figure
		}
	}
	if len(c.view.figures) == 0 {
		labels = c.view.texts // of a picture whose axes are not known
	}
	if f.Label != "" {
		c.fact(has(labels, f.Label), "the %s axis is not labelled “%s”", name, f.Label)
	}
	if f.Scale != "" {
		c.fact(scale, "the scale of the %s axis is not %s", name, f.Scale)
	}
	if f.Inverted != nil {
		c.fact(inverted == *f.Inverted, "the %s axis runs the wrong way", name)
	}
	if f.Order != nil {
		c.fact(ordered, "the %s axis is in another order", name)
	}
	if f.Column != "" {
		c.fact(c.shown(DataFact{Column: f.Column, On: name}), "the %s axis does not show “%s”", name, f.Column)
	}
}

func sameScale(have, want string) bool {
	switch want {
	case "date":
		return have == "date" || have == "time" || have == "temporal"
	case "category":
		return have == "category" || have == "nominal" || have == "ordinal" || have == "band" || have == "point"
	case "linear":
		return have == "linear" || have == "" || have == "quantitative"
	}
	return have == want
}

// inOrder says whether wanted stands in ticks in its order, from one end or the
// other: which end is read first depends on the renderer.
func inOrder(ticks, wanted []string) bool {
	for range 2 {
		at := 0
		for _, t := range ticks {
			if at < len(wanted) && plainName(t) == plainName(wanted[at]) {
				at++
			}
		}
		if at == len(wanted) {
			return true
		}
		ticks = slices.Clone(ticks)
		slices.Reverse(ticks)
	}
	return false
}
