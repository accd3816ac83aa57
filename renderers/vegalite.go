package renderers

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// vegaliteDriver renders a specification inside the sandbox.
//
//go:embed vegalite/run.py
var vegaliteDriver string

const vegaliteProgram = "program.vl.json"

var vegalite = &Language{
	Name:       "vegalite",
	Title:      "Vega-Lite",
	Fences:     []string{"vegalite", "vega-lite", "json"},
	Extensions: []string{".vl.json", ".vegalite", ".json"},
	Use:        "declarative charts of small tables",
	Sample:     sample("vegalite.vl.json"),
	Needs:      []Tool{packageTool("vl-convert-python", "vl_convert", (*Tools).modulePython)},
	Parts:      []*Part{pythonPart},
	Prompt: PromptHints{
		System: "You are an expert in data visualization with Vega-Lite. Answer with exactly one complete specification in one ```vegalite block and nothing else.",
		Setup:  `Write one JSON object for Vega-Lite version 5 with "$schema": "https://vega.github.io/schema/vega-lite/v5.json". Strict JSON: no comments, no trailing commas. No Vega, and no data from the network.`,
		Plot:   "The specification must draw the picture as it stands: data, mark and encoding with explicit types, a title, and axis titles with units. Use the field names exactly as they are.",
		NoData: `No data file is given: put a small, plausible data set into "data": {"values": [...]}.`,
		DataLine: func(name, _ string) string {
			return fmt.Sprintf(`"data": {"url": %q}`, name)
		},
	},
	Plan:    planVegalite,
	Explain: explainVegalite,
}

func planVegalite(job *Job) (Plan, error) {
	if d := checkVegalite(job); d != nil {
		return Plan{}, d
	}
	python, err := job.tools.modulePython(context.Background(), "vl_convert")
	if err != nil {
		return Plan{}, err
	}
	p := driverPlan(python, vegaliteDriver, append([]string{vegaliteProgram, job.Format}, job.names()...)...)
	p.Files = map[string]string{vegaliteProgram: job.Program}
	return p, nil
}

func explainVegalite(job *Job, e Evidence) *Diagnostic {
	if r := e.Report.Error; r != nil && len(r.Path) > 0 {
		r.Line = jsonLine(job.Program, r.Path)
	}
	return explainError(job, e.Report.Error)
}

// checkVegalite finds what is wrong without rendering: no JSON, no single
// object, another language, or data that is not here.
func checkVegalite(job *Job) *Diagnostic {
	var spec any
	decoder := json.NewDecoder(strings.NewReader(job.Program))
	decoder.UseNumber()
	err := decoder.Decode(&spec)
	if err != nil {
		return explainJSON(job, err)
	}
	end := int(decoder.InputOffset())
	if rest := strings.TrimLeft(job.Program[end:], " \t\r\n"); rest != "" {
		return wrongJSON(job, "there is more after the end of the JSON object; write exactly one object", int64(len(job.Program)-len(rest)+1))
	}
	object, ok := spec.(map[string]any)
	if !ok {
		return wrongJSON(job, "the specification must be one JSON object", 1)
	}
	if schema, _ := object["$schema"].(string); strings.Contains(schema, "/schema/vega/") {
		return at(job, KindProgram, "this is a Vega specification, not Vega-Lite; use the schema https://vega.github.io/schema/vega-lite/v5.json", schema)
	}
	return checkSources(job, object)
}

// checkSources looks at every data source for files that are not here.
func checkSources(job *Job, node any) *Diagnostic {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			if d := checkSources(job, child); d != nil {
				return d
			}
		}
	case map[string]any:
		if data, ok := node["data"].(map[string]any); ok {
			if url, ok := data["url"].(string); ok && !slices.Contains(job.names(), localName(url)) {
				return missingSource(job, url)
			}
		}
		for _, key := range sortedKeys(node) {
			if key == "values" {
				continue
			}
			if d := checkSources(job, node[key]); d != nil {
				return d
			}
		}
	}
	return nil
}

// localName is the file that a relative address means; a data file lies beside
// the specification, whatever folder a model imagines.
func localName(url string) string {
	if strings.Contains(url, "://") || strings.HasPrefix(url, "//") || strings.HasPrefix(url, "data:") {
		return ""
	}
	return path.Base(url)
}

func missingSource(job *Job, url string) *Diagnostic {
	what, kind := fmt.Sprintf("data.url %q: there is no such file", clip(url, 80)), KindProgram
	if localName(url) == "" {
		what, kind = fmt.Sprintf("data.url %q: there is no network", clip(url, 80)), KindDenied
	}
	note := `; put the rows into "data": {"values": [...]}`
	if names := job.names(); len(names) > 0 {
		note = fmt.Sprintf("; the data is in %q", strings.Join(names, `", "`))
	}
	return at(job, kind, what+note, url)
}

// at makes a diagnostic for the line on which a string stands.
func at(job *Job, kind, message, where string) *Diagnostic {
	line := 0
	if i := strings.Index(job.Program, where); i >= 0 && where != "" {
		line = strings.Count(job.Program[:i], "\n") + 1
	}
	return &Diagnostic{Kind: kind, Line: line, Message: message, Text: feedback(message, job.Program, line, 0, ""), Full: message}
}

func explainJSON(job *Job, err error) *Diagnostic {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return wrongJSON(job, strings.TrimPrefix(syntax.Error(), "json: "), syntax.Offset)
	case strings.TrimSpace(job.Program) == "":
		return wrongJSON(job, "the specification is empty", 1)
	}
	return wrongJSON(job, "the JSON ends before it is complete: a bracket is not closed", int64(len(strings.TrimRight(job.Program, " \n"))))
}

// wrongJSON is a syntax error at an offset in bytes, from 1.
func wrongJSON(job *Job, what string, offset int64) *Diagnostic {
	line, column := position(job.Program, offset)
	message := "not valid JSON: " + what
	return &Diagnostic{Kind: KindSyntax, Line: line, Message: message, Text: feedback(message, job.Program, line, column, ""), Full: fmt.Sprintf("%s (line %d, column %d)", message, line, column)}
}

// position turns an offset in bytes, from 1, into line and column, from 1.
func position(text string, offset int64) (line, column int) {
	before := text[:max(0, min(int(offset)-1, len(text)))]
	line = strings.Count(before, "\n") + 1
	return line, len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
