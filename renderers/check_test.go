package renderers

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestSVGThatIsRefused(t *testing.T) {
	deep := `<svg xmlns="http://www.w3.org/2000/svg">` + strings.Repeat("<g>", 600) + strings.Repeat("</g>", 600) + "</svg>"
	const head = `<svg xmlns="http://www.w3.org/2000/svg">`
	for program, want := range map[string]string{
		"":                                   "there is no <svg> element",
		"Here is your picture:":              "text outside of the <svg> element",
		"<html></html>":                      "the root element is <html>, not <svg>",
		head + "</svg> done":                 "text outside of the <svg> element: done",
		deep:                                 "nested too deep",
		head + `<use href="a.svg#x"/></svg>`: `<use> refers to "a.svg#x"`,
		head + `<image href=" http://x/y.png"/></svg>`:     "nothing outside of the document",
		head + `<rect width=5/></svg>`:                     "unquoted or missing attribute value",
		"<!-- x -->" + `<!ENTITY a "b">` + head + "</svg>": "remove the <!ENTITY …>",
	} {
		_, d := checkSVG(&Job{Program: program})
		if assert.NotNil(t, d, program) {
			assert.Contains(t, d.Message, want)
		}
	}
}

func TestSVGThatIsTaken(t *testing.T) {
	for program, want := range map[string]svgSize{
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0,0 40 90"/>`:                            {40, 90},
		`<svg xmlns="http://www.w3.org/2000/svg" width="10" height="2e1px" viewBox="0 0 4 9"/>`:    {10, 20},
		`<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="5" viewBox="0 0 4 9"/>`:      {4, 9},
		`<svg xmlns="http://www.w3.org/2000/svg" width="x"/>`:                                      {},
		`<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,AA=="/></svg>`: {},
		`<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:use href="#a"/></s:svg>`:                   {},
	} {
		size, d := checkSVG(&Job{Program: program})
		assert.Nil(t, d, program)
		assert.Equal(t, want, size)
	}
}

func TestVegaliteSources(t *testing.T) {
	job := Job{Data: []DataFile{{Path: "/x/sales.csv"}}}
	for program, want := range map[string]string{
		`{"data": {"url": "sales.csv"}}`:                                       "",
		`{"data": {"url": "../any/sales.csv"}}`:                                "",
		`{"data": {"values": [{"data": {"url": "http://x"}}]}}`:                "",
		`{"data": {"url": "//host/sales.csv"}}`:                                "there is no network",
		`{"data": {"url": "file:///etc/sales.csv"}}`:                           "there is no network",
		`{"layer": [{"vconcat": [{"data": {"url": "b.csv"}}]}]}`:               "there is no such file",
		`{"transform": [{"lookup": "a", "from": {"data": {"url": "c.csv"}}}]}`: "there is no such file",
		`[]`:   "must be one JSON object",
		`"x"`:  "must be one JSON object",
		"":     "the specification is empty",
		"{} x": "exactly one object",
	} {
		job.Program = program
		d := checkVegalite(&job)
		if want == "" {
			assert.Nil(t, d, program)
		} else if assert.NotNil(t, d, program) {
			assert.Contains(t, d.Message, want)
		}
	}
}

func FuzzPrograms(f *testing.F) {
	f.Add(`<svg xmlns="http://www.w3.org/2000/svg"><g><rect/></g></svg>`)
	f.Add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>text{fill:red}</style><g style="opacity:.1;"><text x="1">a<tspan>b &lt;</tspan></text></g></svg>`)
	f.Add(`<!DOCTYPE a><svg></svg></svg>`)
	f.Add("{\"data\": {\"url\": \"x\"},\n \"a\": [1, {}]}")
	f.Add("{\"a\": \"\xff\"}")
	f.Fuzz(func(t *testing.T, program string) {
		job := &Job{Program: program, Data: []DataFile{{Name: "sales.csv"}}}
		_, fromSVG := checkSVG(job)
		if words, ok := wordsOf(program); ok && fromSVG == nil {
			_, again := checkSVG(&Job{Program: words.document})
			assert.Nil(t, again, "%+v", again)
			assert.LessOrEqual(t, len(words.texts), maxTexts)
		}
		for _, d := range []*Diagnostic{fromSVG, checkVegalite(job)} {
			if d == nil {
				continue
			}
			assert.NotEmpty(t, d.Kind)
			assert.True(t, utf8.ValidString(d.Text))
			assert.GreaterOrEqual(t, d.Line, 0)
			assert.LessOrEqual(t, d.Line, strings.Count(program, "\n")+1)
		}
	})
}

func FuzzReport(f *testing.F) {
	f.Add([]byte(`{"pictures": [{"file": "../x", "empty": "e"}], "error": {"message": "m", "line": -1}}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, ok := parseReport(strings.NewReader(string(data)))
		if !ok {
			assert.Equal(t, Report{}, r)
			return
		}
		if d := explainError(&Job{Program: "a\nb"}, r.Error); d != nil {
			assert.True(t, utf8.ValidString(d.Text))
			assert.NotContains(t, d.Message, "\n")
		}
	})
}
