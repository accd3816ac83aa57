package eval

import (
	"encoding/json"
	"strings"

	"viscoder/bench/tasks"
	"viscoder/internal/fault"
	"viscoder/renderers"
)

// Task is one thing to be drawn, and what is known of how it should look. The
// JSON names are those of our own task files.
type Task struct {
	ID          string          `json:"id"` // unique within its language
	Language    string          `json:"language"`
	Instruction string          `json:"task"`
	Output      string          `json:"output,omitempty"` // the instruction in short
	Style       string          `json:"style,omitempty"`
	Setup       string          `json:"setup,omitempty"`     // what may be used, instead of the language's own words
	Libraries   []string        `json:"libraries,omitempty"` // plotting libraries to use, where Setup does not say
	Data        string          `json:"data,omitempty"`      // CSV text, header first; programs see data.csv
	Definitions string          `json:"definitions,omitempty"`
	Reference   string          `json:"reference,omitempty"` // a program that draws it rightly
	Category    string          `json:"category,omitempty"`
	Facts       json.RawMessage `json:"facts,omitempty"` // what the picture has to show, for a Checker

	Picture []byte `json:"-"` // how it should look: a PNG, JPEG, GIF or WebP file; nil if unknown
	Origin  string `json:"-"` // file:line
}

// Key names a task among those of all languages.
func (t Task) Key() string { return t.Language + "/" + t.ID }

// Splits of a set of tasks; what is tuned on dev is reported on test.
const (
	SplitAll  = "all"
	SplitDev  = tasks.Dev
	SplitTest = tasks.Test
)

// Split is dev or test, two tasks in five dev, by a hash of the id alone: new
// tasks move no others.
func (t Task) Split() string { return tasks.Split(t.ID) }

// maxID bounds what becomes part of a file name.
const maxID = 100

// validate names what is missing, or makes the language's name canonical.
func (t *Task) validate() error {
	lang, known := renderers.ByName(t.Language)
	switch {
	case strings.TrimSpace(t.ID) == "":
		return fault.New(fault.Usage, "%s: the task has no id", t.Origin)
	case len(t.ID) > maxID:
		return fault.New(fault.Usage, "%s: the id is longer than %d bytes", t.Origin, maxID)
	case strings.TrimSpace(t.Instruction) == "":
		return fault.New(fault.Usage, "%s: task %s has no instruction (task, or task__plot_description)", t.Origin, t.ID)
	case t.Language == "":
		return fault.New(fault.Usage, "%s: task %s names no language, and neither does the file's path", t.Origin, t.ID).
			WithHint("add a language field, put the file into a folder named by its language, or give --lang")
	case !known:
		return fault.New(fault.Usage, "%s: task %s: unknown language %q", t.Origin, t.ID, t.Language).
			WithHint("known are: %s", strings.Join(renderers.Names(), ", "))
	}
	t.Language = lang.Name
	return t.checkFacts()
}
