package fidelity

import "regexp"

// comments of each language.
var comments = map[string]*regexp.Regexp{
	"python":    regexp.MustCompile(`(?m)^\s*#.*$`),
	"lilypond":  regexp.MustCompile(`(?s:%\{.*?%\})|(?m:%.*$)`),
	"latex":     regexp.MustCompile(`(?m)(?:^|([^\\]))%.*$`),
	"asymptote": regexp.MustCompile(`(?s:/\*.*?\*/)|(?m://.*$)`),
	"mermaid":   regexp.MustCompile(`(?m)^\s*%%[^{].*$`),
	"svg":       regexp.MustCompile(`(?s)<!--.*?-->`),
	"html":      regexp.MustCompile(`(?s:<!--.*?-->)|(?m:^\s*//.*$)`),
}

func stripped(language, program string) string {
	if c := comments[language]; c != nil {
		return c.ReplaceAllString(program, "$1")
	}
	return program
}
