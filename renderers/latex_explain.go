package renderers

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	// latexError is an error with its file and line, or without.
	latexError = regexp.MustCompile(`^(?:(?:\./)?([^\s:()][^:()]*\.[A-Za-z]+):(\d+): |! )(.+)$`)
	// latexPlace is the line that TeX had read up to the error.
	latexPlace    = regexp.MustCompile(`^l\.(\d+) ?(.*)$`)
	latexOrigin   = regexp.MustCompile(`^(?:Package|Class|LaTeX|pdfTeX) ?(\S*) [Ee]rror: `)
	latexAside    = regexp.MustCompile(`,? +(?:and|so) I(?: am going|'m going|'ll)[^.]*\.|^ *\([a-z0-9]+\) +`)
	latexLastWord = regexp.MustCompile(`\\[A-Za-z@]+\*?\s*$`)
	latexRunaway  = regexp.MustCompile(`(?m)^Runaway (?:argument|text|definition|preamble)\?\n(.*)$`)
	latexMissing  = regexp.MustCompile("File [`'‘]([^'’]+)['’] not found|Could not read table file '([^']+)'|I can't find file [`']([^']+)'|Not reading from ([^ ]+)|[`']?(\\S+?)'? not found")
	latexEnv      = regexp.MustCompile(`Environment (\S+) undefined`)
)

// condenseLatex finds the first error in what TeX said.
func condenseLatex(job *Job, said string) complaint {
	lines := strings.Split(plain(said), "\n")
	for i, line := range lines {
		m := latexError.FindStringSubmatch(line)
		if m == nil || strings.Contains(m[3], "==> Fatal error") {
			continue
		}
		c := complaint{message: m[3], full: strings.Join(lines[i:], "\n")}
		if m[1] == latexProgram {
			c.line = atoi(m[2])
		}
		c.finishLatex(job, strings.Join(lines[:i], "\n"), lines[i+1:])
		return c
	}
	return complaint{message: "the document cannot be typeset: " + clip(lastLine(plain(said)), maxNote), full: said}
}

// finishLatex adds the rest of the message, the place and the advice.
func (c *complaint) finishLatex(job *Job, before string, after []string) {
	context := c.readOn(after)
	switch {
	case strings.HasPrefix(c.message, "Undefined control sequence"):
		c.undefined(job, context)
	case strings.HasPrefix(c.message, "Emergency stop") && !strings.Contains(job.Program, `\end{document}`):
		c.message, c.line, c.column = `the document ends without \end{document}`, lineCount(job.Program), 0
	}
	if all := latexRunaway.FindAllStringSubmatch(before, -1); all != nil {
		c.runaway(job, all[len(all)-1][1])
	}
	c.message = latexOrigin.ReplaceAllStringFunc(c.message, func(s string) string {
		if name := latexOrigin.FindStringSubmatch(s)[1]; name != "" {
			return name + ": "
		}
		return ""
	})
	c.message = strings.TrimRight(oneLine(latexAside.ReplaceAllString(c.message, ".")), ".")
	c.adviseLatex(job)
}

// readOn takes the further lines of a message, and the column out of the two
// lines that TeX breaks the failing one into. It returns the lines between.
func (c *complaint) readOn(after []string) (context []string) {
	open := true
	for i, line := range after {
		if i > 40 || latexError.MatchString(line) {
			break
		}
		if m := latexPlace.FindStringSubmatch(line); m != nil {
			if atoi(m[1]) == c.line && !strings.HasPrefix(m[2], "...") {
				c.column = utf8.RuneCountInString(strings.TrimRight(m[2], " ")) // the last character that was read
			}
			return append(context, m[2])
		}
		if open = open && strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "See the ") && !strings.HasPrefix(line, "Type "); open && len(context) == 0 && strings.HasPrefix(line, "(") {
			c.message += " " + latexAside.ReplaceAllString(line, "")
			continue
		}
		context = append(context, line)
	}
	return context
}

// undefined names the command: TeX breaks its context off right behind it.
func (c *complaint) undefined(job *Job, context []string) {
	if len(context) == 0 {
		return
	}
	name := strings.TrimSpace(latexLastWord.FindString(strings.TrimRight(context[0], " ")))
	if name == "" {
		return
	}
	c.message = "Undefined control sequence " + name
	source := strings.Split(job.Program, "\n")
	here := c.line >= 1 && c.line <= len(source) && strings.Contains(source[c.line-1], name)
	// Inside an environment that is read as a whole, TeX names its last line.
	if line := lineOf(job.Program, name); !here && line > 0 {
		c.line, c.column = line, 0
	}
}

// runaway points at where the text begins that has no end.
func (c *complaint) runaway(job *Job, text string) {
	text = strings.TrimLeft(strings.TrimSpace(text), "{[ ")
	text = strings.TrimSpace(strings.TrimSuffix(text, "ETC."))
	if r := []rune(text); len(r) > 24 {
		text = string(r[:24])
	}
	// TeX puts a blank behind commands and joins lines: only the start is as in the program.
	text, _, _ = strings.Cut(text, `\`)
	for words := strings.Fields(text); len(words) > 0; words = words[:len(words)-1] {
		if start := strings.Join(words, " "); len(start) > 3 && lineOf(job.Program, start) > 0 {
			c.line, c.column = lineOf(job.Program, start), 0
			c.note = "a bracket or brace that opens here is not closed"
			return
		}
	}
}

var (
	latexNesting     = regexp.MustCompile(`Extra \}|forgotten|ended by|ended while|Paragraph ended|Missing \\end|Too many }`)
	latexEnvironment = regexp.MustCompile(`\\(begin|end)\s*\{([^}]*)\}`)
)

// nesting finds the first environment that is not closed as it was opened.
func nesting(program string) string {
	type opened struct {
		name string
		line int
	}
	var open []opened
	text := latexComment.ReplaceAllString(program, "$1")
	for _, at := range latexEnvironment.FindAllStringSubmatchIndex(text, -1) {
		line := strings.Count(text[:at[0]], "\n") + 1
		name := text[at[4]:at[5]]
		if text[at[2]:at[3]] == "begin" {
			open = append(open, opened{name, line})
			continue
		}
		if len(open) == 0 {
			return fmt.Sprintf(`\end{%s} of line %d has no \begin{%s}`, name, line, name)
		}
		last := open[len(open)-1]
		if last.name != name {
			return fmt.Sprintf(`\begin{%s} of line %d is not closed before \end{%s} of line %d`, last.name, last.line, name, line)
		}
		open = open[:len(open)-1]
	}
	return ""
}

// homes are the packages of what is often used without loading them.
var homes = []struct{ what, load string }{
	{"tikzpicture", `\usepackage{tikz}`}, {`\tikzset`, `\usepackage{tikz}`}, {`\usetikzlibrary`, `\usepackage{tikz}`}, {`\draw`, `\usepackage{tikz}, and draw inside tikzpicture`},
	{`\node`, `\usepackage{tikz}, and draw inside tikzpicture`}, {`\fill`, `\usepackage{tikz}, and draw inside tikzpicture`}, {`\foreach`, `\usepackage{pgffor}`},
	{"axis", `\usepackage{pgfplots}`}, {"semilogyaxis", `\usepackage{pgfplots}`}, {"loglogaxis", `\usepackage{pgfplots}`}, {`\pgfplotsset`, `\usepackage{pgfplots}`},
	{`\addplot`, `\usepackage{pgfplots}, and plot inside an axis environment`}, {"polaraxis", `\usepgfplotslibrary{polar}`}, {"groupplot", `\usepgfplotslibrary{groupplots}`},
	{`\pgfplotstableread`, `\usepackage{pgfplotstable}`}, {`\pgfplotstabletypeset`, `\usepackage{pgfplotstable}`}, {"circuitikz", `\usepackage{circuitikz}`},
	{`\SI`, `\usepackage{siunitx}`}, {`\si`, `\usepackage{siunitx}`}, {`\qty`, `\usepackage{siunitx}`}, {`\unit`, `\usepackage{siunitx}`}, {`\num`, `\usepackage{siunitx}`},
	{`\text`, `\usepackage{amsmath}`}, {"align", `\usepackage{amsmath}`}, {"align*", `\usepackage{amsmath}`}, {`\dfrac`, `\usepackage{amsmath}`}, {`\mathbb`, `\usepackage{amssymb}`},
	{`\toprule`, `\usepackage{booktabs}`}, {`\midrule`, `\usepackage{booktabs}`}, {`\includegraphics`, `\usepackage{graphicx}`}, {`\definecolor`, `\usepackage{xcolor}`},
	{`\color`, `\usepackage{xcolor}`}, {`\textcolor`, `\usepackage{xcolor}`}, {`\colorlet`, `\usepackage{xcolor}`}, {"tikzcd", `\usepackage{tikz-cd}`}, {`\pie`, `\usepackage{pgf-pie}`},
	{`\chemfig`, `\usepackage{chemfig}`}, {"ganttchart", `\usepackage{pgfgantt}`}, {`\ctikzset`, `\usepackage{circuitikz}`}, {"forest", `\usepackage{forest}`},
}

// libraries are the TikZ libraries of what is often used without loading them.
var libraries = []struct{ sign, library string }{
	{"named `of ", "positioning"}, {"arrow tip kind", "arrows.meta"}, {"arrow tip", "arrows.meta"}, {"shape 'ellipse'", "shapes.geometric"}, {"/tikz/ellipse", "shapes.geometric"},
	{"/tikz/diamond", "shapes.geometric"}, {"/tikz/trapezium", "shapes.geometric"}, {"/tikz/regular polygon", "shapes.geometric"}, {"/tikz/star", "shapes.geometric"},
	{"/tikz/cylinder", "shapes.geometric"}, {"/tikz/rounded rectangle", "shapes.misc"}, {"/tikz/cross out", "shapes.misc"}, {"/tikz/cloud", "shapes.symbols"},
	{"/tikz/signal", "shapes.symbols"}, {"/tikz/rectangle split", "shapes.multipart"}, {"decoration", "decorations.pathmorphing,decorations.pathreplacing,decorations.markings"},
	{"/tikz/fit", "fit"}, {"/tikz/matrix of", "matrix"}, {"/tikz/mindmap", "mindmap"}, {"/tikz/on background layer", "backgrounds"}, {"/tikz/name path", "intersections"},
	{"/tikz/drop shadow", "shadows"}, {"/tikz/state", "automata"}, {"/tikz/pattern color", "patterns"}, {"/tikz/3d view", "perspective"}, {"/tikz/graph", "graphs"}, {"coordinate calculation", "calc"},
}

// adviseLatex adds what a person who knows LaTeX would say.
func (c *complaint) adviseLatex(job *Job) {
	if m := latexMissing.FindStringSubmatch(c.message); m != nil {
		c.missingFile(job, firstOf(m[1:]))
		return
	}
	if strings.Contains(c.message, "could not retrieve column") {
		c.missingColumn(job)
		return
	}
	if latexNesting.MatchString(c.message) && c.note == "" {
		c.note = nesting(job.Program)
		return
	}
	if strings.HasPrefix(c.message, "I can't write on file") {
		c.kind = KindDenied
		return
	}
	what := strings.TrimPrefix(c.message, "Undefined control sequence ")
	if m := latexEnv.FindStringSubmatch(c.message); m != nil {
		what = m[1]
	}
	for _, h := range homes {
		if what == h.what {
			c.note = "add " + h.load
			return
		}
	}
	for _, l := range libraries {
		if strings.Contains(c.message, l.sign) {
			c.note = `perhaps \usetikzlibrary{` + l.library + `} is missing`
			return
		}
	}
}

// latexFileName is what pgfplots calls the table in some of its messages.
var latexFileName = regexp.MustCompile(` from table '\\*pgfplotstable\S* *'`)

func (c *complaint) missingColumn(job *Job) {
	c.message = latexFileName.ReplaceAllString(c.message, " from the table")
	c.note = columnNote(job)
	if c.note != "" && !strings.Contains(job.Program, "col sep") {
		c.note += " (the file needs the option col sep=comma)"
	}
}

func (c *complaint) missingFile(job *Job, name string) {
	if line := lineOf(job.Program, strings.TrimSuffix(strings.TrimSuffix(name, ".sty"), ".tex")); line > 0 {
		c.line, c.column = line, 0
	}
	switch {
	case strings.HasSuffix(name, ".sty") || strings.HasSuffix(name, ".cls"):
		c.note = "this package is not installed and cannot be; do without it, with TikZ, pgfplots, circuitikz or siunitx"
	case strings.HasPrefix(name, "/") || strings.HasPrefix(name, "..") || strings.HasPrefix(name, "~"):
		c.kind = KindDenied
	default:
		c.note = dataNote(job)
	}
}

// firstOf is the first of several texts that is not empty.
func firstOf(texts []string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
