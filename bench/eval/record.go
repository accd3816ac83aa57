package eval

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/renderers/picture"
)

// record is a task as its file has it: the values of each column.
type record struct {
	at     string // file:line
	fields map[string][]string
	facts  json.RawMessage
}

func newRecord(at string) record { return record{at: at, fields: map[string][]string{}} }

func (r *record) add(name, value string) { r.fields[name] = append(r.fields[name], value) }

func (r *record) has(name string) bool { return len(r.fields[name]) > 0 }

// first is the first value of a column, "" without one.
func (r *record) first(name string) string {
	if !r.has(name) {
		return ""
	}
	return r.fields[name][0]
}

// The columns by which the forms of other benchmarks are known.
const (
	columnDescription = "task__plot_description" // VisPlotBench and PandasPlotBench
	columnStyle       = "task__plot_style"
	columnDataCSV     = "data_csv" // PandasPlotBench
	columnCode        = "code_plot"
)

// task reads the record by the form that its columns have. Where it names no
// language, it has the fallback.
func (r *record) task(fallback string) (Task, error) {
	t := Task{ID: r.first("id"), Language: r.first("language"), Origin: r.at, Facts: r.facts}
	if t.Language == "" {
		t.Language = fallback
	}
	var err error
	switch {
	case r.has("task"):
		r.ours(&t)
		err = r.picture(&t, "image")
	case r.has(columnDataCSV) || r.has(columnCode):
		r.pandasPlotBench(&t)
		err = r.picture(&t, "plots_gt")
	case r.has(columnDescription):
		r.visPlotBench(&t)
		err = r.picture(&t, "image")
	default:
		return t, fault.New(fault.Usage, "%s: neither a field task nor %s", r.at, columnDescription).
			WithHint("docs/EVAL.md describes the three forms of task files")
	}
	if err != nil {
		return t, err
	}
	return t, t.validate()
}

func (r *record) ours(t *Task) {
	t.Instruction, t.Output, t.Style, t.Setup = r.first("task"), r.first("output"), r.first("style"), r.first("setup")
	t.Libraries, t.Category = r.fields["libraries"], r.first("category")
	t.Data, t.Definitions, t.Reference = r.first("data"), r.first("definitions"), r.first("reference")
}

func (r *record) visPlotBench(t *Task) {
	t.Instruction, t.Style = r.first(columnDescription), r.first(columnStyle)
	t.Libraries, t.Category = r.fields["used_lib"], r.first("vis_cate")
	t.Data = r.first("data")
	if lang, ok := renderers.ByName(t.Language); ok && lang.Name == "asymptote" {
		t.Definitions, t.Data = t.Data, "" // there it is code of the language
	}
}

func (r *record) pandasPlotBench(t *Task) {
	t.Language = "python"
	t.Instruction, t.Style = r.first(columnDescription), r.first(columnStyle)
	t.Libraries = []string{"matplotlib"}
	t.Data, t.Reference = r.first(columnDataCSV), r.first(columnCode)
	if code := r.first("code_data"); t.Reference != "" && code != "" {
		t.Reference = code + "\n" + t.Reference
	}
}

// picture takes the picture that a task should lead to, as a file's bytes or
// those in base64.
func (r *record) picture(t *Task, column string) error {
	text := r.first(column)
	if text == "" {
		return nil
	}
	if picture.FormatOf([]byte(text[:min(len(text), 16)])) != "" {
		t.Picture = []byte(text)
		return nil
	}
	if _, after, ok := strings.Cut(text, ";base64,"); ok && strings.HasPrefix(text, "data:") {
		text = after
	}
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err == nil && picture.FormatOf(data[:min(len(data), 16)]) == "" {
		err = fmt.Errorf("no format that is known")
	}
	if err != nil {
		return fault.Wrap(err, fault.Usage, "%s: %s is no picture, neither as bytes nor in base64", r.at, column)
	}
	t.Picture = data
	return nil
}
