package mutants

import (
	"regexp"
	"strings"

	"viscoder/bench/tasks"
)

var mermaidRules = []rule{
	{Dropped, func(t tasks.Task) string { return withoutLine(t.Reference, 0.75) }},
	{Dropped, func(t tasks.Task) string { return withoutLine(t.Reference, 0.45) }},
	{WrongText, firstName},
	numbersIn(`(?s)(?:pie[^\n]*\n[^\n]*\n|sankey-beta\n)(.*)`),
	replacing(WrongChart, `^flowchart (?:TD|LR)`, "flowchart RL", false),
	replacing(WrongChart, `-->>`, "->>", true),
	replacing(WrongChart, `(?s)^mindmap\s+root.*`, "flowchart TD\n    Bread --> Flour\n    Bread --> Leaven\n    Bread --> Shape\n", false),
	replacing(WrongChart, `(?s)^pie.*`, "xychart-beta\n    title \"Waste\"\n    x-axis [paper, glass, plastics, organic, residual]\n    bar [64, 27, 38, 91, 143]\n", false),
	replacing(Unlabelled, `(?m)^\s*title .*\n`, "", false),
	replacing(Unlabelled, `\|[^|\n]*\|`, "", true),
	replacing(Unlabelled, `(?m)( --> \w+) : .*$`, "$1", true),
	instead("flowchart TD\n    A --> B\n"),
}

// withoutLine takes the line at a share of the program away.
func withoutLine(program string, at float64) string {
	lines := strings.Split(strings.TrimSpace(program), "\n")
	for i := int(at * float64(len(lines))); i < len(lines); i++ {
		word, _, _ := strings.Cut(strings.TrimSpace(lines[i]), " ")
		if word != "end" && word != "}" && !strings.HasSuffix(lines[i], "{") && word != "section" && word != "subgraph" && word != "style" && word != "checkout" {
			return strings.Join(append(lines[:i:i], lines[i+1:]...), "\n") + "\n"
		}
	}
	return ""
}

var firstLabel = regexp.MustCompile(`"[A-Z][a-z]+[^"]*"|\b(?:Browser|Red|PATIENT|Book|Clear weeds|Wooden bridge opens|Rye|Reservoir|paper)\b`)

// firstName gives one thing another name, wherever it stands.
func firstName(t tasks.Task) string {
	name := firstLabel.FindString(t.Reference)
	if name == "" {
		return ""
	}
	other := "Thing"
	if strings.HasPrefix(name, `"`) {
		other = `"Thing"`
	}
	return strings.ReplaceAll(t.Reference, name, other)
}

var lilypondRules = []rule{
	replacing(WrongScale, `\\clef treble`, `\clef bass`, true),
	replacing(WrongScale, `\\key ([a-h]\w*) \\(?:major|minor)`, `\key ees \major`, true),
	replacing(WrongScale, `\\time \d+/\d+`, `\time 5/4`, true),
	replacing(MadeUp, `\b([a-g])(8|4|2)?( [a-g])`, `b$2 b`, true),
	replacing(Dropped, `\|[^|{}]*\|`, `|`, false),
	replacing(Dropped, `(?s)\\new Staff (\\left|<< \\global \\clef bass.*?>>|\\with \{ instrumentName = "(?:Cello|III)" \}[^{]*\{[^}]*\})`, ``, false),
	replacing(Dropped, `\\repeat volta 2 `, ``, true),
	replacing(Unlabelled, `\\header \{[^}]*\}\n`, "", false),
	replacing(Dropped, `\\fermata|\\trill|\\p\b|\\f\b|~`, "", true),
	instead("\\version \"2.22.1\"\n\\score { { c'4 d' e' f' } \\layout { } }\n"),
}

var svgRules = []rule{
	replacing(Dropped, `<(?:circle|rect|polyline)[^>]*/>(\s*</g>)`, `$1`, false),
	replacing(Unlabelled, `<text[^>]*>[^<]*</text>`, ``, true),
	replacing(Unlabelled, `<text[^>]*font-size="2[0-9]"[^>]*>[^<]*</text>`, ``, true),
	replacing(WrongText, `>[A-Z][a-z]{2,}(?: [a-z]+)?</text>`, `>Name</text>`, true),
	{MadeUp, svgMadeUp},
	replacing(WrongChart, `<polyline[^>]*/>`, ``, true),
	{WrongScale, svgBlack},
	instead(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><rect width="200" height="100" fill="white"/><rect x="60" y="20" width="80" height="60" fill="steelblue"/></svg>` + "\n"),
}

var svgFill = regexp.MustCompile(`(fill|stroke)="(?:#[0-9a-f]{6}|green|red|blue|yellow|grey|crimson)"`)

// svgBlack takes the colours away where some are asked for.
func svgBlack(t tasks.Task) string {
	if len(t.Facts.Colours) == 0 && t.Facts.Palette == 0 {
		return ""
	}
	return svgFill.ReplaceAllString(t.Reference, `$1="black"`)
}

var svgPlaces = regexp.MustCompile(`\b(cx|cy|y|height|width|x1|x2|points|d)="([^"]*)"`)

// svgMadeUp moves and stretches shapes, each in another way.
func svgMadeUp(t tasks.Task) string {
	if t.Data == "" {
		return ""
	}
	n := 0
	return svgPlaces.ReplaceAllStringFunc(t.Reference, func(s string) string {
		m := svgPlaces.FindStringSubmatch(s)
		if n++; n < 3 || m[1] == "d" && !strings.Contains(m[2], "A") {
			return s
		}
		return m[1] + `="` + digits.ReplaceAllStringFunc(m[2], func(number string) string {
			n++
			return jittered(number, n)
		}) + `"`
	})
}
