package bench

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// writers are the formats of Write, by name.
var writers = []struct {
	name  string
	write func(io.Writer, []Row) error
}{
	{"md", writeMarkdown},
	{"csv", writeCSV},
	{"json", writeJSON},
	{"jsonl", writeJSONLines},
	{"sql", writeSQL},
	{"go", writeGo},
}

// Formats are the names Write knows.
func Formats() []string {
	var names []string
	for _, w := range writers {
		names = append(names, w.name)
	}
	return names
}

// Write prints rows: md for people, csv, json, jsonl and sql (for sqlite3) for
// programs, go for benchstat.
func Write(w io.Writer, rows []Row, format string) error {
	for _, known := range writers {
		if known.name == format {
			return known.write(w, rows)
		}
	}
	return fmt.Errorf("bench: no format %q; there are %s", format, strings.Join(Formats(), ", "))
}

// column is one field of a row in the tables.
type column struct {
	name  string // as in JSON
	value func(*Row) any
}

var columns = []column{
	{"commit", func(r *Row) any { return r.Commit }},
	{"cpu", func(r *Row) any { return r.CPU }},
	{"threads", func(r *Row) any { return r.Threads }},
	{"model", func(r *Row) any { return r.Model }},
	{"model_sha256", func(r *Row) any { return r.ModelSHA256 }},
	{"kv_type", func(r *Row) any { return r.KVType }},
	{"native_key", func(r *Row) any { return r.NativeKey }},
	{"bench", func(r *Row) any { return r.Bench }},
	{"test", func(r *Row) any { return r.Test }},
	{"engine", func(r *Row) any { return r.Engine }},
	{"kernels", func(r *Row) any { return r.Kernels }},
	{"depth", func(r *Row) any { return r.Depth }},
	{"rows", func(r *Row) any { return r.Rows }},
	{"tokens", func(r *Row) any { return r.Tokens }},
	{"ms", func(r *Row) any { return r.MS }},
	{"best_ms", func(r *Row) any { return r.BestMS }},
	{"tok_s", func(r *Row) any { return r.TokS }},
	{"vs_ggml", func(r *Row) any { return r.VsGGML }},
	{"vs_llama_bench", func(r *Row) any { return r.VsLlamaBench }},
	{"rate", func(r *Row) any { return r.Rate }},
	{"unit", func(r *Row) any { return r.Unit }},
	{"limit_ms", func(r *Row) any { return r.LimitMS }},
	{"limit_by", func(r *Row) any { return r.LimitBy }},
	{"of_limit", func(r *Row) any { return r.OfLimit }},
	{"samples_ns", func(r *Row) any { return r.Samples }},
}

// cell is a value as text without quotes; samples are joined by blanks.
func cell(value any) string {
	switch v := value.(type) {
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []time.Duration:
		var all []string
		for _, d := range v {
			all = append(all, strconv.FormatInt(d.Nanoseconds(), 10))
		}
		return strings.Join(all, " ")
	}
	return fmt.Sprint(value)
}

func writeCSV(w io.Writer, rows []Row) error {
	out := csv.NewWriter(w)
	record := make([]string, len(columns))
	for i, c := range columns {
		record[i] = c.name
	}
	_ = out.Write(record) // Error reports it
	for _, r := range rows {
		for i, c := range columns {
			record[i] = cell(c.value(&r))
		}
		_ = out.Write(record)
	}
	out.Flush()
	return out.Error()
}

func writeJSON(w io.Writer, rows []Row) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(rows)
}

func writeJSONLines(w io.Writer, rows []Row) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	for _, r := range rows {
		if err := encoder.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// table is the name in the SQL text.
const table = "viscoder_bench"

func writeSQL(w io.Writer, rows []Row) error {
	var b strings.Builder
	var names []string
	for _, c := range columns {
		names = append(names, strconv.Quote(c.name)+" "+sqlType(c.value(&Row{}))) // "commit" is a keyword
	}
	fmt.Fprintf(&b, "CREATE TABLE IF NOT EXISTS %s (\n  %s\n);\n", table, strings.Join(names, ",\n  "))
	for _, r := range rows {
		var values []string
		for _, c := range columns {
			values = append(values, sqlValue(c.value(&r)))
		}
		fmt.Fprintf(&b, "INSERT INTO %s VALUES (%s);\n", table, strings.Join(values, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func sqlType(value any) string {
	switch value.(type) {
	case int:
		return "INTEGER"
	case float64:
		return "REAL"
	}
	return "TEXT"
}

func sqlValue(value any) string {
	if sqlType(value) != "TEXT" {
		return cell(value)
	}
	return "'" + strings.ReplaceAll(cell(value), "'", "''") + "'"
}
