package renderers

import (
	_ "embed"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

// gnuplotDriver plots inside the sandbox.
//
//go:embed gnuplot/run.sh
var gnuplotDriver string

const (
	gnuplotProgram = "program.gp"
	gnuplotVector  = "program.vector.gp"
)

var gnuplot = &Language{
	Name:       "gnuplot",
	Title:      "gnuplot",
	Fences:     []string{"gnuplot", "gp"},
	Extensions: []string{".gp", ".gnuplot", ".plt", ".gnu"},
	Use:        "plots of functions and surfaces",
	Sample:     sample("gnuplot.gp"),
	Needs:      []Tool{systemTool("gnuplot", "gnuplot", "--version")},
	Debian:     []string{"gnuplot-nox", "fonts-dejavu-core"},
	Prompt: PromptHints{
		System: "You are an expert in plotting with gnuplot. Answer with exactly one complete script in one ```gnuplot block and nothing else.",
		Setup:  "Write for gnuplot 5.4. Terminal and output are set already: set neither. There is no shell and no network.",
		Plot:   "Give the plot a title, axis labels with units, and a key where there are several series. Put values that are in the script into a datablock, as in $data << EOD. End with plot or splot; do not pause.",
		NoData: "No data file is given: write a few plausible values into a datablock of the script.",
		DataLine: func(name, kind string) string {
			separator := map[string]string{"csv": `","`, "tsv": "tab"}[kind]
			if separator == "" {
				return ""
			}
			return fmt.Sprintf("set datafile separator %s; set datafile columnheaders  # then: plot %q using 1:2", separator, name)
		},
	},
	Plan:    planGnuplot,
	Explain: explainGnuplot,
}

// gnuplotTerminals are ours for each format; the size is put in.
var gnuplotTerminals = map[string]string{
	"png": `pngcairo size %d,%d font "DejaVu Sans,20" linewidth 2`,
	"svg": `svg size %d,%d font "DejaVu Sans,20" linewidth 2 background "white"`,
	"pdf": `pdfcairo size %d/100.0,%d/100.0 font "DejaVu Sans,15" linewidth 2`,
}

const gnuplotWidth, gnuplotHeight = 1200, 800 // pixels

func planGnuplot(job *Job) (Plan, error) {
	path, binds, err := systemProgram("gnuplot", "gnuplot")
	if err != nil {
		return Plan{}, err
	}
	p := shellPlan(gnuplotDriver, binds, path, job.Format, gnuplotStart("png"), gnuplotStart(job.Format))
	p.Files = map[string]string{gnuplotProgram: gnuplotFor(job.Program, "png")}
	if job.Format != "png" {
		p.Files[gnuplotVector] = gnuplotFor(job.Program, job.Format)
	}
	return p, nil
}

func gnuplotStart(format string) string {
	return fmt.Sprintf("set terminal "+gnuplotTerminals[format]+"; set output \"figure.%s\"", gnuplotWidth, gnuplotHeight, format)
}

var (
	gpTerminal = regexp.MustCompile(`(?m)((?:^|;)[ \t]*)set[ \t]+t(?:e|er|erm|ermi|ermin|ermina|erminal)?[ \t]+(\w+)((?:\\\n|[^;\n])*)`)
	gpOutput   = regexp.MustCompile(`(?m)((?:^|;)[ \t]*set[ \t]+o(?:u|ut|utp|utpu|utput)?[ \t]+["'])([^"'\n]+)(["'])`)
	gpSize     = regexp.MustCompile(`size[ \t]+(\d{3,4})[ \t]*,[ \t]*(\d{3,4})\b(?:[ \t]|$)`)
	gpRaster   = regexp.MustCompile(`^(?:png|pngc\w*|jpeg|gif|webp)$`)
	gpPlot     = regexp.MustCompile(`(?m)^(?:s?plot|spl|pl|p|sp)[ \t]`)
	gpOwn      = regexp.MustCompile(`(?m)(?:^|;)[ \t]*set[ \t]+(?:o\w*|multi\w*)\b|^[ \t]*(?:do|while|if)\b.*\{`)
)

// gnuplotFor is the program with its terminals replaced where they open a
// window, or make what cannot be looked at. Lines stay where they are.
func gnuplotFor(program, format string) string {
	program = gpTerminal.ReplaceAllStringFunc(program, func(s string) string {
		m := gpTerminal.FindStringSubmatch(s)
		if format == "png" && gpRaster.MatchString(m[2]) {
			return s
		}
		width, height := gnuplotWidth, gnuplotHeight
		if size := gpSize.FindStringSubmatch(m[3]); size != nil {
			width, height = atoi(size[1]), atoi(size[2])
		}
		return m[1] + "set terminal " + fmt.Sprintf(gnuplotTerminals[format], width, height) + strings.Repeat("\\\n", strings.Count(m[3], "\n"))
	})
	program = gpOutput.ReplaceAllStringFunc(program, func(s string) string {
		m := gpOutput.FindStringSubmatch(s)
		if ext := path.Ext(m[2]); format != "png" || !isRaster(m[2]) {
			return m[1] + strings.TrimSuffix(m[2], ext) + "." + format + m[3]
		}
		return s
	})
	return gnuplotPages(program, format)
}

// gnuplotPages gives each plot of a script without outputs a file of its own:
// otherwise they would follow each other in one, which nothing can read.
func gnuplotPages(program, format string) string {
	if len(gpPlot.FindAllStringIndex(program, 2)) < 2 || gpOwn.MatchString(program) {
		return program
	}
	n := 0
	return gpPlot.ReplaceAllStringFunc(program, func(s string) string {
		n++
		return gnuplotPage(n, format) + s
	})
}

func gnuplotPage(n int, format string) string {
	return fmt.Sprintf("set output \"figure-%d.%s\"; ", n, format)
}

var (
	gpPlace  = regexp.MustCompile(`^"program\.gp",? line (\d+): (warning: )?(.*)$`)
	gpFiles  = regexp.MustCompile(`Cannot find or open file "([^"]*)"|Cannot load input from '([^']*)'|cannot open file; output not changed`)
	gpEmpty  = regexp.MustCompile(`no valid points|no column with header|Cannot find or open file`)
	gpVague  = regexp.MustCompile(`^(?:No data in plot|x range is invalid|y range is invalid|all points [xyz]+ value undefined)`)
	gpSyntax = regexp.MustCompile(`unexpected or unrecognized|unrecognized|expecting|Expecting|Syntax error|constant expression required|invalid command|missing|unknown key option|ambiguous`)
	gpPaged  = regexp.MustCompile(`set output "figure-\d+\.png"; `)
)

func explainGnuplot(job *Job, e Evidence) *Diagnostic {
	said := plain(string(e.Result.Stderr))
	if e.Result.ExitCode == 0 && !gpEmpty.MatchString(said) {
		return nil
	}
	return condenseGnuplot(job, said).diagnostic(job)
}

// condenseGnuplot takes the error, or the warning where that says more.
func condenseGnuplot(job *Job, said string) complaint {
	c := complaint{full: gpPaged.ReplaceAllString(said, "")}
	lines := strings.Split(plain(said), "\n")
	warning := ""
	for i, line := range lines {
		m := gpPlace.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if m[2] != "" && !gpEmpty.MatchString(m[3]) {
			continue
		}
		c.line = atoi(m[1])
		if m[2] != "" {
			warning = m[3]
			continue
		}
		c.message = m[3]
		if i >= 2 {
			c.pointGnuplot(job, lines[i-2], lines[i-1])
		}
		break
	}
	if warning != "" && (c.message == "" || gpVague.MatchString(c.message)) {
		c.message, c.column = warning, 0
	}
	if c.message == "" {
		c.message = "gnuplot ended with an error: " + clip(lastLine(plain(said)), maxNote)
	}
	c.finishGnuplot(job)
	return c
}

// pointGnuplot turns the caret under gnuplot's copy of the line into a column.
func (c *complaint) pointGnuplot(job *Job, copied, caret string) {
	column := caretColumn(caret)
	source := strings.Split(job.Program, "\n")
	if column == 0 || c.line < 1 || c.line > len(source) {
		return
	}
	if page := gpPaged.FindString(copied); strings.HasPrefix(copied, page) {
		copied, column = copied[len(page):], column-utf8.RuneCountInString(page)
	}
	if at := strings.Index(source[c.line-1], strings.TrimSpace(copied)); at >= 0 && column > 0 {
		c.column = at + column
	}
}

func (c *complaint) finishGnuplot(job *Job) {
	files := gpFiles.FindStringSubmatch(c.message)
	switch {
	case files != nil:
		if name := firstOf(files[1:]); strings.HasPrefix(name, "/") || strings.HasPrefix(name, "~") || strings.HasPrefix(name, "..") {
			c.kind = KindDenied
			return
		}
		c.note = dataNote(job)
	case strings.Contains(c.message, "no column with header"):
		c.note = firstOf([]string{columnNote(job), "use the names in the first line of the data file, or column numbers from 1"})
	case strings.Contains(c.message, "no valid points"), gpVague.MatchString(c.message):
		c.note = "no row gives numbers for these columns: check the separator (set datafile separator \",\"), the column numbers, and set xdata time or xtic(1) for text"
	case strings.Contains(c.message, "missing block terminator"):
		c.kind, c.note = KindSyntax, "a { is not closed"
		c.line = strings.Count(job.Program[:max(0, strings.LastIndex(job.Program, "{"))], "\n") + 1
	case gpSyntax.MatchString(c.message):
		c.kind = KindSyntax
	}
}
