package renderers

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

// latexDriver typesets inside the sandbox.
//
//go:embed latex/run.sh
var latexDriver string

const (
	latexProgram    = "program.tex"
	latexResolution = "250" // dots an inch: a plot 10 cm wide has about 1000
)

var latex = &Language{
	Name:       "latex",
	Title:      "LaTeX",
	Fences:     []string{"latex", "tex", "tikz"},
	Extensions: []string{".tex", ".latex", ".tikz"},
	Use:        "circuits, geometry, formulas, technical drawings",
	Sample:     sample("latex.tex"),
	Needs: []Tool{
		systemTool("latex", "pdflatex", "--version"), systemTool("latex", "lualatex", "--version"), systemTool("latex", "xelatex", "--version"),
		texTool("pgfplots", "pgfplots.sty"), texTool("standalone", "standalone.cls"), texTool("circuitikz", "circuitikz.sty"), texTool("siunitx", "siunitx.sty"),
		systemTool("latex", "pdftoppm", "-v"),
	},
	// pictures: TikZ, pgfplots, circuitikz; science: siunitx; latex-extra: standalone.
	Debian: []string{
		"texlive-latex-base", "texlive-latex-recommended", "texlive-latex-extra", "texlive-pictures", "texlive-science",
		"texlive-luatex", "texlive-xetex", "texlive-fonts-recommended", "lmodern", "poppler-utils",
	},
	Prompt: PromptHints{
		System: "You are an expert in drawing with LaTeX. Answer with exactly one complete document in one ```latex block and nothing else.",
		Setup:  `Start with \documentclass[border=5pt]{standalone}. TikZ, pgfplots, pgfplotstable, circuitikz, siunitx, amsmath and xcolor are installed; load every package and TikZ library that you use. The document is typeset by pdfLaTeX without shell escape and without network.`,
		Plot:   `The document must compile as it stands, from \documentclass to \end{document}. For a plot, set \pgfplotsset{compat=1.18}, a title, axis labels with units, and a legend where there are several series. Write %, &, # and _ in text as \%, \&, \# and \_, and end every path with a semicolon.`,
		NoData: "No data file is given: write a few plausible values into the document as coordinates or as an inline table.",
		DataLine: func(name, kind string) string {
			separator := map[string]string{"csv": "comma", "tsv": "tab"}[kind]
			if separator == "" {
				return ""
			}
			return fmt.Sprintf(`\pgfplotstableread[col sep=%s]{%s}\datatable`, separator, name)
		},
	},
	Plan:    planLatex,
	Explain: explainLatex,
}

func planLatex(job *Job) (Plan, error) {
	engine := latexEngine(job.Program)
	_, binds, err := systemProgram("latex", engine)
	if err != nil {
		return Plan{}, err
	}
	p := shellPlan(latexDriver, binds, engine, latexPrelude(job.Program), job.Format, latexResolution)
	p.Files = map[string]string{latexProgram: job.Program}
	p.Trim = !strings.Contains(job.Program, "{beamer}") // slides keep their size
	p.Env = []string{
		// Neither reads nor writes outside of the working folder and the trees.
		"openin_any=p", "openout_any=p", "shell_escape=f",
		// Long lines: a message that is folded cannot be read back.
		"max_print_line=1000", "error_line=254", "half_error_line=238",
		"TEXMFHOME=/tmp/texmf", "TEXMFVAR=/tmp/texmf-var", "TEXMFCONFIG=/tmp/texmf-config",
	}
	return p, nil
}

var (
	latexComment = regexp.MustCompile(`(?m)(^|[^\\])%.*$`)
	magicEngine  = regexp.MustCompile(`(?mi)^%\s*!\s*TEX\s+(?:TS-)?program\s*=\s*(pdf|xe|lua)(?:la)?tex`)
	needsLua     = regexp.MustCompile(`\\directlua|\\begin\{luacode|\{(?:luacode|luatextra|luamplib|luatexbase)\}|usegdlibrary|usetikzlibrary\{[^}]*graphdrawing`)
	needsXe      = regexp.MustCompile(`\\(?:usepackage|RequirePackage)(?:\[[^\]]*\])?\{[^}]*\b(?:fontspec|unicode-math|polyglossia|mathspec|xltxtra|xunicode|xeCJK)\b|\\setmainfont`)
	standalone   = regexp.MustCompile(`\\documentclass(?:\[[^\]]*\])?\{(?:standalone|beamer)\}`)
)

// latexEngine takes pdfLaTeX, the fastest and the one with the fewest rights,
// unless the document needs another.
func latexEngine(program string) string {
	if m := magicEngine.FindStringSubmatch(program); m != nil {
		return strings.ToLower(m[1]) + "latex"
	}
	text := latexComment.ReplaceAllString(program, "$1")
	switch {
	case needsLua.MatchString(text):
		return "lualatex"
	case needsXe.MatchString(text):
		return "xelatex"
	}
	return "pdflatex"
}

// latexPrelude takes the page number off: it would be part of the picture, and
// far from the rest of it.
func latexPrelude(program string) string {
	if standalone.MatchString(program) || strings.Contains(program, `\pagestyle`) {
		return ""
	}
	return `\AtBeginDocument{\expandafter\let\csname ps@plain\expandafter\endcsname\csname ps@empty\endcsname\pagestyle{empty}}`
}

func explainLatex(job *Job, e Evidence) *Diagnostic {
	said := string(e.Result.Stdout)
	if e.Result.ExitCode != 0 {
		return condenseLatex(job, said).diagnostic(job)
	}
	if e.Pictures == 0 {
		return complaint{kind: KindNoPicture, message: "the document has no page: there is nothing between \\begin{document} and \\end{document} that prints", full: said}.diagnostic(job)
	}
	return nil
}
