package renderers

// All lists the languages, in the order in which they are shown.
func All() []*Language {
	return []*Language{python, vegalite, svg, latex, asymptote, lilypond, graphviz, gnuplot, plantuml, html, mermaid, javascript, typescript, cpp, rLanguage}
}

// Names lists the names of All.
func Names() []string {
	var names []string
	for _, l := range All() {
		names = append(names, l.Name)
	}
	return names
}
