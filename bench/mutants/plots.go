package mutants

import (
	"regexp"
	"strconv"
	"strings"

	"viscoder/bench/tasks"
)

// jittered changes a number by up to a third, the nth in its own way.
func jittered(number string, n int) string {
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return strconv.FormatFloat(f*(0.7+0.6*float64(n*7%10)/10), 'f', 2, 64)
}

var latexRules = []rule{
	{WrongColumn, latexColumn},
	replacing(Dropped, `(?m)^\\addplot.*\n(?:\\addlegendentry.*\n)?(\\legend|\\end\{(?:axis|semilogyaxis)\})`, `$1`, false),
	replacing(Dropped, `(?m)^  to\[C, l=\$C\$\] \(5,0\)$`, `  -- (5,0)`, false),
	replacing(WrongChart, `(?m)^  ybar,`, `  `, false),
	replacing(WrongChart, `only marks, `, ``, true),
	replacing(WrongChart, `\bsurf,`, `only marks,`, true),
	replacing(WrongChart, `(\\addplot\[)(blue|red)(, mark)`, `${1}ybar, $2$3`, true),
	replacing(WrongScale, `semilogyaxis`, `axis`, true),
	replacing(WrongScale, `y dir=reverse, `, ``, true),
	replacing(Unlabelled, `\b[xyz]label=\{[^}]*\},?`, ``, true),
	replacing(Unlabelled, `\btitle=\{[^}]*\},?`, ``, true),
	replacing(Unlabelled, `(?m)^\\(?:addlegendentry|legend)\{.*\n`, ``, true),
	replacing(Unlabelled, `(?m)^\\node\[.*\n`, ``, true),
	{MadeUp, latexMadeUp},
	numbersIn(`(?s)\\addplot\[matrix plot\*[^\n]*coordinates \{(.*?)\};`),
	numbersIn(`(?s)(boxplot prepared=\{[^}]*\})`),
	instead("\\documentclass[border=5pt]{standalone}\n\\usepackage{tikz}\n\\begin{document}\n\\begin{tikzpicture}\n\\draw (0,0) rectangle (3,2);\n\\end{tikzpicture}\n\\end{document}\n"),
}

var texY = regexp.MustCompile(`y=(\w+)\]`)

func latexColumn(t tasks.Task) string {
	_, numeric := columns(t)
	all := texY.FindAllStringSubmatchIndex(t.Reference, -1)
	if len(all) == 0 {
		return ""
	}
	m := all[len(all)-1]
	if other := another(numeric, t.Reference[m[2]:m[3]]); other != "" {
		return t.Reference[:m[2]] + other + t.Reference[m[3]:]
	}
	return ""
}

var texTableUse = regexp.MustCompile(`table\[[^\]]*\] \{\\datatable\}`)

// latexMadeUp draws a few points in the place of the data.
func latexMadeUp(t tasks.Task) string {
	if strings.Contains(t.Reference, "symbolic") {
		return ""
	}
	return texTableUse.ReplaceAllString(t.Reference, "coordinates {(1,3) (2,7) (3,5) (4,11)}")
}

var asymptoteRules = []rule{
	numbersIn(`(?s)real\[\] \w+ = \{([^}]*)\};\s*\n(?:scale|draw|for|pen)`),
	replacing(Dropped, `(?m)^draw\(graph\(top.*\n`, ``, false),
	replacing(Dropped, `(?m)^draw\(circle\(.*\n`, ``, false),
	replacing(Dropped, `(?m)^(?:label|dot)\(.*\n`, ``, false),
	replacing(Dropped, `(?m)^draw\(.*Arrow\);\n`, ``, false),
	replacing(WrongScale, `(?m)^scale\(.*\n`, ``, false),
	replacing(WrongScale, ` \+ dashed`, ``, true),
	replacing(WrongScale, `0\.7\*length`, `0.5*length`, true),
	replacing(WrongScale, `-z\.y, z\.x`, `z.x, z.y`, true),
	replacing(WrongChart, `draw\(s, lightblue, meshpen=gray \+ 0\.3bp\)`, `draw(s, red)`, true),
	replacing(Unlabelled, `\b([xyz]axis3?)\("[^"]*", `, `$1(`, true),
	replacing(Unlabelled, `(?m)^label\(".*\n`, ``, true),
	replacing(WrongText, `"[A-Z][a-z]+[^"]*"`, `"Text"`, true),
	instead("size(5cm);\ndraw((0,0)--(1,1));\n"),
}

var htmlRules = []rule{
	numbersIn(`(?s)(?:const (?:rows|saar|series|points|calls|times) = |data: )([\[{][^;]*?[\]}])(?:\.sort|;|,? ?(?:backgroundColor|borderColor))`),
	replacing(WrongChart, `type: "bar"`, `type: "line"`, false),
	replacing(WrongChart, `type: "line"`, `type: "bar"`, false),
	replacing(WrongChart, `type: "(?:doughnut|radar)"`, `type: "bar"`, false),
	replacing(WrongChart, `type: "box"`, `type: "scatter"`, false),
	replacing(WrongChart, `areaStyle: \{\}, `, ``, false),
	replacing(WrongScale, `stack: "all", `, ``, false),
	replacing(WrongScale, `\.sort\(\(a, b\) => b\[1\] - a\[1\]\)`, ``, false),
	replacing(Dropped, `(?m)^    \{ label: "(?:Tweed|Sul)".*\n|^      \{ label: "(?:Tweed|Sul)".*\n`, ``, false),
	replacing(Dropped, `, Dokus: \[[^\]]*\]|, C: \[[^\]]*\]`, ``, false),
	replacing(Dropped, `(?m)^<div class="(?:row|e [a-z]+)".*</div>\n(</body>|</div>)`, `$1`, false),
	replacing(Dropped, `<circle[^>]*/><text[^>]*>[^<]*</text>`, ``, false),
	replacing(Unlabelled, `(?m)^<h2>.*\n`, ``, false),
	replacing(Unlabelled, `title: \{ (?:display: true, )?text: "[^"]*"(?:, font: \{[^}]*\}|, left: "center")? \}`, `title: {}`, false),
	replacing(Unlabelled, `scales: \{.*\},?\n`, "", false),
	replacing(WrongText, `>[A-Z][a-z]{3,}(?: [A-Z][a-z]+)?<`, `>Name<`, true),
	instead("<!DOCTYPE html>\n<html><body><h1>Chart</h1><div style=\"width:200px;height:100px;background:steelblue\"></div></body></html>\n"),
}
