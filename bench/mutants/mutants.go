// Package mutants makes wrong programs out of the reference programs of
// bench/tasks, as models write them: another column, a series less, another kind
// of chart, no labels, values that nobody measured, an empty picture. A check of
// fidelity has to like each less than the reference.
package mutants

import (
	"cmp"
	"slices"

	"viscoder/bench/tasks"
)

// Mutant is a wrong program for a task.
type Mutant struct {
	Task    tasks.Task
	Kind    string // what is wrong with it, one of Kinds
	Program string
}

// Kinds of mutants.
const (
	WrongColumn = "wrong column"
	Dropped     = "dropped part"
	WrongChart  = "wrong chart"
	Unlabelled  = "unlabelled"
	MadeUp      = "made-up values"
	Shuffled    = "shuffled values"
	Trivial     = "trivial picture"
	WrongScale  = "wrong scale or order"
	WrongText   = "wrong text"
)

// rule makes a wrong program of a right one; "" where it does not apply.
type rule struct {
	kind string
	make func(tasks.Task) string
}

// rules by language.
var rules = map[string][]rule{
	"python": pythonRules, "vegalite": vegaliteRules, "mermaid": mermaidRules, "lilypond": lilypondRules, "svg": svgRules,
	"latex": latexRules, "asymptote": asymptoteRules, "html": htmlRules,
}

// All makes every mutant that the rules give, by language, kind and task.
func All(list []tasks.Task) []Mutant {
	var all []Mutant
	for _, t := range list {
		for _, r := range rules[t.Language] {
			if p := r.make(t); p != "" && p != t.Reference {
				all = append(all, Mutant{t, r.kind, p})
			}
		}
	}
	return all
}

// Sample takes at most n mutants of each kind and language, those with the
// least hash of task and kind, so that others do not move when tasks are added.
func Sample(all []Mutant, n int) []Mutant {
	groups := map[string][]Mutant{}
	for _, m := range all {
		key := m.Task.Language + "\x00" + m.Kind
		groups[key] = append(groups[key], m)
	}
	var picked []Mutant
	for _, g := range groups {
		slices.SortFunc(g, func(a, b Mutant) int { return cmp.Compare(hash(a), hash(b)) })
		picked = append(picked, g[:min(n, len(g))]...)
	}
	slices.SortFunc(picked, func(a, b Mutant) int {
		return cmp.Or(cmp.Compare(a.Task.Language, b.Task.Language), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Task.ID, b.Task.ID), cmp.Compare(a.Program, b.Program))
	})
	return picked
}
