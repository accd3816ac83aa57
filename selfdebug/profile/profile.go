// Package profile describes a data file to a language model: columns, types,
// ranges, missing values and first rows, cut to a budget of characters.
//
// Files are foreign bytes. They are read as a stream with bounded memory
// (documents that cannot be streamed are bounded by size), and whatever comes
// out of them is quoted so that it cannot pass for part of the prompt.
package profile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"viscoder/internal/fault"
)

// Format is how a data file is written.
type Format string

// The formats a profile can be made of.
const (
	CSV       Format = "csv" // any delimited text, see Table.Delimiter
	JSON      Format = "json"
	JSONLines Format = "jsonl"
	XLSX      Format = "xlsx"
	Parquet   Format = "parquet"
)

// readers is the closed set of formats by file name extension.
var readers = map[string]struct {
	format Format
	read   func(context.Context, *os.File, *builder) error
}{
	".csv":     {CSV, readCSV},
	".tsv":     {CSV, readCSV},
	".tab":     {CSV, readCSV},
	".txt":     {CSV, readCSV},
	".json":    {JSON, readJSON},
	".jsonl":   {JSONLines, readJSONLines},
	".ndjson":  {JSONLines, readJSONLines},
	".xlsx":    {XLSX, readXLSX},
	".xlsm":    {XLSX, readXLSX},
	".parquet": {Parquet, readParquet},
	".pq":      {Parquet, readParquet},
}

// Table is the profile of one file.
type Table struct {
	Name      string   `json:"name"`   // file name without its folder, as programs see it
	Path      string   `json:"path"`   // absolute path on the host
	Format    Format   `json:"format"` //
	Bytes     int64    `json:"bytes"`  //
	Rows      int      `json:"rows"`   // data rows, the header not counted
	Columns   []Column `json:"columns"`
	Delimiter string   `json:"delimiter,omitempty"`  // delimited text only
	Encoding  string   `json:"encoding,omitempty"`   // "" = UTF-8, else "latin-1" or "utf-16"
	Decimal   string   `json:"decimal,omitempty"`    // "," where numbers are written with a decimal comma
	NoHeader  bool     `json:"no_header,omitempty"`  // the first row is data; columns are called 0, 1, …
	Sheet     string   `json:"sheet,omitempty"`      // workbook only
	RecordKey string   `json:"record_key,omitempty"` // JSON only: key of the top-level object that holds the rows
	Split     bool     `json:"split,omitempty"`      // JSON only: {"columns": […], "data": [[…]]}
	ByColumn  bool     `json:"by_column,omitempty"`  // JSON only: {"a": […], "b": […]}
	Notes     []string `json:"notes,omitempty"`      // irregularities a reader of the file must know

	longRows bool // some rows have more fields than the header
}

// File reads the file at path and profiles it. Failures that the user can mend
// are fault.Usage errors naming the file and, where it is known, the line; a
// cancelled ctx ends the reading.
func File(ctx context.Context, path string) (*Table, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "data file %s", path)
	}
	f, size, err := open(abs, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, ok := readers[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return nil, unknownFormat(path)
	}
	b := newBuilder(Table{Name: filepath.Base(abs), Path: abs, Format: r.format, Bytes: size}, path)
	if err := r.read(ctx, f, b); err != nil {
		return nil, err
	}
	return b.table()
}

func open(abs, shown string) (*os.File, int64, error) {
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, 0, fault.New(fault.Usage, "data file %s does not exist", shown)
	case err != nil:
		return nil, 0, fault.Wrap(err, fault.Usage, "data file %s", shown)
	case !info.Mode().IsRegular():
		return nil, 0, fault.New(fault.Usage, "data file %s is not a regular file", shown).
			WithHint("Copy what it delivers into a file first.")
	case info.Size() == 0:
		return nil, 0, fault.New(fault.Usage, "data file %s is empty", shown)
	}
	f, err := os.Open(abs)
	if err != nil {
		return nil, 0, fault.Wrap(err, fault.Usage, "data file %s", shown)
	}
	return f, info.Size(), nil
}

func unknownFormat(path string) error {
	err := fault.New(fault.Usage, "data file %s has no known extension", path)
	if strings.EqualFold(filepath.Ext(path), ".xls") {
		return err.WithHint("Save the workbook as .xlsx or .csv.")
	}
	return err.WithHint("Known are .csv, .tsv, .txt, .json, .jsonl, .xlsx and .parquet.")
}
