package fidelity

import (
	"encoding/json"
	"strings"

	"viscoder/renderers/scene"
)

// vegaFigure reads what Vega drew: its SVG tells of every mark what it stands
// for ("month: Jan; sales: 12"), of axes and legends their titles and scales.
// The specification says which channel each of these belongs to.
func vegaFigure(f scene.Figure, v *view) scene.Figure {
	var spec any
	if json.Unmarshal(f.Spec, &spec) != nil {
		return f
	}
	r := vegaReader{channels: map[string]string{}, stacked: true}
	r.encodings(spec)
	root, err := parseXML(f.SVG)
	if err != nil {
		return f
	}
	r.walk(root)
	f.Title = strings.Join(r.titles, " ")
	f.Panels = append([]scene.Panel{r.panel}, r.more()...)
	f.Texts = root.texts()
	v.lengths = append(append(v.lengths, r.lengths...), r.allX, r.allY)
	return f
}

type vegaReader struct {
	channels map[string]string // what a label calls a field → channel
	stacked  bool              // areas are, unless the specification says otherwise
	panel    scene.Panel
	titles   []string
	frames   int
	x, y     ruler
	allX     []float64
	allY     []float64
	lengths  [][]float64 // places in pixels, to which the values of lines and areas are proportional
}

// more are empty panels beside the first, so that views can be counted.
func (r *vegaReader) more() []scene.Panel {
	var list []scene.Panel
	for i := 1; i < r.frames && i < 40; i++ {
		list = append(list, scene.Panel{X: r.panel.X, Y: r.panel.Y, Marks: []scene.Mark{{Type: "nothing"}}})
	}
	return list
}

// encodings collects the names of fields by channel.
func (r *vegaReader) encodings(node any) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			r.encodings(child)
		}
	case map[string]any:
		if e, ok := node["encoding"].(map[string]any); ok {
			for channel, d := range e {
				r.channel(channel, d)
			}
		}
		for key, child := range node {
			if key != "data" {
				r.encodings(child)
			}
		}
	}
}

func (r *vegaReader) channel(channel string, d any) {
	def, ok := d.(map[string]any)
	if !ok {
		return
	}
	field, _ := def["field"].(string)
	title, _ := def["title"].(string)
	for _, part := range []string{"axis", "legend"} {
		if a, ok := def[part].(map[string]any); ok {
			if t, ok := a["title"].(string); ok {
				title = t
			}
		}
	}
	if aggregate, _ := def["aggregate"].(string); aggregate == "count" {
		r.name("Count of Records", channel)
	}
	if stack, set := def["stack"]; set && (stack == nil || stack == false) {
		r.stacked = false
	}
	r.name(title, channel)
	r.name(field, channel)
}

// name notes what a label may call a channel; places go before colours.
func (r *vegaReader) name(name, channel string) {
	if have, ok := r.channels[name]; name == "" || ok && placeOf(have) != "" {
		return
	}
	r.channels[name] = channel
}

// placeOf is where a channel's values go in a scene.
func placeOf(channel string) string {
	switch channel {
	case "x", "xOffset", "longitude", "column", "x2":
		return "x"
	case "y", "yOffset", "latitude", "row", "theta", "radius", "y2":
		return "y"
	}
	return ""
}

// channelOf finds the channel of a key in a label, such as "Sum of sales".
func (r *vegaReader) channelOf(key string) string {
	if c, ok := r.channels[key]; ok {
		return c
	}
	best := ""
	for name := range r.channels {
		if strings.Contains(key, name) && len(name) > len(best) {
			best = name
		}
	}
	return r.channels[best]
}

// walk goes through the drawing.
func (r *vegaReader) walk(n *node) {
	class, label := n.attr("class"), n.attr("aria-label")
	switch {
	case strings.Contains(class, "role-legend") && label != "":
		r.panel.Legends = append(r.panel.Legends, vegaLegend(label, n))
		return
	case strings.Contains(class, "role-axis") && label != "":
		r.axis(label, n)
		return
	case strings.Contains(class, "role-title-text") || strings.Contains(class, "role-title-subtitle"):
		r.titles = append(r.titles, strings.Join(n.texts(), " "))
		return
	case strings.Contains(class, "role-mark"):
		r.marks(n)
		return
	case strings.Contains(class, "role-scope") && strings.Contains(class, "cell") || strings.Contains(class, "concat") && strings.Contains(class, "_group"):
		r.frames += len(n.children)
	}
	for _, child := range n.children {
		r.walk(child)
	}
}

func (r *vegaReader) axis(label string, n *node) {
	a := &r.panel.X
	if strings.HasPrefix(label, "Y-axis") {
		a = &r.panel.Y
	}
	if title := between(label, "titled '", "' for a "); title != "" && !strings.Contains(a.Label, title) {
		a.Label = strings.TrimSpace(a.Label + " " + title)
	}
	switch scale := between(label, " for a ", " scale"); scale {
	case "discrete":
		a.Scale = "category"
	case "time", "utc":
		a.Scale = "date"
	case "":
	default:
		a.Scale = scale
	}
	for _, t := range n.texts() {
		if t != between(label, "titled '", "' for a ") {
			a.Ticks = append(a.Ticks, t)
		}
	}
	if a.Scale == "linear" {
		if a == &r.panel.X {
			r.x.read(n, true)
		} else {
			r.y.read(n, false)
		}
	}
}

func vegaLegend(label string, n *node) scene.Legend {
	l := scene.Legend{Title: between(label, "titled '", "' for ")}
	for _, t := range n.texts() {
		if t != l.Title {
			l.Entries = append(l.Entries, t)
		}
	}
	return l
}

func between(s, from, to string) string {
	_, rest, ok := strings.Cut(s, from)
	if !ok {
		return ""
	}
	inner, _, ok := strings.Cut(rest, to)
	if !ok {
		return ""
	}
	return inner
}
