// Package fidelity asks whether a picture shows what was wanted, fact by fact
// and without a vision model. A chart is judged by the scene that its renderer
// reports (live matplotlib artists, Vega-Lite's drawn marks, the page's DOM), a
// diagram, a score or a drawing by its source. docs/FIDELITY.md has the schema.
package fidelity

import (
	"encoding/json"
	"strings"
)

// Facts are what a right picture shows. Every field that is set is one fact, or
// one for each entry of a list; all count alike.
type Facts struct {
	Chart      Words          `json:"chart,omitempty"`      // kind of chart; several: any of them
	Horizontal *bool          `json:"horizontal,omitempty"` // of bars, boxes, violins
	Stacked    *bool          `json:"stacked,omitempty"`    // stacked, not side by side
	Sorted     string         `json:"sorted,omitempty"`     // ascending or descending, of bars in reading order
	Panels     int            `json:"panels,omitempty"`     // axes that show data
	Title      string         `json:"title,omitempty"`      // words that the title has
	X          *AxisFacts     `json:"x,omitempty"`
	Y          *AxisFacts     `json:"y,omitempty"`
	Z          *AxisFacts     `json:"z,omitempty"`
	Data       []DataFact     `json:"data,omitempty"`
	Series     *SeriesFact    `json:"series,omitempty"` // groups told apart: their names, or how many
	Legend     *bool          `json:"legend,omitempty"`
	Marks      int            `json:"marks,omitempty"` // bars, points, slices, cells, in all
	Colours    []string       `json:"colours,omitempty"`
	Palette    int            `json:"palette,omitempty"` // at least so many different colours
	Texts      []string       `json:"texts,omitempty"`   // seen somewhere in the picture
	Diagram    *DiagramFacts  `json:"diagram,omitempty"`
	Music      *MusicFacts    `json:"music,omitempty"`
	Elements   map[string]int `json:"elements,omitempty"` // of SVG or HTML: at least so many
	Source     []SourceFact   `json:"source,omitempty"`
}

// AxisFacts are about one axis.
type AxisFacts struct {
	Label    string   `json:"label,omitempty"`    // words that its label has
	Scale    string   `json:"scale,omitempty"`    // linear, log, date, category
	Column   string   `json:"column,omitempty"`   // its values are seen along this axis
	Inverted *bool    `json:"inverted,omitempty"` // runs downwards or to the left
	Order    []string `json:"order,omitempty"`    // of its ticks, in reading order; others may stand between
}

// DataFact says that values are drawn: a column of the data, maybe put together
// by groups, or the values given.
type DataFact struct {
	Column string            `json:"column,omitempty"`
	Agg    string            `json:"agg,omitempty"`   // sum, mean, median, count, min, max
	By     []string          `json:"by,omitempty"`    // columns whose values make a group
	Where  map[string]string `json:"where,omitempty"` // rows that count
	Share  string            `json:"share,omitempty"` // of: the sum of all ("total"), or of a column's group
	Bins   int               `json:"bins,omitempty"`  // counts in so many bins of one width, from the least to the greatest
	Values []float64         `json:"values,omitempty"`
	On     string            `json:"on,omitempty"` // x, y, z, size, colour, or total: of all bars of a mark; empty: anywhere
}

// SeriesFact is a number of groups, or their names.
type SeriesFact struct {
	Count int
	Names []string
}

// DiagramFacts are about nodes and the edges between them.
type DiagramFacts struct {
	Type  string     `json:"type,omitempty"` // flowchart, sequence, class, state, er, gantt, pie …
	Nodes []string   `json:"nodes,omitempty"`
	Edges [][]string `json:"edges,omitempty"` // from, to, and maybe the label
}

// MusicFacts are about a score.
type MusicFacts struct {
	Clefs  []string `json:"clefs,omitempty"`
	Keys   []string `json:"keys,omitempty"` // "d minor"
	Time   string   `json:"time,omitempty"` // "3/4"
	Staves int      `json:"staves,omitempty"`
	Notes  int      `json:"notes,omitempty"` // in all, without rests; ± 5 %
	Pitch  string   `json:"pitch,omitempty"` // names of the first notes, in order: "c d e f"
	Bars   int      `json:"bars,omitempty"`
	Lyrics string   `json:"lyrics,omitempty"` // words that are sung
}

// SourceFact is a pattern in the program, comments taken out.
type SourceFact struct {
	Fact  string `json:"fact"` // in plain words: "the resistor is drawn"
	Match string `json:"match"`
	Least int    `json:"least,omitempty"` // how often; 0 is 1
	Not   bool   `json:"not,omitempty"`   // it must not be there
}

// Words is one word or several.
type Words []string

// UnmarshalJSON reads a string or a list of strings.
func (w *Words) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*w = Words{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}

// UnmarshalJSON reads a number or a list of names.
func (s *SeriesFact) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, &s.Count) == nil {
		return nil
	}
	s.Count = 0
	return json.Unmarshal(data, &s.Names)
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s SeriesFact) MarshalJSON() ([]byte, error) {
	if s.Names != nil {
		return json.Marshal(s.Names)
	}
	return json.Marshal(s.Count)
}

// words of a text, small letters and digits only.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127)
	})
}
