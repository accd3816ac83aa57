package fidelity

import (
	"regexp"
	"strings"

	"viscoder/renderers/scene"
)

var (
	texAxis    = regexp.MustCompile(`(?s)\\begin\{(axis|semilogyaxis|semilogxaxis|loglogaxis|polaraxis|ternaryaxis)\}(.*?)\\end\{(?:axis|semilogyaxis|semilogxaxis|loglogaxis|polaraxis|ternaryaxis)\}`)
	texPlot    = regexp.MustCompile(`\\addplot(3?)\+?`)
	texEntry   = regexp.MustCompile(`\\addlegendentry\s*\{`)
	texLegend  = regexp.MustCompile(`\\legend\s*\{`)
	texCommand = regexp.MustCompile(`\\[A-Za-z]+\*?|[{}$~\\]`)
	texColour  = regexp.MustCompile(`\b(red|green|blue|orange|purple|violet|brown|cyan|teal|magenta|yellow|black|gr[ae]y|pink|olive)\b`)
	texBraces  = regexp.MustCompile(`\{([^{}]*)\}`)
	texPair    = regexp.MustCompile(`\(\s*([^,()]+?)\s*,\s*([^,()]+?)\s*(?:,\s*([^,()]+?)\s*)?\)`)
	texNode    = regexp.MustCompile(`\\node[^{;]*\{([^{}]*)\}`)
	texDefine  = regexp.MustCompile(`\\definecolor\{\w+\}\{HTML\}\{([0-9A-Fa-f]{6})\}`)
)

// seeLatex reads pgfplots' axes, and the texts and numbers of everything else,
// off the source. Tables are looked up in the data that the program was given.
func seeLatex(e Evidence, v *view) {
	_, body, ok := strings.Cut(v.code, `\begin{document}`)
	if !ok {
		body = v.code
	}
	for _, b := range texBraces.FindAllStringSubmatch(body, -1) {
		v.texts = append(v.texts, plainTeX(b[1]))
	}
	v.texts = append(v.texts, plainTeX(body))
	v.titles = append(v.titles, v.texts[:len(v.texts)-1]...)
	v.numbers = floats(literals.FindAllString(body, -1))
	v.colours = append(v.colours, texColour.FindAllString(v.code, -1)...)
	for _, m := range texDefine.FindAllStringSubmatch(v.code, -1) {
		v.colours = append(v.colours, "#"+m[1])
	}
	t := readTable(e.Data)
	var f scene.Figure
	for _, m := range texAxis.FindAllStringSubmatch(body, -1) {
		f.Panels = append(f.Panels, texPanel(m[1], m[2], t))
	}
	if len(f.Panels) > 0 {
		v.numbers, v.titles = nil, nil // the plots say what they draw
		for _, n := range texNode.FindAllStringSubmatch(body, -1) {
			v.titles = append(v.titles, plainTeX(n[1]))
		}
		v.addFigure(f)
	}
}

// plainTeX is a text as it is read.
func plainTeX(s string) string {
	s = strings.NewReplacer(`\%`, "%", `\&`, "&", `\_`, "_", `\#`, "#", `\$`, "$", `\,`, " ", `\\`, " ", `^\circ`, "°", `\degree`, "°", `\ `, " ").Replace(s)
	return strings.Join(strings.Fields(texCommand.ReplaceAllString(s, " ")), " ")
}

func texPanel(kind, body string, t table) scene.Panel {
	options, rest := bracket(body)
	p := scene.Panel{Kind: "rectilinear"}
	if kind == "polaraxis" {
		p.Kind = "polar"
	}
	o := texOptions(options)
	p.Title = plainTeX(o["title"])
	for name, a := range map[string]*scene.Axis{"x": &p.X, "y": &p.Y, "z": &p.Z} {
		a.Label = plainTeX(o[name+"label"])
		a.Scale = "linear"
		switch {
		case o[name+"mode"] == "log" || kind == "loglogaxis" || kind == "semilog"+name+"axis":
			a.Scale = "log"
		case o["symbolic "+name+" coords"] != "" || o[name+"ticklabels"] != "" || strings.Contains(o[name+"tick"], "data") && o[name+"ticklabels from table"] != "":
			a.Scale = "category"
		case strings.Contains(options, "date coordinates in="+name):
			a.Scale = "date"
		}
		for _, l := range strings.Split(o["symbolic "+name+" coords"]+","+o[name+"ticklabels"], ",") {
			if l = plainTeX(l); l != "" {
				a.Ticks = append(a.Ticks, l)
			}
		}
		if from := texBraces.FindAllStringSubmatch(o[name+"ticklabels from table"], -1); len(from) > 0 {
			a.Scale, a.Ticks = "category", append(a.Ticks, t.cells(t.rows, strings.TrimSpace(from[len(from)-1][1]))...)
		}
		a.Inverted = o[name+" dir"] == "reverse"
	}
	p.Legends = texLegends(rest, o)
	plots := texPlot.FindAllStringSubmatchIndex(rest, -1)
	for i, at := range plots {
		end := len(rest)
		if i+1 < len(plots) {
			end = plots[i+1][0]
		}
		p.Marks = append(p.Marks, texMark(options, o, rest[at[1]:end], at[2] != at[3], t))
	}
	return p
}

func texLegends(rest string, o map[string]string) []scene.Legend {
	var entries []string
	for _, at := range texEntry.FindAllStringIndex(rest, -1) {
		entries = append(entries, plainTeX(inside(rest, at[1]-1)))
	}
	list := o["legend entries"]
	if at := texLegend.FindStringIndex(rest); at != nil {
		list += "," + inside(rest, at[1]-1)
	}
	for _, e := range splitTop(list) {
		if e = plainTeX(e); e != "" {
			entries = append(entries, e)
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return []scene.Legend{{Entries: entries}}
}

// bracket splits "[…] rest" at the bracket's end.
func bracket(s string) (inside, rest string) {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "[") {
		return "", s
	}
	depth := 0
	for i, c := range s {
		switch c {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if depth == 0 {
			return s[1:i], s[i+1:]
		}
	}
	return s[1:], ""
}

// splitTop splits at commas outside of braces and brackets.
func splitTop(s string) []string {
	var list []string
	depth, from := 0, 0
	for i, c := range s {
		switch c {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case ',':
			if depth == 0 {
				list, from = append(list, s[from:i]), i+1
			}
		}
	}
	return append(list, s[from:])
}

// texOptions reads key=value pairs; a value loses its outer braces.
func texOptions(s string) map[string]string {
	o := map[string]string{}
	for _, part := range splitTop(s) {
		key, value, _ := strings.Cut(part, "=")
		value = strings.TrimSpace(value)
		if strings.HasPrefix(value, "{") && strings.HasSuffix(value, "}") {
			value = value[1 : len(value)-1]
		}
		o[strings.Join(strings.Fields(key), " ")] = value
	}
	return o
}
