package renderers

import (
	_ "embed"
	"regexp"
	"strings"
	"unicode/utf8"
)

// asymptoteDriver draws inside the sandbox.
//
//go:embed asymptote/run.sh
var asymptoteDriver string

const (
	asymptoteProgram    = "program.asy"
	asymptoteResolution = "300" // dots an inch: size(200) has about 830
)

var asymptote = &Language{
	Name:       "asymptote",
	Title:      "Asymptote",
	Fences:     []string{"asymptote", "asy"},
	Extensions: []string{".asy"},
	Use:        "geometric constructions and solids in 3D",
	Sample:     sample("asymptote.asy"),
	Needs:      []Tool{systemTool("asymptote", "asy", "--version"), systemTool("asymptote", "pdflatex", "--version"), systemTool("asymptote", "pdftoppm", "-v")},
	Debian:     []string{"asymptote", "texlive-latex-base", "texlive-latex-recommended", "texlive-pictures", "ghostscript", "poppler-utils"},
	Prompt: PromptHints{
		System: "You are an expert in drawing with Asymptote. Answer with exactly one complete program in one ```asymptote block and nothing else.",
		Setup:  "Use only the modules that come with Asymptote 2.85, such as graph, palette, contour, three, graph3, stats and geometry; import every module that you use. Labels are LaTeX. There is no network and no shell, and no picture may be read in.",
		Plot:   "Set the size first, as in size(12cm, 8cm, IgnoreAspect) for a plot, and draw with draw, fill, label and the module graph. End every statement with a semicolon. Give the axes labels, and add a legend where there are several series. Do not set the output format.",
		NoData: "No data is given: write a few plausible values into the program as arrays.",
		DataLine: func(string, string) string {
			return "" // reading tables is what models get wrong most: the values stand in the prompt
		},
	},
	Plan:    planAsymptote,
	Explain: explainAsymptote,
}

func planAsymptote(job *Job) (Plan, error) {
	asy, binds, err := systemProgram("asymptote", "asy")
	if err != nil {
		return Plan{}, err
	}
	p := shellPlan(asymptoteDriver, binds, asy, job.Format, asymptoteResolution)
	p.Files = map[string]string{asymptoteProgram: asymptoteSettings.ReplaceAllStringFunc(job.Program, blanked)}
	p.Env = []string{"openout_any=p", "shell_escape=f", "TEXMFVAR=/tmp/texmf-var"}
	p.Trim = true
	// Its garbage collector reserves address space far beyond what it uses.
	p.Limits.AddressSpace = -1
	return p, nil
}

// asymptoteSettings are settings that would undo the command line: another
// format, another TeX, and rendering by OpenGL, which needs a display.
var asymptoteSettings = regexp.MustCompile(`(?:settings\.)(?:outformat|tex|render|prc|safe|batchView|interactiveView|gs|pdfviewer|convert|dvips|dvisvgm|libgs)\s*=[^;\n]*;`)

// blanked keeps the length of a text, so that lines and columns stay.
func blanked(s string) string { return strings.Repeat(" ", utf8.RuneCountInString(s)) }

var (
	asyPlace  = regexp.MustCompile(`^(\S+\.asy): (\d+)\.(\d+): (?:runtime: )?(.*)$`)
	asyError  = regexp.MustCompile(`^(?:error: |runtime: |\S+: )(.+)$`)
	asyModule = regexp.MustCompile(`could not load module '([^']*)'`)
	asyLatex  = regexp.MustCompile(`^(?:! |\S+\.tex:\d+: )(.+)$`)
	asySystem = regexp.MustCompile(`\b(?:system|asy|convert|animate|graphic)\s*\(`)
	asyAction = regexp.MustCompile(`; override with option.*$`)
)

func explainAsymptote(job *Job, e Evidence) *Diagnostic {
	if e.Result.ExitCode == 0 {
		return nil
	}
	return condenseAsymptote(job, string(e.Result.Stderr)+"\n"+string(e.Result.Stdout)).diagnostic(job)
}

// condenseAsymptote takes the first error with a place; asy goes on after most.
func condenseAsymptote(job *Job, said string) complaint {
	c := complaint{full: said}
	lines := strings.Split(plain(said), "\n")
	for _, line := range lines {
		if m := asyPlace.FindStringSubmatch(line); m != nil {
			if c.message == "" {
				c.message = m[4]
			}
			// An error inside a module: the program is what can be changed.
			if m[1] == asymptoteProgram && c.line == 0 {
				c.line, c.column = atoi(m[2]), atoi(m[3])
			}
		}
	}
	for _, re := range []*regexp.Regexp{asyLatex, asyError} {
		for _, line := range lines {
			if m := re.FindStringSubmatch(line); m != nil && c.message == "" && !asyPlace.MatchString(line) {
				c.message = m[1]
			}
		}
	}
	if c.message == "" {
		c.message = "Asymptote ended with an error: " + clip(lastLine(plain(said)), maxNote)
	}
	c.finishAsymptote(job)
	return c
}

func (c *complaint) finishAsymptote(job *Job) {
	if asyAction.MatchString(c.message) {
		c.kind, c.message = KindDenied, asyAction.ReplaceAllString(c.message, "")
	}
	c.message = strings.TrimSuffix(c.message, ":")
	module := asyModule.FindStringSubmatch(c.message)
	switch {
	case module != nil && module[1] != asymptoteProgram:
		c.line, c.column = lineOf(job.Program, strings.TrimSuffix(module[1], ".asy")), 0
		c.note = "there is no such module; those that come with Asymptote are graph, palette, contour, three, graph3, solids, geometry, stats, math, patterns, markers …"
	case module != nil:
		c.kind, c.message = KindSyntax, "the program cannot be read"
	case c.kind == KindDenied && c.line == 0:
		c.line = lineMatching(job.Program, asySystem)
	case strings.HasPrefix(c.message, "syntax error"):
		c.kind = KindSyntax
		c.note = "often a semicolon, bracket or quote is missing on the line before"
	case strings.HasPrefix(c.message, "Cannot open file"):
		c.note = dataNote(job)
	default:
		c.note = asymptoteAdvice(c.message)
	}
}

// asymptoteModules are names that people use without importing their module.
var asymptoteModules = []struct {
	names  *regexp.Regexp
	module string
}{
	{regexp.MustCompile(`'(?:graph|xaxis|yaxis|axes|xlimits|ylimits|limits|scale|LeftTicks|RightTicks|Ticks|BottomTop|LeftRight|Bottom|Left|xequals|yequals|errorbars|Circle|legend|attach|Arc|crop|polargraph)\b`), "graph"},
	{regexp.MustCompile(`'(?:image|palette|Rainbow|BWRainbow|Grayscale|Gradient|Wheel|BWRainbow2)\b`), "palette"},
	{regexp.MustCompile(`'(?:currentprojection|perspective|orthographic|triple|surface|path3|X|Y|Z|O|draw3|unitsphere|unitcube|light|cylinder|box3)\b`), "three"},
	{regexp.MustCompile(`'(?:xaxis3|yaxis3|zaxis3|axes3|InTicks|Bounds|InOutTicks)\b`), "graph3"},
	{regexp.MustCompile(`'(?:contour|contour3)\b`), "contour"},
	{regexp.MustCompile(`'(?:histogram|mean|variance|stdev|Gaussrand)\b`), "stats"},
	{regexp.MustCompile(`'(?:revolution|sphere|cone)\b`), "solids"},
	{regexp.MustCompile(`'(?:circle|line|segment|triangle|incircle|circumcircle|point)\b`), "geometry"},
	{regexp.MustCompile(`'(?:hatch|crosshatch|add pattern|tile|brick)\b`), "patterns"},
}

func asymptoteAdvice(message string) string {
	if !strings.HasPrefix(message, "no matching variable") && !strings.HasPrefix(message, "no matching function") && !strings.HasPrefix(message, "no type of name") {
		return ""
	}
	for _, m := range asymptoteModules {
		if m.names.MatchString(message) {
			return "if this name is meant to be that of module " + m.module + ", the program needs: import " + m.module + ";"
		}
	}
	return ""
}
