package profile

import (
	"fmt"
	"strings"
)

// Pandas is the Python expression that reads the file into a data frame with
// the columns, numbers and dates that the profile describes.
func (t *Table) Pandas() string {
	args := []string{Literal(t.Name)}
	switch t.Format {
	case JSON:
		return t.pandasJSON()
	case JSONLines:
		return call("pd.read_json", append(append(args, "lines=True"), t.jsonDates()...))
	case Parquet:
		return fmt.Sprintf("pd.read_parquet(%s)", args[0])
	case XLSX:
		if t.Sheet != "" {
			args = append(args, "sheet_name="+Literal(t.Sheet))
		}
		return call("pd.read_excel", append(args, t.dateArgs()...))
	}
	return call("pd.read_csv", append(args, t.csvArgs()...))
}

func call(name string, args []string) string { return name + "(" + strings.Join(args, ", ") + ")" }

func (t *Table) csvArgs() []string {
	var args []string
	if t.Delimiter != "," {
		args = append(args, "sep="+pythonDelimiter(t.Delimiter))
	}
	if t.Decimal != "" {
		args = append(args, "decimal="+Literal(t.Decimal))
		if t.groupsByPoint() {
			args = append(args, `thousands="."`)
		}
	}
	if t.Encoding != "" {
		args = append(args, "encoding="+Literal(t.Encoding))
	}
	if t.NoHeader {
		args = append(args, "header=None")
	}
	if t.longRows {
		args = append(args, `on_bad_lines="skip"`)
	}
	return append(args, t.dateArgs()...)
}

func pythonDelimiter(d string) string {
	if d == "\t" {
		return `"\t"`
	}
	return Literal(d)
}

// jsonDates names the date columns for pd.read_json.
func (t *Table) jsonDates() []string {
	args := t.dateArgs()
	if len(args) == 0 {
		return nil
	}
	return []string{strings.Replace(args[0], "parse_dates", "convert_dates", 1)}
}

// dateArgs names the date columns; one layout can be named, if it is one.
func (t *Table) dateArgs() []string {
	var names []string
	layouts := map[string]bool{}
	layout := ""
	for i, c := range t.Columns {
		if c.Type != Date {
			continue
		}
		name := Literal(c.Name)
		if t.NoHeader {
			name = fmt.Sprint(i)
		}
		names, layout = append(names, name), c.Layout
		layouts[c.Layout] = true
	}
	if len(names) == 0 || len(names) > 8 {
		return nil
	}
	args := []string{"parse_dates=[" + strings.Join(names, ", ") + "]"}
	if layout != "" && len(layouts) == 1 {
		args = append(args, "date_format="+Literal(layout))
	}
	return args
}

// groupsByPoint says that some number reads like 1.234,5.
func (t *Table) groupsByPoint() bool {
	for _, c := range t.Columns {
		if c.Type != Float {
			continue
		}
		for _, cell := range c.Head {
			if strings.Contains(cell, ".") && strings.Contains(cell, ",") {
				return true
			}
		}
	}
	return false
}

func (t *Table) pandasJSON() string {
	name := Literal(t.Name)
	switch {
	case t.Split && t.RecordKey == "data":
		return call("pd.read_json", append([]string{name, `orient="split"`}, t.jsonDates()...))
	case t.RecordKey != "":
		return fmt.Sprintf("pd.DataFrame(json.load(open(%s))[%s])", name, Literal(t.RecordKey))
	}
	return call("pd.read_json", append([]string{name}, t.jsonDates()...))
}

// Dtype is the column type as pandas names it.
func (c Column) Dtype() string {
	switch {
	case c.Type == Integer && c.Missing == 0:
		return "int64"
	case c.Type == Integer, c.Type == Float, c.Type == Empty:
		return "float64"
	case c.Type == Bool && c.Missing == 0:
		return "bool"
	case c.Type == Date:
		return "datetime64[ns]" // as Pandas reads it
	}
	return "object"
}
