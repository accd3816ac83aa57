package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// attempts of a task: what came of each round, "" for a pass.
func attempts(classes ...string) []Attempt {
	var all []Attempt
	for i, c := range classes {
		all = append(all, Attempt{Round: i, Passed: c == "", Class: c, Generated: 10, Evaluated: 5, Reused: 2 * i})
	}
	return all
}

func of(lang string, seconds float64, classes ...string) Result {
	return Result{Language: lang, Passed: classes[len(classes)-1] == "", Attempts: attempts(classes...), WorkS: seconds}
}

func TestFigures(t *testing.T) {
	half := 0.5
	results := []Result{
		of("python", 1, ""),
		of("python", 3, "Type", ""),
		of("svg", 9, "Syntax", "Syntax", "Unclosed", "Unclosed"),
		{Language: "svg", Error: "too long"},
	}
	results[0].Fidelity, results[0].HasFacts = &half, true
	results[2].HasFacts = true
	results[2].Attempts[1].Identical = true
	f := Summarise(results, 3)
	assert.Equal(t, []float64{25, 50, 50, 50}, f.PassRate)
	assert.Equal(t, map[string][]int{"Type": {1, 0, 0, 0}, "Syntax": {1, 1, 0, 0}, "Unclosed": {0, 0, 1, 1}, "Unusable": {1, 1, 1, 1}}, f.ErrorClasses)
	assert.InDelta(t, 1.0/3, *f.RepairedShare, 1e-9)
	assert.InDelta(t, 0.25, *f.Fidelity, 1e-9, "a failed task with facts shows none of them")
	assert.InDelta(t, 0.5, *f.FidelityOfOK, 1e-9)
	assert.Equal(t, 2, f.FidelityTasks)
	assert.InDelta(t, 0.25, *f.IdenticalRate, 1e-9)
	assert.Equal(t, []int{70, 35, 14}, []int{f.Decoded, f.Evaluated, f.Reused})
	assert.InDelta(t, 2, *f.MedianS, 1e-9)
	assert.InDelta(t, 2.8, *f.P90S, 1e-9)

	none := Summarise([]Result{of("svg", 1, "")}, 0)
	assert.Nil(t, none.RepairedShare)
	assert.Nil(t, none.IdenticalRate)
	assert.Nil(t, none.Fidelity)
	assert.Equal(t, []float64{100}, none.PassRate)
	empty := Summarise(nil, 1)
	require.Equal(t, []float64{0, 0}, empty.PassRate)
	assert.Nil(t, empty.MedianS)
}

func TestClasses(t *testing.T) {
	for _, c := range []struct{ language, kind, message, want string }{
		{"python", "program", "AttributeError: 'Axes' object has no attribute 'x'", "Attribute"},
		{"python", "program", "ModuleNotFoundError: No module named 'x'", "ModuleNotFound"},
		{"python", "program", "altair.utils.schemapi.SchemaValidationError: 'x' is invalid", "SchemaValidation"},
		{"python", "syntax", "SyntaxError: invalid syntax", "Syntax"},
		{"python", "timeout", "the program was stopped after 30s, the time limit", "Timeout"},
		{"python", "timeout", "the program was stopped because it used too much memory", "Limit"},
		{"python", "no-program", "The answer held no block", "NoProgram"},
		{"python", "blank", "the picture shows nothing", "Blank"},
		{"vegalite", "syntax", "not valid JSON: invalid character '/'", "JSONDecode"},
		{"vegalite", "program", `mark cannot be "barr"; it can be …`, "Parse"},
		{"lilypond", "syntax", "syntax error, unexpected '}'", "Syntax"},
		{"lilypond", "program", "wrong type for argument 1. Expecting music, found 3", "Type"},
		{"mermaid", "syntax", "unknown diagram type: barchart", "UnknownDiagram"},
		{"mermaid", "syntax", "Parse error: unexpected “(”", "Syntax"},
		{"mermaid", "syntax", "the front matter is not valid YAML", "YAML"},
		{"svg", "syntax", "the document ends too early: <g> of line 2 is not closed", "Unclosed"},
		{"svg", "syntax", "invalid character entity", "Syntax"},
		{"latex", "program", `Undefined control sequence \undefd`, "Undefined"},
		{"latex", "program", "File `nosuchpackage.sty' not found", "Package"},
		{"latex", "program", "Missing $ inserted", "Syntax"},
		{"latex", "program", `the document ends without \end{document}`, "Structure"},
		{"latex", "program", "Dimension too large", "Runtime"},
		{"asymptote", "program", "no matching function 'draw(pair, string, int)'", "FunctionSignature"},
		{"asymptote", "program", "no matching variable 'drw'", "Variable"},
		{"asymptote", "program", "could not load module 'pgfplots'", "ModuleLoad"},
		{"asymptote", "program", "cannot cast 'string' to 'int'", "Cast"},
		{"asymptote", "program", "call of function 'mark(real)' is ambiguous", "AmbiguousCall"},
		{"asymptote", "program", "out-of-bounds index 2", "Runtime"},
		{"html", "program", "ReferenceError: values is not defined", "Page"},
		{"html", "program", `<rect> attribute height: Expected length, "NaN"`, "Console"},
		{"html", "program", `there is no file "data/sale.csv"`, "RequestFailed"},
		{"gnuplot", "program", "unknown plot style", "Other"},
	} {
		assert.Equal(t, c.want, Class(c.language, c.kind, c.message, c.message), "%s: %s", c.language, c.message)
	}
}
