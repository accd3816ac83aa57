package fidelity

import (
	"fmt"

	"viscoder/renderers/scene"
)

// Evidence is what a run left of a program.
type Evidence struct {
	Language string
	Program  string
	Data     string       // CSV text that the program was given
	Scene    *scene.Scene // what its pictures show; nil where the renderer cannot tell
}

// Result says which facts hold.
type Result struct {
	Held    int      `json:"held"`
	Total   int      `json:"total"`
	Missing []string `json:"missing"` // those that do not, in plain words: "the bars are not stacked"
}

// Score is the share of facts that hold, 0 to 1. Without facts it is 1.
func (r Result) Score() float64 {
	if r.Total == 0 {
		return 1
	}
	return float64(r.Held) / float64(r.Total)
}

// String is the result as people read it: "3 of 4: the bars are not stacked".
func (r Result) String() string {
	s := fmt.Sprintf("%d of %d", r.Held, r.Total)
	for i, m := range r.Missing {
		if i == 0 {
			s += ": "
		} else {
			s += "; "
		}
		s += m
	}
	return s
}

// Check holds facts against what a program drew. It is meant for programs that
// ran and left a picture: one that failed shows nothing.
func Check(f Facts, e Evidence) Result {
	c := &checker{facts: f, view: look(e), table: readTable(e.Data)}
	c.chart()
	c.axes()
	c.data()
	c.inPlace()
	c.words()
	c.diagram()
	c.music()
	c.elements()
	c.source()
	return c.result
}

// Sees says whether it is known what a program drew as a chart: facts from a
// request make sense only then.
func Sees(e Evidence) bool {
	v := look(e)
	return e.Language != "asymptote" && len(v.panels()) > 0
}

// checker collects the facts of one check.
type checker struct {
	facts  Facts
	view   view
	table  table
	result Result
}

// fact counts one fact; the words say what is the case where it does not hold.
func (c *checker) fact(holds bool, format string, a ...any) {
	c.result.Total++
	if holds {
		c.result.Held++
		return
	}
	c.result.Missing = append(c.result.Missing, fmt.Sprintf(format, a...))
}
