package fidelity

import "strings"

func (c *checker) diagram() {
	f := c.facts.Diagram
	if f == nil {
		return
	}
	d := c.view.diagram
	if d == nil {
		d = &diagram{}
	}
	if f.Type != "" {
		c.fact(d.kind == f.Type, "the diagram is no %s diagram", f.Type)
	}
	for _, n := range f.Nodes {
		c.fact(d.has(n), "there is no “%s”", n)
	}
	for _, e := range f.Edges {
		label := ""
		if len(e) > 2 {
			label = e[2]
		}
		if len(e) > 1 {
			c.fact(d.joins(e[0], e[1], label), "nothing leads from “%s” to “%s”%s", e[0], e[1], saying(label))
		}
	}
}

func saying(label string) string {
	if label == "" {
		return ""
	}
	return " saying “" + label + "”"
}

// called says whether a node has a name: its id or its label.
func (d *diagram) called(id, name string) bool {
	name = plainName(name)
	return plainName(id) == name || plainLabel(d.name(id)) == name || name != "" && holdsAll(words(d.name(id)), words(name)) && len(words(d.name(id))) == len(words(name))
}

// plainLabel makes line breaks spaces.
func plainLabel(s string) string {
	return plainName(strings.NewReplacer("<br/>", " ", "<br>", " ", `\n`, " ").Replace(s))
}

func (d *diagram) has(name string) bool {
	for _, id := range d.nodes {
		if d.called(id, name) {
			return true
		}
	}
	return false
}

func (d *diagram) joins(from, to, label string) bool {
	for _, e := range d.edges {
		if d.called(e.from, from) && d.called(e.to, to) && (label == "" || has([]string{plainLabel(e.label)}, label)) {
			return true
		}
	}
	return false
}
