// Package tasks holds drawing tasks of our own: instructions, data made up for
// them, a reference program each, and the facts that a right picture shows.
//
// A task is one file LANGUAGE/ID.txtar. Lines of "key: value" come first, then
//
//	-- plot --       what is to be drawn, the detailed part
//	-- output --     the request in one or two sentences
//	-- style --      wishes about looks
//	-- setup --      what may be used; missing: the usual words for the language
//	-- data.csv --   the data, where the task has any
//	-- reference --  a program that draws it
//	-- facts --      JSON, see selfdebug/fidelity
package tasks

import (
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"viscoder/selfdebug/fidelity"
)

//go:embed */*.txtar
var files embed.FS

// DataName is the name under which programs read a task's data.
const DataName = "data.csv"

// Task is one drawing task.
type Task struct {
	ID        string         `json:"id"`
	Language  string         `json:"language"`
	Category  string         `json:"category"` // one of Categories
	Setup     string         `json:"setup"`
	Task      string         `json:"task"`   // plot description
	Data      string         `json:"data"`   // CSV text, or ""
	Output    string         `json:"output"` // the request in short
	Style     string         `json:"style"`
	Libraries []string       `json:"libraries"`
	Reference string         `json:"reference"`
	Facts     fidelity.Facts `json:"facts"`
}

// Categories are those of VisPlotBench.
var Categories = []string{
	"3D", "Areas", "Bars", "Diagramming", "Distribution", "Hierarchies", "Lines", "Maps", "Matrix & Heatmaps", "Music",
	"Networks & Flows", "Radial & Polar", "Scatter & Relation",
}

// Parts of the split.
const (
	Dev  = "dev"  // to tune on
	Test = "test" // to report
)

// Split says which part a task belongs to. It depends on the id alone, so that
// new tasks move no others.
func Split(id string) string {
	h := fnv.New32a()
	h.Write([]byte(id))
	if h.Sum32()%5 < 2 {
		return Dev
	}
	return Test
}

// All returns the tasks by language and id. An error is a fault of the files.
func All() ([]Task, error) {
	names, err := fs.Glob(files, "*/*.txtar")
	if err != nil {
		return nil, err
	}
	var all []Task
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		t, err := parse(name, text)
		if err != nil {
			return nil, fmt.Errorf("bench/tasks/%s: %w", name, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// WriteJSONL writes tasks as `viscoder eval` reads them, one a line.
func WriteJSONL(w io.Writer, list []Task) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, t := range list {
		if err := encoder.Encode(t); err != nil {
			return err
		}
	}
	return nil
}

func parse(name string, text []byte) (Task, error) {
	a := txtar.Parse(text)
	t := Task{ID: strings.TrimSuffix(path.Base(name), ".txtar"), Language: path.Dir(name)}
	if err := t.header(string(a.Comment)); err != nil {
		return t, err
	}
	parts := map[string]string{}
	for _, f := range a.Files {
		parts[f.Name] = string(f.Data)
	}
	take := func(part string) string {
		text := parts[part]
		delete(parts, part)
		return text
	}
	t.Setup, t.Task = strings.TrimSpace(take("setup")), strings.TrimSpace(take("plot"))
	t.Output, t.Style = strings.TrimSpace(take("output")), strings.TrimSpace(take("style"))
	t.Data, t.Reference = take(DataName), take("reference")
	if t.Setup == "" {
		t.Setup = setup(t)
	}
	decoder := json.NewDecoder(strings.NewReader(take("facts")))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t.Facts); err != nil {
		return t, fmt.Errorf("facts: %w", err)
	}
	for part := range parts {
		return t, fmt.Errorf("unknown part %q", part)
	}
	return t, t.complete()
}

func (t *Task) header(text string) error {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
		case "":
		case "category":
			t.Category = value
		case "libraries":
			t.Libraries = strings.Split(value, ", ")
		default:
			return fmt.Errorf("unknown key %q", key)
		}
	}
	return nil
}

func (t *Task) complete() error {
	switch {
	case !slices.Contains(Categories, t.Category):
		return fmt.Errorf("category %q is none of %s", t.Category, strings.Join(Categories, ", "))
	case t.Task == "" || t.Output == "" || t.Style == "" || t.Reference == "":
		return fmt.Errorf("plot, output, style or reference is missing")
	case t.Language == "python" && len(t.Libraries) == 0:
		return fmt.Errorf("a Python task names its libraries")
	}
	return nil
}

// setup is the part of the instruction that says what to draw with.
func setup(t Task) string {
	switch t.Language {
	case "python":
		return "Use Python 3 with " + strings.Join(t.Libraries, ", ") + " and no other plotting library."
	case "vegalite":
		return "Write one Vega-Lite specification, a single JSON object with $schema. No raw Vega."
	case "lilypond":
		return "Write one LilyPond file that compiles by itself, with a version statement."
	case "mermaid":
		return "Write one Mermaid diagram that can be drawn as it stands."
	case "latex":
		return "Write one complete LaTeX document of the class standalone; TikZ and pgfplots may be used."
	case "asymptote":
		return "Write one Asymptote program that uses only the modules that come with it."
	case "svg":
		return "Write one SVG document with a viewBox, without scripts and external files."
	case "html":
		return "Write one self-contained HTML page; chart libraries may be loaded from cdn.jsdelivr.net."
	}
	return ""
}
