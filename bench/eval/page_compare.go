package eval

import "slices"

// comparePage is what a comparison's page shows.
type comparePage struct {
	Comparison
	Title string
	Notes []string
	Lines []line
	Pairs []pairCard
	Names []string // of the languages
	Same  int
}

type pairCard struct {
	Outcome string
	A, B    card
}

// Says is the outcome in words.
func (p pairCard) Says() string {
	return map[string]string{Won: "B better", Lost: "A better", Both: "both passed", None: "both failed"}[p.Outcome]
}

// WritePage writes the page of a comparison to a file.
func (c Comparison) WritePage(path string) error {
	page := comparePage{Comparison: c, Title: "Comparison of two runs", Notes: c.notes(), Lines: c.rows(), Same: len(c.Pairs) - c.Won - c.Lost}
	for _, p := range c.Pairs {
		if !slices.Contains(page.Names, p.A.Language) {
			page.Names = append(page.Names, p.A.Language)
		}
		page.Pairs = append(page.Pairs, pairCard{p.Outcome(), newCard(c.A.Dir, p.A), newCard(c.B.Dir, p.B)})
	}
	return writeHTML(path, compareHTML, page)
}
