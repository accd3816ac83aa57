package renderers

import (
	"cmp"
	_ "embed"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const (
	cppProgram  = "program.cpp"
	cppNotBuilt = 97 // exit code of the script where the compiler failed
)

// cppTrace is linked to the program.
//
//go:embed cpp/trace.cc
var cppTrace string

const cppTraceFile = "viscoder-trace.cc"

// cppScript compiles, runs the program, and names the lines at which it crashed.
// Line tables let the linker name lines; the assertions of the library name an
// index that is out of range; addresses are fixed, so that they can be looked up.
const cppScript = `mkdir -p .viscoder
"$1" -std=c++17 -O1 -g1 -D_GLIBCXX_ASSERTIONS -fmax-errors=5 -fdiagnostics-color=never -fno-diagnostics-show-caret -no-pie -o .viscoder/program ` + cppProgram + ` ` + cppTraceFile + ` -lm -pthread || exit 97
.viscoder/program
code=$?
[ $code -lt 128 ] || [ ! -s .viscoder/trace ] || "$2" -i -e .viscoder/program $(head -n 48 .viscoder/trace) | sed -n 's/^.*\(program\.cpp:[0-9]*\).*$/  at \1/p' >&2
exit $code`

var cpp = &Language{
	Name:       "cpp",
	Title:      "C++",
	Fences:     []string{"cpp", "c++", "cc", "cxx"},
	Extensions: []string{".cpp", ".cc", ".cxx"},
	Use:        "images computed pixel by pixel, fractals",
	Sample:     sample("cpp.cpp"),
	Needs:      []Tool{systemTool("cpp", "g++", "--version"), packageTool("resvg-py", "resvg_py", (*Tools).modulePython)},
	Debian:     []string{"g++"},
	Parts:      []*Part{pythonPart},
	Prompt: PromptHints{
		System: "You are an expert in drawing with C++. Answer with exactly one complete program in one ```cpp block and nothing else.",
		Setup:  "C++17 with the standard library only: no other headers, no windows, no network.",
		Plot:   "The program must write its picture to a file: an SVG document as plot.svg (best for charts, with <text> for title and labels), or pixels as a binary PPM (P6) in plot.ppm. It has a main function and ends by itself.",
		NoData: "No data file is given: write a small, plausible data set into the program.",
		DataLine: func(name, kind string) string {
			if kind != "csv" && kind != "tsv" {
				return ""
			}
			return fmt.Sprintf("std::ifstream in(%q); // the first line holds the names of the columns", name)
		},
	},
	Plan:    planCpp,
	Explain: explainCpp,
}

func planCpp(job *Job) (Plan, error) {
	compiler, binds, err := systemProgram("cpp", "g++")
	if err != nil {
		return Plan{}, err
	}
	names := filepath.Join(filepath.Dir(compiler), "addr2line") // a part of what g++ needs
	return Plan{
		Args: []string{"/bin/sh", "-c", cppScript, "sh", compiler, names}, ReadOnly: binds, Env: []string{"LC_ALL=C"},
		Files: map[string]string{cppProgram: job.Program, cppTraceFile: cppTrace}, Printed: true,
	}, nil
}

var (
	cppError    = regexp.MustCompile(`(?m)^([^\s:][^:\n]*):(\d+):(?:(\d+):)? (?:fatal )?error: (.*)$`)
	cppRequired = regexp.MustCompile(`(?m)^program\.cpp:(\d+):(\d+):\s+required from here`)
	cppLink     = regexp.MustCompile("(?m)^(?:\\S*program\\.cpp:(\\d+))?.*?: (undefined reference to [`'].*|multiple definition of .*)$")
	cppThrown   = regexp.MustCompile(`(?m)^terminate called after throwing an instance of '([^']*)'(?:\n\s*what\(\):\s*(.*))?`)
	cppPlace    = regexp.MustCompile(`(?m)^  at program\.cpp:([0-9]+)$`)
	cppAssert   = regexp.MustCompile(`(?m)^.*Assertion '(.*)' failed\.$`)
)

func explainCpp(job *Job, e Evidence) *Diagnostic {
	said := plain(string(e.Result.Stderr))
	if e.Result.ExitCode == cppNotBuilt {
		return explainCompiler(job, said)
	}
	if e.Result.ExitCode == 0 {
		return nil
	}
	message, note := "", ""
	if m := cppThrown.FindStringSubmatch(said); m != nil {
		message = strings.TrimSuffix("uncaught exception "+m[1]+": "+m[2], ": ")
		if m[1] == "std::out_of_range" || m[1] == "std::invalid_argument" {
			note = "an index or a number that was read is not what the program takes it for"
		}
	} else if m := cppAssert.FindStringSubmatch(said); m != nil {
		message, note = "assertion failed: "+m[1], "an index is out of range"
	}
	line := 0
	if m := cppPlace.FindStringSubmatch(said); m != nil {
		line = atoi(m[1])
	}
	if message == "" && line == 0 {
		return explainExit(e.Result)
	}
	if message == "" {
		message = explainExit(e.Result).Message
	}
	return complaint{message: message, line: line, note: note, full: said}.diagnostic(job)
}

// explainCompiler is the first error: those after it mostly come of it.
func explainCompiler(job *Job, said string) *Diagnostic {
	r := &ReportedError{Syntax: true, Message: lastLine(said), Full: said}
	if m := cppError.FindStringSubmatch(said); m != nil {
		r.Message = m[4]
		if strings.HasSuffix(m[1], cppProgram) {
			r.Line, r.Column = number(m[2]), number(m[3])
		} else if from := cppRequired.FindStringSubmatch(said); from != nil {
			// Deep in a header: what counts is the line that led there.
			r.Line, r.Column = number(from[1]), number(from[2])
		}
		if n := len(cppError.FindAllString(said, -1)); n > 1 {
			r.Note = fmt.Sprintf("errors after this one, perhaps of the same cause: %d", n-1)
		}
	} else if m := cppLink.FindStringSubmatch(said); m != nil {
		r.Message, r.Line = cmp.Or(m[2], r.Message), number(m[1])
	}
	return explainError(job, r)
}

// number reads digits; nothing is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}
