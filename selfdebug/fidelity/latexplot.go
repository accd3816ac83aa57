package fidelity

import (
	"strings"

	"viscoder/renderers/scene"
)

// texMark reads one \addplot; body is what follows the command.
func texMark(axisText string, axis map[string]string, body string, is3d bool, t table) scene.Mark {
	options, rest := bracket(body)
	o := texOptions(options)
	m := &scene.Mark{Type: texType(axisText, axis, o, rest, is3d)}
	both := options + "," + axisText
	m.Horizontal = has2(axis, o, "xbar") || has2(axis, o, "xbar stacked") || strings.Contains(both, "boxplot/draw direction=x")
	m.Stacked = strings.Contains(axisText, "stacked") || strings.Contains(axisText, "stack plots")
	m.Touching = has2(axis, o, "ybar interval") || strings.Contains(both, "hist")
	m.Marker = strings.Contains(options, "mark")
	m.Colours = texColour.FindAllString(options, -1)
	rest = strings.TrimSpace(rest)
	switch {
	case strings.HasPrefix(rest, "coordinates"):
		end := closing(rest, strings.IndexByte(rest+"{", '{'))
		for _, pair := range texPair.FindAllStringSubmatch(rest[:end], -1) {
			addPoint(m, pair[1], pair[2])
			if z, ok := number(pair[3]); ok {
				m.Z = append(m.Z, z)
			}
		}
	case strings.HasPrefix(rest, "table"):
		texTable(m, strings.TrimPrefix(rest, "table"), t)
	}
	m.N = max(len(m.Y), len(m.X), len(m.XN), 1)
	if m.Type == "image" {
		m.C, m.N = m.Z, max(len(m.Z), len(m.C), m.N)
	}
	return *m
}

func has2(a, b map[string]string, key string) bool {
	_, inA := a[key]
	_, inB := b[key]
	return inA || inB
}

func texType(axisText string, axis, o map[string]string, rest string, is3d bool) string {
	_, onlyMarks := o["only marks"]
	switch {
	case has2(axis, o, "surf") || has2(axis, o, "mesh"):
		return "surface"
	case strings.Contains(axisText, "matrix plot") || hasPrefixKey(o, "matrix plot"):
		return "image"
	case hasPrefixKey(o, "boxplot") || hasPrefixKey(axis, "boxplot"):
		return "box"
	case has2(axis, o, "ybar") || has2(axis, o, "xbar") || has2(axis, o, "ybar stacked") || has2(axis, o, "xbar stacked") || has2(axis, o, "ybar interval") || hasPrefixKey(o, "hist"):
		return "bar"
	case onlyMarks || has2(axis, o, "scatter") || has2(axis, o, "only marks"):
		return "point"
	case strings.Contains(rest, `\closedcycle`) || has2(axis, o, "area style"):
		return "area"
	case is3d && hasPrefixKey(o, "contour"):
		return "contour"
	case has2(axis, o, "ycomb"):
		return "stem"
	case hasPrefixKey(o, "quiver"):
		return "arrow"
	}
	return "line"
}

func hasPrefixKey(o map[string]string, prefix string) bool {
	for key := range o {
		if rest, ok := strings.CutPrefix(key, prefix); ok && (rest == "" || strings.ContainsAny(rest[:1], "/* ")) {
			return true
		}
	}
	return false
}

// texTable reads "[x=…, y=…] {…}": a file or a macro stands for the data.
func texTable(m *scene.Mark, rest string, t table) {
	options, source := bracket(rest)
	o := texOptions(options)
	source = strings.TrimSpace(source)
	inner := source
	if strings.HasPrefix(source, "{") {
		inner = strings.TrimSpace(inside(source, 0))
	}
	if strings.ContainsAny(inner, "\n") || strings.Contains(o["row sep"], `\\`) {
		t = inlineTable(inner, o)
	}
	rows := t.rows
	column := func(key, index string, at int) []string {
		if name := strings.Trim(o[key], "{} "); name != "" {
			return t.cells(rows, name)
		}
		for i := range t.names {
			if o[index] == string(rune('0'+i)) || o[index] == "" && i == at {
				return t.cells(rows, t.names[i])
			}
		}
		return nil
	}
	xs, ys := column("x", "x index", 0), column("y", "y index", 1)
	if expr := o["x expr"]; expr != "" {
		xs = nil
	}
	for i := range max(len(xs), len(ys)) {
		x, y := "", ""
		if i < len(xs) {
			x = xs[i]
		}
		if i < len(ys) {
			y = ys[i]
		}
		addPoint(m, x, y)
	}
	if name := o["point meta"]; strings.Contains(name, `\thisrow`) {
		m.C = floats(t.cells(rows, between(name, `\thisrow{`, "}")))
	}
	if name := strings.Trim(o["meta"], "{} "); name != "" {
		m.C = floats(t.cells(rows, name))
	}
	if o["z"] != "" {
		m.Z = floats(column("z", "z index", 2))
	}
}

// inlineTable reads rows that stand in the document.
func inlineTable(text string, o map[string]string) table {
	var t table
	lines := strings.FieldsFunc(strings.ReplaceAll(text, `\\`, "\n"), func(r rune) bool { return r == '\n' })
	for _, line := range lines {
		var cells []string
		if o["col sep"] == "comma" {
			for _, c := range strings.Split(line, ",") {
				cells = append(cells, strings.TrimSpace(c))
			}
		} else {
			cells = strings.Fields(line)
		}
		switch {
		case len(cells) == 0:
		case t.names == nil && !numeric(cells):
			t.names = cells
		default:
			t.rows = append(t.rows, cells)
		}
	}
	if t.names == nil && len(t.rows) > 0 {
		for i := range t.rows[0] {
			t.names = append(t.names, string(rune('0'+i)))
		}
	}
	return t
}

// addPoint adds a point whose coordinates may be names.
func addPoint(m *scene.Mark, x, y string) {
	if f, ok := number(x); ok {
		m.X = append(m.X, f)
	} else if x = strings.Trim(x, "{} "); x != "" {
		m.XN = append(m.XN, x)
	}
	if f, ok := number(y); ok {
		m.Y = append(m.Y, f)
	} else if y = strings.Trim(y, "{} "); y != "" {
		m.YN = append(m.YN, y)
	}
}
