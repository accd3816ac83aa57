package eval

import (
	"cmp"
	"fmt"
	"html/template"
	"path/filepath"
)

// card is one task on a page.
type card struct {
	Result
	Outcome   string
	Image     template.URL
	RefImage  template.URL
	Attempted []shownAttempt
}

// shownAttempt is an attempt with its picture, where that is not the card's.
type shownAttempt struct {
	Attempt
	Image template.URL
	Best  bool
}

// Says is the outcome in words.
func (c card) Says() string {
	switch {
	case c.Outcome == outcomeFirst:
		return "passed at once"
	case c.Outcome == outcomeRepaired:
		return fmt.Sprintf("repaired in round %d", c.Best)
	case len(c.Attempts) == 0:
		return "not tried"
	}
	if best := c.best(); best != nil {
		return "failed: " + cmp.Or(best.Class, classOther)
	}
	return "failed"
}

// FactsHeld is all or some of the facts of a picture; "" without any.
func (c card) FactsHeld() string {
	switch {
	case c.Fidelity == nil:
		return ""
	case len(c.Failed) == 0:
		return "all"
	}
	return "some"
}

// Why says what stands in the place of a picture.
func (c card) Why() string {
	if best := c.best(); best != nil && best.Error != "" {
		return best.Error
	}
	return cmp.Or(c.Error, "no picture")
}

func newCard(dir string, r Result) card {
	at := func(rel string) template.URL {
		if rel == "" || !filepath.IsLocal(filepath.FromSlash(rel)) {
			return ""
		}
		return thumb(filepath.Join(dir, filepath.FromSlash(rel)))
	}
	c := card{Result: r, Outcome: r.outcome(), Image: at(r.Picture), RefImage: at(r.Reference)}
	for _, a := range r.Attempts {
		s := shownAttempt{Attempt: a, Best: a.Round == r.Best}
		if !s.Best {
			s.Image = at(a.Picture)
		}
		c.Attempted = append(c.Attempted, s)
	}
	return c
}

// shot is a picture on a card, or what stands in its place.
type shot struct {
	Image         template.URL
	Name, Instead string
}

// chips are the buttons of one filter.
type chips struct {
	Field, All string
	Values     []chip
}

type chip struct{ Value, Title string }

// newChips takes pairs of value and title.
func newChips(field, all string, pairs ...string) chips {
	c := chips{Field: field, All: all}
	for i := 0; i+1 < len(pairs); i += 2 {
		c.Values = append(c.Values, chip{pairs[i], pairs[i+1]})
	}
	return c
}

func languageChips(languages []string) chips {
	c := chips{Field: "language", All: "every language"}
	for _, l := range languages {
		c.Values = append(c.Values, chip{l, title(l)})
	}
	return c
}
