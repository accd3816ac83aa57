package hostile

import (
	"time"

	"viscoder/renderers/sandbox"
)

// documentPrograms are in languages of typesetting and diagrams. LaTeX waits for
// ever for a file's name in a label of Asymptote.
func documentPrograms() []Program {
	return []Program{
		{Name: "LaTeX runs a shell", Language: "latex", Text: `\documentclass{article}\begin{document}x\immediate\write18{cat SECRET > leak.svg; cp SECRET OUTSIDE}\input{|"cat SECRET"}\end{document}`},
		{Name: "LaTeX reads a file and prints it", Language: "latex", Text: `\documentclass{article}\begin{document}\newread\f\openin\f=SECRET \ifeof\f\else\loop\unless\ifeof\f\read\f to\l\typeout{\l}\repeat\fi x\input{SECRET}\end{document}`},
		{Name: "LaTeX writes outside", Language: "latex", Text: `\documentclass{article}\begin{document}x\newwrite\f\immediate\openout\f=OUTSIDE \immediate\write\f{x}\immediate\closeout\f\end{document}`},
		{Name: "LaTeX takes a table from elsewhere", Language: "latex", Text: `\documentclass{standalone}\usepackage{pgfplots,verbatim}\begin{document}\verbatiminput{SECRET}\begin{tikzpicture}\begin{axis}\addplot table{SECRET};\end{axis}\end{tikzpicture}\end{document}`},
		{Name: "Lua runs a shell and reads", Language: "latex", Text: `\documentclass{article}\usepackage{luacode}\begin{document}\directlua{local f=io.open("SECRET") if f then texio.write_nl(f:read("*a")) end os.execute("cat SECRET > leak.svg; cp SECRET OUTSIDE") local p=io.popen and io.popen("cat SECRET") if p then texio.write_nl(p:read("*a")) end}x\end{document}`},
		{Name: "Lua opens a way to the C library", Language: "latex", Text: `\documentclass{article}\usepackage{luacode}\begin{document}\directlua{local ok, ffi = pcall(require, "ffi") if ok then ffi.cdef("int system(const char *c);") ffi.C.system("cat SECRET; cp SECRET OUTSIDE") end}x\end{document}`},
		{Name: "XeLaTeX includes a file", Language: "latex", Text: `\documentclass{article}\usepackage{fontspec}\usepackage{graphicx}\begin{document}\setmainfont{SECRET}\includegraphics{SECRET}\end{document}`},
		{Name: "Asymptote runs a shell", Language: "asymptote", Text: `size(100); system("cat SECRET > leak.svg; cp SECRET OUTSIDE"); draw((0,0)--(1,1));`},
		{Name: "Asymptote reads", Language: "asymptote", Text: `size(100); file f=input("SECRET"); string s=f; write(s); label(s,(0,0));`},
		{Name: "Asymptote takes its rights back", Language: "asymptote", Text: `settings.safe=false; settings.globalread=true; settings.globalwrite=true; settings.gs="/bin/sh"; size(100); file f=input("SECRET"); string s=f; write(s); file g=output("OUTSIDE"); write(g,s); draw((0,0)--(1,1));`},
		{Name: "a label of Asymptote reads", Language: "asymptote", Limits: sandbox.Limits{Wall: 3 * time.Second}, Text: `size(100); label("\input{SECRET}\immediate\write18{cp SECRET OUTSIDE}",(0,0)); draw((0,0)--(1,1));`},
		{Name: "Scheme runs a shell", Language: "lilypond", Text: `#(system "cat SECRET; cat SECRET > leak.svg; cp SECRET OUTSIDE") { c'4 }`},
		{Name: "Scheme reads and writes", Language: "lilypond", Text: `#(begin (use-modules (ice-9 rdelim)) (display (catch #t (lambda () (call-with-input-file "SECRET" read-string)) (lambda a "no"))) (catch #t (lambda () (call-with-output-file "OUTSIDE" (lambda (p) (display "x" p)))) (lambda a "no"))) { c'4 }`},
		{Name: "LilyPond includes", Language: "lilypond", Text: "\\include \"SECRET\"\n\\markup \\verbatim-file \"SECRET\"\n\\markup \\epsfile #X #10 \"SECRET\"\n{ c'4 }"},
		{Name: "Graphviz shows an image", Language: "graphviz", Text: `digraph { imagepath="/"; a [image="SECRET", shapefile="SECRET"]; b [label=<<table><tr><td><img src="SECRET"/></td></tr></table>>]; stylesheet="SECRET"; }`},
		{Name: "gnuplot runs a shell", Language: "gnuplot", Text: "system(\"cat SECRET > leak.svg; cp SECRET OUTSIDE\")\nprint `cat SECRET`\n!cat SECRET\nplot '<cat SECRET' using 1\nplot x\n"},
		{Name: "gnuplot loads and saves", Language: "gnuplot", Text: "set print 'OUTSIDE'\nprint 'x'\nset print\nset output 'OUTSIDE'\nload 'SECRET'\ncall 'SECRET'\nplot 'SECRET' using 1\n"},
		{Name: "PlantUML includes", Language: "plantuml", Text: "@startuml\n!include SECRET\n!includesub SECRET!x\nA -> B : %load_json(\"SECRET\")\n@enduml\n"},
		{Name: "PlantUML includes by a variable", Language: "plantuml", Text: "@startuml\n!$f = \"SECRET\"\n!include $f\nA -> B\n@enduml\n"},
	}
}
