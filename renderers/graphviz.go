package renderers

import (
	_ "embed"
	"regexp"
	"strings"
)

// graphvizDriver lays graphs out inside the sandbox.
//
//go:embed graphviz/run.sh
var graphvizDriver string

const (
	graphvizProgram    = "program.dot"
	graphvizResolution = "144" // dots an inch, twice that of a screen
)

var graphviz = &Language{
	Name:       "graphviz",
	Title:      "Graphviz",
	Fences:     []string{"dot", "graphviz", "gv"},
	Extensions: []string{".dot", ".gv"},
	Use:        "graphs of nodes and edges, trees, dependencies",
	Sample:     sample("graphviz.dot"),
	Needs:      []Tool{systemTool("graphviz", "dot", "-V")},
	Debian:     []string{"graphviz", "fonts-dejavu-core"},
	Prompt: PromptHints{
		System: "You are an expert in drawing graphs with Graphviz. Answer with exactly one complete graph in one ```dot block and nothing else.",
		Setup:  "Write one digraph { } or graph { } in the DOT language. No images and no files; another layout engine than dot is chosen by the attribute layout, as in layout=neato.",
		Plot:   "The graph must be drawable as it stands: -> in a digraph, -- in a graph, every name with blanks or signs in double quotes, attributes in [ ] separated by commas. Give it a label as title, and edges labels where they say something.",
		NoData: "Everything that is to be drawn stands in the request; make up no more than it needs.",
		DataLine: func(string, string) string {
			return ""
		},
	},
	Plan:    planGraphviz,
	Explain: explainGraphviz,
}

func planGraphviz(job *Job) (Plan, error) {
	path, binds, err := systemProgram("graphviz", "dot")
	if err != nil {
		return Plan{}, err
	}
	p := shellPlan(graphvizDriver, binds, path, job.Format, graphvizResolution)
	p.Files = map[string]string{graphvizProgram: job.Program}
	return p, nil
}

var (
	dotSyntax  = regexp.MustCompile(`syntax error in line (\d+)(?: near '(.*)')?`)
	dotKeyword = regexp.MustCompile(`(?i)\b(di)?graph\b`)
	dotQuoted  = regexp.MustCompile(`"([^"]+)"`)
	dotError   = regexp.MustCompile(`^Error: (?:\S+: )?(.*)$`)
	dotImage   = regexp.MustCompile(`^Warning: (?:"([^"]*)" was not found as a file|No such file or directory.*: (.*)$|No or improper image="([^"]*)")`)
	dotUnknown = regexp.MustCompile(`^Warning: (?:using box for unknown shape (\S+)|(.+) is not a known color|Arrow type "([^"]+)" unknown.*)`)
)

func explainGraphviz(job *Job, e Evidence) *Diagnostic {
	said := string(e.Result.Stderr)
	if e.Result.ExitCode == 0 && e.Pictures > 0 && !mentions(said, dotUnknown) && !mentions(said, dotImage) {
		return nil
	}
	return condenseGraphviz(job, said).diagnostic(job)
}

func mentions(said string, re *regexp.Regexp) bool {
	for line := range strings.SplitSeq(said, "\n") {
		if re.MatchString(line) {
			return true
		}
	}
	return false
}

// condenseGraphviz takes errors before warnings about what was left out.
func condenseGraphviz(job *Job, said string) complaint {
	if strings.TrimSpace(job.Program) == "" {
		return complaint{kind: KindSyntax, message: "the file holds no graph", full: said}
	}
	lines := strings.Split(plain(said), "\n")
	for _, line := range lines {
		if m := dotError.FindStringSubmatch(line); m != nil {
			return dotComplaint(job, m[1], said)
		}
	}
	for _, line := range lines {
		if m := dotImage.FindStringSubmatch(line); m != nil {
			name := firstOf(m[1:])
			return complaint{kind: KindDenied, message: "there is no image " + name, line: lineOf(job.Program, name), note: "there are no image files here; use shapes and colours", full: said}
		}
	}
	for _, line := range lines {
		if m := dotUnknown.FindStringSubmatch(line); m != nil {
			return complaint{message: strings.TrimPrefix(m[0], "Warning: "), line: lineOf(job.Program, firstOf(m[1:])), note: "use an attribute value that Graphviz knows", full: said}
		}
	}
	return complaint{message: "Graphviz drew nothing: " + clip(lastLine(plain(said)), maxNote), full: said}
}

func dotComplaint(job *Job, message, said string) complaint {
	c := complaint{message: message, full: said}
	m := dotSyntax.FindStringSubmatch(message)
	if m == nil {
		if q := dotQuoted.FindStringSubmatch(message); q != nil {
			c.line = lineOf(job.Program, q[1])
		} else if label, bad := strings.CutPrefix(message, "bad label format "); bad {
			c.line, c.note = lineOf(job.Program, label), "in the label of a record { and } come in pairs; write \\{ for the letter"
		}
		return c
	}
	c.kind, c.line, c.message = KindSyntax, atoi(m[1]), "syntax error"
	if m[2] != "" {
		c.message += " near '" + m[2] + "'"
	}
	switch undirected := dotKeyword.FindStringSubmatch(job.Program); {
	case m[2] == "->" && undirected != nil && undirected[1] == "", m[2] == "--" && undirected != nil && undirected[1] != "":
		c.note = "a digraph has edges a -> b, a graph has a -- b; do not mix them"
	case c.line >= lineCount(job.Program):
		c.line = lineCount(job.Program)
		c.note = "a bracket or quote may not be closed, or something follows the last }"
	default:
		c.note = "the error may be at the end of the line before: a missing ], quote or name"
	}
	return c
}
