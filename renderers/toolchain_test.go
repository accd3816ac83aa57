package renderers

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/sandbox"
)

func TestLatexEngine(t *testing.T) {
	for program, want := range map[string]string{
		`\documentclass{article}`:                                "pdflatex",
		"% !TEX program = xelatex\n\\documentclass{article}":     "xelatex",
		"%!TeX TS-program = LuaLaTeX\n\\documentclass{article}":  "lualatex",
		`\usepackage{fontspec}`:                                  "xelatex",
		`\usepackage[math-style=ISO]{amsmath, unicode-math}`:     "xelatex",
		`\usepackage{fontspec}\directlua{x}`:                     "lualatex",
		"% \\usepackage{fontspec}\n\\usepackage{tikz} 50\\%":     "pdflatex",
		`\usetikzlibrary{arrows, graphdrawing}`:                  "lualatex",
		"\\usepackage{tikz}\n\\begin{luacode*}\n\\end{luacode*}": "lualatex",
	} {
		assert.Equal(t, want, latexEngine(program), program)
	}
}

func TestNesting(t *testing.T) {
	for program, want := range map[string]string{
		"\\begin{a}\n\\begin{b}\n\\end{a}":        `\begin{b} of line 2 is not closed before \end{a} of line 3`,
		"\\begin{a}\\end{a}\n\\end{b}":            `\end{b} of line 2 has no \begin{b}`,
		"\\begin{a}\n% \\begin{b}\n\\end{a} 5\\%": "",
		"\\begin{a}": "",
	} {
		assert.Equal(t, want, nesting(program), program)
	}
}

func TestTolerateVersion(t *testing.T) {
	for in, want := range map[string]string{
		`\version "2.26.0" {c}`:   `\version "2.22.0" {c}`,
		`\version  "3.1"`:         `\version "2.22.0"`,
		`\version "2.22.1"`:       `\version "2.22.1"`,
		`\version "2.18"`:         `\version "2.18"`,
		`\header { x = "2.26.0"}`: `\header { x = "2.26.0"}`,
	} {
		assert.Equal(t, want, tolerateVersion(in))
	}
}

func TestGnuplotTerminals(t *testing.T) {
	ours := `set terminal pngcairo size 1200,800 font "DejaVu Sans,20" linewidth 2`
	for in, want := range map[string]string{
		"set term x11\nplot x":                        ours + "\nplot x",
		"a=1; set terminal qt size 640,480 persist":   `a=1; set terminal pngcairo size 640,480 font "DejaVu Sans,20" linewidth 2`,
		"set term wxt \\\n  enhanced\nplot x":         ours + "\\\n\nplot x",
		"set term pngcairo size 9,9":                  "set term pngcairo size 9,9",
		"set terminal gif animate delay 5":            "set terminal gif animate delay 5",
		"set tics; set title 'set terminal'":          "set tics; set title 'set terminal'",
		"set out 'a.svg'\nset output \"b.png\"":       "set out 'a.png'\nset output \"b.png\"",
		"set term pdfcairo size 5in,3in; set o 'x.y'": ours + "; set o 'x.png'",
	} {
		got := gnuplotFor(in, "png")
		assert.Equal(t, want, got)
		assert.Equal(t, strings.Count(in, "\n"), strings.Count(got, "\n"), "lines stay where they are")
	}
	assert.Equal(t, "set terminal svg size 700,500 font \"DejaVu Sans,20\" linewidth 2 background \"white\"\nset output 'a.svg'",
		gnuplotFor("set terminal png size 700,500\nset output 'a.png'", "svg"))
}

func TestPlotsOfAScriptWithoutOutputs(t *testing.T) {
	assert.Equal(t, "set output \"figure-1.png\"; plot x\nset output \"figure-2.png\"; splot x*y", gnuplotFor("plot x\nsplot x*y", "png"))
	for _, one := range []string{"plot x", "set multiplot\nplot x\nplot y", "set output 'a.png'\nplot x\nplot x", "do for [i=1:2] {\nplot x\n}\nplot x"} {
		assert.Equal(t, one, gnuplotFor(one, "png"))
	}
}

func TestNearest(t *testing.T) {
	program := "a\n  b -> c\nx\nb -> c\n"
	for _, c := range []struct {
		text        string
		where, want int
	}{{"b -> c", 3, 2}, {"b -> c", 5, 4}, {"zz", 3, 3}, {"", 1, 1}} {
		assert.Equal(t, c.want, nearest(program, c.text, c.where), c)
	}
}

func TestAsymptoteSettingsAreTakenOut(t *testing.T) {
	assert.Equal(t, strings.Repeat(" ", 25)+"\nsize(3);", asymptoteSettings.ReplaceAllStringFunc("settings.outformat=\"png\";\nsize(3);", blanked))
	assert.Equal(t, "settings.x=1;", asymptoteSettings.ReplaceAllStringFunc("settings.x=1;", blanked))
}

// What the prompt tells a model about a data file has to work as it stands.
func TestDataLinesOfToolchains(t *testing.T) {
	dir := t.TempDir()
	var data []DataFile
	for name, text := range map[string]string{"a.csv": "month,sales\n1,3\n2,5\n", "b.tsv": "month\tsales\n1\t3\n2\t5\n"} {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		data = append(data, DataFile{Path: file})
	}
	r := newRunner(t)
	for _, d := range data {
		kind := strings.TrimPrefix(filepath.Ext(d.Path), ".")
		for l, program := range map[*Language]string{
			gnuplot: gnuplot.Prompt.DataLine(d.dataName(), kind) + "\nplot \"" + d.dataName() + "\" using 1:2 with lines\n",
			latex: "\\documentclass[border=5pt]{standalone}\n\\usepackage{pgfplots,pgfplotstable}\n\\begin{document}\n" + latex.Prompt.DataLine(d.dataName(), kind) +
				"\n\\begin{tikzpicture}\\begin{axis}\\addplot table[x=month, y=sales] {\\datatable};\\end{axis}\\end{tikzpicture}\n\\end{document}\n",
		} {
			o, err := r.Run(context.Background(), Job{Language: l, Program: program, Data: data, Out: outDir(t)})
			require.NoError(t, err)
			assert.Nil(t, o.Diagnostic, "%s: %+v", l.Name, o.Diagnostic)
		}
	}
	assert.Empty(t, latex.Prompt.DataLine("a.json", "json"))
	assert.Empty(t, gnuplot.Prompt.DataLine("a.parquet", "parquet"))
}

// A condenser gets whatever a tool says, which a hostile program can choose.
func FuzzCondensers(f *testing.F) {
	f.Add("\\begin{a}\nx \\foo", "./program.tex:2: Undefined control sequence.\nl.2 x \\foo\n", 1)
	f.Add("draw(x);", "draw(x);\n     ^\nprogram.asy: 1.6: no matching variable 'x'\n", 1)
	f.Add("{ c qq }", "program.ly:1:5: error: not a note name: qq\n{ c \n    qq }\n", 1)
	f.Add("graph { a -> b }", "Error: program.dot: syntax error in line 1 near '->'\n", 1)
	f.Add("plot g(x)", "\nplot g(x)\n     ^\n\"program.gp\" line 1: undefined function: g\n", 1)
	f.Add("@startuml\nx", "lineNumber=1\nlabel=Syntax Error?\nx\n^^^^^\n Syntax Error?\n", 200)
	languages := []*Language{latex, asymptote, lilypond, graphviz, gnuplot, plantuml}
	f.Fuzz(func(t *testing.T, program, said string, code int) {
		for _, l := range languages {
			job := &Job{Language: l, Program: program}
			d := l.Explain(job, Evidence{Result: sandbox.Result{ExitCode: code, Stdout: []byte(said), Stderr: []byte(said)}})
			if d == nil {
				assert.Zero(t, code, "%s: a tool that failed needs an explanation", l.Name)
				continue
			}
			assert.True(t, utf8.ValidString(d.Text) && utf8.ValidString(d.Message), l.Name)
			assert.NotContains(t, d.Text+d.Full+d.Message, "\x1b")
			assert.NotContains(t, d.Message, "\n")
			assert.NotEmpty(t, d.Message)
			assert.LessOrEqual(t, d.Line, lineCount(program))
			assert.GreaterOrEqual(t, d.Line, 0)
			assert.Less(t, utf8.RuneCountInString(d.Text), 6*(maxLine+20)+maxMessage+maxNote+60)
		}
	})
}
