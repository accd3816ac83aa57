// Package scene is what a picture shows, in plain data: marks with their
// numbers, axes, titles and legends. A driver writes it beside the picture; the
// program ran in the same process, so a scene is a claim, and it is bounded.
package scene

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// File is where drivers leave a scene, below the working folder.
const File = ".viscoder/scene.json"

// MaxBytes bounds the file.
const MaxBytes = 4 << 20

// Scene is everything that one run drew.
type Scene struct {
	Figures []Figure `json:"figures"`
	Page    *Page    `json:"page,omitempty"` // of an HTML program
}

// Figure is one picture. Those of Vega-Lite and Altair hold the specification
// and what was drawn from it.
type Figure struct {
	Title     string          `json:"title"`
	Panels    []Panel         `json:"panels"`
	Legends   []Legend        `json:"legends"`
	Texts     []string        `json:"texts"`
	Colorbars []string        `json:"colorbars"` // their labels
	Spec      json.RawMessage `json:"spec,omitempty"`
	SVG       string          `json:"svg,omitempty"`
	Failed    string          `json:"failed,omitempty"` // why it could not be read
}

// Panel is one pair of axes, or one view.
type Panel struct {
	Kind    string   `json:"kind"` // rectilinear, polar or 3d
	Title   string   `json:"title"`
	X       Axis     `json:"x"`
	Y       Axis     `json:"y"`
	Z       Axis     `json:"z"`
	Legends []Legend `json:"legends"`
	Texts   []string `json:"texts"`
	Marks   []Mark   `json:"marks"`
}

// Axis of a panel.
type Axis struct {
	Label    string   `json:"label"`
	Scale    string   `json:"scale"` // linear, log, date, category …
	Ticks    []string `json:"ticks"`
	Min      *float64 `json:"min"`
	Max      *float64 `json:"max"`
	Inverted bool     `json:"inverted"`
}

// Legend of a panel or figure.
type Legend struct {
	Title   string   `json:"title"`
	Entries []string `json:"entries"`
}

// Mark is a group of marks that were drawn together. X, Y and Z are positions
// in units of the axes, of bars the length; XN and YN are the names of these
// positions on axes of categories (or dates, as YYYY-MM-DD).
type Mark struct {
	Type       string   `json:"type"`
	Label      string   `json:"label"`
	N          int      `json:"n"` // how many; the lists may be cut short
	X          Numbers  `json:"x"`
	Y          Numbers  `json:"y"`
	Z          Numbers  `json:"z"`
	XN         []string `json:"xn"`
	YN         []string `json:"yn"`
	Base       Numbers  `json:"base"` // where bars and areas begin
	Wide       Numbers  `json:"wide"` // of bars, across
	Size       Numbers  `json:"size"`
	C          Numbers  `json:"c"` // values shown as colours
	Colours    []string `json:"colours"`
	Groups     int      `json:"groups"` // different colours
	Rows       int      `json:"rows"`
	Columns    int      `json:"columns"`
	Horizontal bool     `json:"horizontal"`
	Touching   bool     `json:"touching"` // bars without gaps
	Stacked    bool     `json:"stacked"`
	Marker     bool     `json:"marker"`
	Dashed     bool     `json:"dashed"`
	Step       bool     `json:"step"`
	Filled     bool     `json:"filled"`
	Hole       bool     `json:"hole"`
	Polar      bool     `json:"polar"`
	RGB        bool     `json:"rgb"`
}

// Page is what a browser shows.
type Page struct {
	Texts    []string       `json:"texts"`
	Elements map[string]int `json:"elements"` // how many of each tag are seen
	Fills    []string       `json:"fills"`    // colours of shapes
	Lengths  []Numbers      `json:"lengths"`  // sizes and places of the shapes of drawings, one list a kind
}

// Numbers are floats of which some may be none: null is NaN.
type Numbers []float64

// UnmarshalJSON reads a list of numbers and nulls.
func (n *Numbers) UnmarshalJSON(data []byte) error {
	var list []*float64
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*n = make(Numbers, len(list))
	for i, v := range list {
		if (*n)[i] = math.NaN(); v != nil {
			(*n)[i] = *v
		}
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (n Numbers) MarshalJSON() ([]byte, error) {
	list := make([]*float64, len(n))
	for i, v := range n {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			list[i] = &v
		}
	}
	return json.Marshal(list)
}

// Read reads a scene of at most MaxBytes.
func Read(r io.Reader) (*Scene, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("a scene of more than %d bytes", MaxBytes)
	}
	var s Scene
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("reading a scene: %w", err)
	}
	return &s, nil
}
