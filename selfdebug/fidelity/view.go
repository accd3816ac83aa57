package fidelity

import (
	"strings"

	"viscoder/renderers/scene"
)

// view is what is known of a picture, in whatever language it was written.
type view struct {
	figures  []scene.Figure
	titles   []string
	texts    []string    // everything that can be read, titles included
	legends  [][]string  // entries
	colours  []string    // as #rrggbb or CSS names
	numbers  []float64   // in the program, where there is no better source
	lengths  [][]float64 // sizes and places of shapes, of which a chart's are proportional to its data
	elements map[string]int
	diagram  *diagram
	music    *music
	code     string // the program without comments
}

// look gathers what is known, by language.
func look(e Evidence) view {
	e.Program = e.Program[:min(len(e.Program), maxProgram)]
	v := view{code: stripped(e.Language, e.Program), elements: map[string]int{}}
	if see := eyes[e.Language]; see != nil {
		see(e, &v)
	}
	if e.Scene != nil {
		for _, f := range e.Scene.Figures {
			if len(f.Spec) > 0 {
				f = vegaFigure(f, &v)
			}
			v.addFigure(f)
		}
		v.addPage(e.Scene.Page)
	}
	return v
}

// maxProgram bounds how much of a program is read, in bytes.
const maxProgram = 256 << 10

// eyes read the source of a program, where the source tells more than a scene.
var eyes = map[string]func(Evidence, *view){
	"svg": seeSVG, "mermaid": seeMermaid, "lilypond": seeLilypond, "latex": seeLatex, "asymptote": seeAsymptote,
}

func (v *view) addFigure(f scene.Figure) {
	v.figures = append(v.figures, f)
	v.titles = append(append(v.titles, f.Title), f.Texts...)
	v.texts = append(append(append(v.texts, f.Title), f.Texts...), f.Colorbars...)
	v.addLegends(f.Legends)
	for _, p := range f.Panels {
		v.titles = append(v.titles, p.Title)
		v.texts = append(append(v.texts, p.Title), p.Texts...)
		for _, a := range []scene.Axis{p.X, p.Y, p.Z} {
			v.texts = append(append(v.texts, a.Label), a.Ticks...)
		}
		v.addLegends(p.Legends)
		for _, m := range p.Marks {
			v.texts = append(v.texts, m.XN...)
			v.texts = append(v.texts, m.YN...)
			v.colours = append(v.colours, m.Colours...)
		}
	}
}

func (v *view) addLegends(list []scene.Legend) {
	for _, l := range list {
		v.legends = append(v.legends, l.Entries)
		v.texts = append(append(v.texts, l.Title), l.Entries...)
	}
}

func (v *view) addPage(p *scene.Page) {
	if p == nil {
		return
	}
	v.texts = append(v.texts, p.Texts...)
	v.titles = append(v.titles, p.Texts...)
	v.colours = append(v.colours, p.Fills...)
	for _, list := range p.Lengths {
		v.lengths = append(v.lengths, list)
	}
	for tag, n := range p.Elements {
		v.elements[tag] += n
	}
}

// panels that hold marks.
func (v *view) panels() []scene.Panel {
	var found []scene.Panel
	for _, f := range v.figures {
		for _, p := range f.Panels {
			if len(p.Marks) > 0 {
				found = append(found, p)
			}
		}
	}
	return found
}

func (v *view) marks() []scene.Mark {
	var found []scene.Mark
	for _, p := range v.panels() {
		found = append(found, p.Marks...)
	}
	return found
}

// has says whether one of texts holds all words of want, in any order.
func has(texts []string, want string) bool {
	wanted := words(want)
	for _, t := range texts {
		if holdsAll(words(t), wanted) {
			return true
		}
	}
	return false
}

func holdsAll(have, wanted []string) bool {
	for _, w := range wanted {
		found := false
		for _, h := range have {
			if h == w || len(w) > 3 && strings.Contains(h, w) {
				found = true
			}
		}
		if !found {
			return false
		}
	}
	return true
}
