package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"viscoder/engine"
	"viscoder/internal/hostinfo"
)

// Report is what a benchmark measured and on what.
type Report struct {
	CPU       string `json:"cpu"`
	Threads   int    `json:"threads"`
	Model     string `json:"model"`
	KVType    string `json:"kv_type"`
	NativeKey string `json:"native_key"`
	Rows      []*Row `json:"rows"`
	Baseline  []*Row `json:"baseline,omitempty"` // same tests as Rows, in the same order
}

func newReport(info engine.Info, rows []*Row) *Report {
	return &Report{
		CPU:       hostinfo.Read().CPU.Model,
		Threads:   info.Threads,
		Model:     strings.TrimSuffix(filepath.Base(info.Path), ".gguf"),
		KVType:    "f16",
		NativeKey: info.NativeKey,
		Rows:      rows,
	}
}

// Formats are the names Write knows.
func Formats() []string { return []string{"md", "json", "go"} }

// Write prints the report: md for people, json for programs, go for benchstat.
func (r *Report) Write(w io.Writer, format string) error {
	switch format {
	case "md":
		return r.writeMarkdown(w)
	case "json":
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	case "go":
		return r.writeGo(w)
	}
	return fmt.Errorf("bench: no format %q; there are %s", format, strings.Join(Formats(), ", "))
}

func (r *Report) writeMarkdown(w io.Writer) error {
	fmt.Fprintf(w, "%s, %d threads, KV %s, native %s\n\n", r.CPU, r.Threads, r.KVType, r.NativeKey)
	fmt.Fprintln(w, "| model | test | engine | tok/s | min … max | ratio |")
	fmt.Fprintln(w, "| --- | --- | --- | --: | --: | --: |")
	for i, row := range r.Rows {
		ratio := ""
		if r.Baseline != nil {
			ratio = fmt.Sprintf("%.3f", pairedRatio(row, r.Baseline[i]))
			r.line(w, r.Baseline[i], "1")
		}
		r.line(w, row, ratio)
	}
	_, err := fmt.Fprintln(w)
	return err
}

func (r *Report) line(w io.Writer, row *Row, ratio string) {
	low, high := row.spread()
	fmt.Fprintf(w, "| %s | %s | %s | %.2f | %.2f … %.2f | %s |\n", r.Model, row.Test, row.Engine, row.TokensPerSecond(), low, high, ratio)
}

func (r *Report) writeGo(w io.Writer) error {
	fmt.Fprintf(w, "cpu: %s\nthreads: %d\nkv: %s\nnative: %s\n", r.CPU, r.Threads, r.KVType, r.NativeKey)
	for _, row := range append(append([]*Row(nil), r.Rows...), r.Baseline...) {
		for _, line := range row.benchLines(r.Model) {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
	}
	return nil
}
