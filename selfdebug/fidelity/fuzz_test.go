package fidelity

import (
	"strings"
	"testing"

	"viscoder/renderers/scene"
)

// everything is a set of facts that asks of all that is known.
func everything() Facts {
	yes, axis := true, &AxisFacts{Label: "a", Scale: "log", Column: "a", Inverted: new(bool), Order: []string{"a", "b"}}
	return Facts{
		Chart: Words{"bar"}, Horizontal: &yes, Stacked: &yes, Sorted: "ascending", Panels: 1, Title: "a", X: axis, Y: axis, Z: axis,
		Data:   []DataFact{{Column: "a"}, {Column: "a", Agg: "mean", By: []string{"b"}}, {Column: "a", Bins: 3}, {Column: "a", Share: "total", On: "y"}, {Column: "b", On: "total"}},
		Series: &SeriesFact{Count: 2}, Legend: &yes, Marks: 3, Colours: []string{"red", "#123456"}, Texts: []string{"a"},
		Diagram:  &DiagramFacts{Type: "flowchart", Nodes: []string{"A"}, Edges: [][]string{{"A", "B", "c"}, {"A"}, {}}},
		Music:    &MusicFacts{Clefs: []string{"bass"}, Keys: []string{"c major"}, Time: "4/4", Staves: 1, Notes: 4, Pitch: "c d", Bars: 2, Lyrics: "la"},
		Elements: map[string]int{"rect": 1}, Source: []SourceFact{{Fact: "x", Match: "x"}, {Fact: "y", Match: "(", Not: true}},
	}
}

// FuzzCheck: whatever a program, its data and a scene hold, the check ends and
// its result is one.
func FuzzCheck(f *testing.F) {
	f.Add("latex", "\\begin{document}\\begin{axis}[ybar,xlabel={a},symbolic x coords={p,q}]\\addplot coordinates {(p,1) (q,2)};\\legend{", "a,b\n1,p\n2,q\n", "")
	f.Add("latex", "\\begin{axis}[]\\addplot[red] table[x=a,y=b] {\\datatable};\\addlegendentry{", "a,b\n1,2\n", "")
	f.Add("mermaid", "flowchart TD\nA[\"x (y)\"] -->|no| B{z} & C --- D", "", "")
	f.Add("mermaid", "sequenceDiagram\nA->>B: x\nclassDiagram\nA <|-- B : c", "", "")
	f.Add("lilypond", "\\relative c' { c4 d <e g> } \\addlyrics { la -- la", "", "")
	f.Add("asymptote", "xaxis(\"$x$\"); label(\"a", "a\n1\n", "")
	f.Add("svg", `<svg><path d="M0 0L1 1A1 1 0 0 1 2 2z"/><rect height="3"/><text>a</text>`, "a\n1\n2\n3\n", "")
	f.Add("python", "import x", "a,b\n1,2\n3,4\n", `{"figures":[{"panels":[{"marks":[{"type":"bar","n":2,"x":[0,1],"y":[1,null],"xn":["p"]}]}]}]}`)
	f.Add("vegalite", "{}", "a\n1\n", `{"figures":[{"spec":{"encoding":{"x":{"field":"a"}}},"svg":"<svg><g class=\"mark-rect role-mark\"><path aria-label=\"a: 1; b: 2\" d=\"M0,0h1v2h-1Z\"/></g></svg>"}]}`)
	f.Fuzz(func(t *testing.T, language, program, data, said string) {
		if len(program)+len(data)+len(said) > 20000 {
			t.Skip("longer than what is worth the time")
		}
		s, _ := scene.Read(strings.NewReader(said))
		r := Check(everything(), Evidence{Language: language, Program: program, Data: data, Scene: s})
		if r.Held < 0 || r.Held > r.Total || r.Total-r.Held != len(r.Missing) {
			t.Fatalf("%d of %d, missing %d", r.Held, r.Total, len(r.Missing))
		}
	})
}
