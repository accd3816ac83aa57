package renderers

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/sandbox"
)

// hostileProgram tries to carry SECRET, a file of the host, into what comes
// back, or to leave the file OUTSIDE on the host. Both stand for real paths.
type hostileProgram struct {
	name     string
	language *Language
	program  string
}

func hostileToolchainPrograms() []hostileProgram {
	return []hostileProgram{
		{"LaTeX runs a shell", latex, `\documentclass{article}\begin{document}x\immediate\write18{cat SECRET > leak.svg; cp SECRET OUTSIDE}\input{|"cat SECRET"}\end{document}`},
		{"LaTeX reads a file and prints it", latex, `\documentclass{article}\begin{document}\newread\f\openin\f=SECRET \ifeof\f\else\loop\unless\ifeof\f\read\f to\l\typeout{\l}\repeat\fi x\input{SECRET}\end{document}`},
		{"LaTeX writes outside", latex, `\documentclass{article}\begin{document}x\newwrite\f\immediate\openout\f=OUTSIDE \immediate\write\f{x}\immediate\closeout\f\end{document}`},
		{"LaTeX takes a table from elsewhere", latex, `\documentclass{standalone}\usepackage{pgfplots,verbatim}\begin{document}\verbatiminput{SECRET}\begin{tikzpicture}\begin{axis}\addplot table{SECRET};\end{axis}\end{tikzpicture}\end{document}`},
		{"Lua runs a shell and reads", latex, `\documentclass{article}\usepackage{luacode}\begin{document}\directlua{local f=io.open("SECRET") if f then texio.write_nl(f:read("*a")) end os.execute("cat SECRET > leak.svg; cp SECRET OUTSIDE") local p=io.popen and io.popen("cat SECRET") if p then texio.write_nl(p:read("*a")) end}x\end{document}`},
		{"Lua opens a way to the C library", latex, `\documentclass{article}\usepackage{luacode}\begin{document}\directlua{local ok, ffi = pcall(require, "ffi") if ok then ffi.cdef("int system(const char *c);") ffi.C.system("cat SECRET; cp SECRET OUTSIDE") end}x\end{document}`},
		{"XeLaTeX includes a file", latex, `\documentclass{article}\usepackage{fontspec}\usepackage{graphicx}\begin{document}\setmainfont{SECRET}\includegraphics{SECRET}\end{document}`},
		{"Asymptote runs a shell", asymptote, `size(100); system("cat SECRET > leak.svg; cp SECRET OUTSIDE"); draw((0,0)--(1,1));`},
		{"Asymptote reads", asymptote, `size(100); file f=input("SECRET"); string s=f; write(s); label(s,(0,0));`},
		{"Asymptote takes its rights back", asymptote, `settings.safe=false; settings.globalread=true; settings.globalwrite=true; settings.gs="/bin/sh"; size(100); file f=input("SECRET"); string s=f; write(s); file g=output("OUTSIDE"); write(g,s); draw((0,0)--(1,1));`},
		{"a label of Asymptote reads", asymptote, `size(100); label("\input{SECRET}\immediate\write18{cp SECRET OUTSIDE}",(0,0)); draw((0,0)--(1,1));`},
		{"Scheme runs a shell", lilypond, `#(system "cat SECRET; cat SECRET > leak.svg; cp SECRET OUTSIDE") { c'4 }`},
		{"Scheme reads and writes", lilypond, `#(begin (use-modules (ice-9 rdelim)) (display (catch #t (lambda () (call-with-input-file "SECRET" read-string)) (lambda a "no"))) (catch #t (lambda () (call-with-output-file "OUTSIDE" (lambda (p) (display "x" p)))) (lambda a "no"))) { c'4 }`},
		{"LilyPond includes", lilypond, "\\include \"SECRET\"\n\\markup \\verbatim-file \"SECRET\"\n\\markup \\epsfile #X #10 \"SECRET\"\n{ c'4 }"},
		{"Graphviz shows an image", graphviz, `digraph { imagepath="/"; a [image="SECRET", shapefile="SECRET"]; b [label=<<table><tr><td><img src="SECRET"/></td></tr></table>>]; stylesheet="SECRET"; }`},
		{"gnuplot runs a shell", gnuplot, "system(\"cat SECRET > leak.svg; cp SECRET OUTSIDE\")\nprint `cat SECRET`\n!cat SECRET\nplot '<cat SECRET' using 1\nplot x\n"},
		{"gnuplot loads and saves", gnuplot, "set print 'OUTSIDE'\nprint 'x'\nset print\nset output 'OUTSIDE'\nload 'SECRET'\ncall 'SECRET'\nplot 'SECRET' using 1\n"},
		{"PlantUML includes", plantuml, "@startuml\n!include SECRET\n!includesub SECRET!x\nA -> B : %load_json(\"SECRET\")\n@enduml\n"},
		{"PlantUML includes by a variable", plantuml, "@startuml\n!$f = \"SECRET\"\n!include $f\nA -> B\n@enduml\n"},
	}
}

// tryHostile runs a program and returns everything that came back of it.
func tryHostile(t *testing.T, r *Runner, h hostileProgram, secret, outside string) string {
	t.Helper()
	out := t.TempDir()
	program := strings.NewReplacer("SECRET", secret, "OUTSIDE", outside).Replace(h.program)
	o, err := r.Run(context.Background(), Job{Language: h.language, Program: program, Out: out, Timeout: 10 * time.Second})
	require.NoError(t, err)
	back := o.Stdout + o.Stderr
	if o.Diagnostic != nil {
		back += o.Diagnostic.Text + o.Diagnostic.Full
	}
	require.NoError(t, filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		back += string(data)
		return err
	}))
	return back
}

func hostileFiles(t *testing.T) (secret, outside, word string) {
	t.Helper()
	dir := t.TempDir()
	// The user of the box may pass: only the box itself is to keep it out.
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		require.NoError(t, os.Chmod(d, 0o777))
	}
	word = "xyzzyplugh"
	secret, outside = filepath.Join(dir, "secret.txt"), filepath.Join(dir, "outside.txt")
	require.NoError(t, os.WriteFile(secret, []byte(word+" 1 2\n"), 0o666))
	return secret, outside, word
}

func TestHostileToolchains(t *testing.T) {
	r := newRunner(t)
	for _, h := range hostileToolchainPrograms() {
		t.Run(strings.ReplaceAll(h.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			secret, outside, word := hostileFiles(t)
			assert.NotContains(t, tryHostile(t, r, h, secret, outside), word, "the secret came out")
			assert.NoFileExists(t, outside)
		})
	}
}

// Without the box the same kind of program succeeds: the tests above can fail.
func TestHostileToolchainWithoutBox(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{Unsafe: true})
	require.NoError(t, err)
	secret, outside, word := hostileFiles(t)
	h := hostileProgram{"gnuplot runs a shell", gnuplot, "system('cp SECRET OUTSIDE')\nprint system('cat SECRET')\nplot x\n"}
	assert.Contains(t, tryHostile(t, NewRunner(box, Options{}), h, secret, outside), word)
	assert.FileExists(t, outside)
}
