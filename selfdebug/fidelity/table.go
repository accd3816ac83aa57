package fidelity

import (
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"strings"
)

// table is the data that a program was given.
type table struct {
	names []string
	rows  [][]string
}

func readTable(text string) table {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return table{}
	}
	return table{rows[0], rows[1:]}
}

// column is the place of a column, or -1.
func (t table) column(name string) int { return slices.Index(t.names, name) }

func (t table) cells(rows [][]string, name string) []string {
	at := t.column(name)
	var cells []string
	for _, r := range rows {
		if at >= 0 && at < len(r) {
			cells = append(cells, strings.TrimSpace(r[at]))
		}
	}
	return cells
}

// where picks rows.
func (t table) where(conditions map[string]string) [][]string {
	var rows [][]string
	for _, r := range t.rows {
		ok := true
		for name, want := range conditions {
			at := t.column(name)
			ok = ok && at >= 0 && at < len(r) && strings.TrimSpace(r[at]) == want
		}
		if ok {
			rows = append(rows, r)
		}
	}
	return rows
}

// groups splits rows by the values of columns, in order of appearance.
func (t table) groups(rows [][]string, by []string) [][][]string {
	if len(by) == 0 {
		return [][][]string{rows}
	}
	var keys []string
	found := map[string][][]string{}
	for _, r := range rows {
		var key strings.Builder
		for _, name := range by {
			if at := t.column(name); at >= 0 && at < len(r) {
				key.WriteString(r[at] + "\x00")
			}
		}
		if found[key.String()] == nil {
			keys = append(keys, key.String())
		}
		found[key.String()] = append(found[key.String()], r)
	}
	var list [][][]string
	for _, k := range keys {
		list = append(list, found[k])
	}
	return list
}

// expected are the numbers that a fact wants to see.
func (t table) expected(f DataFact) []float64 {
	if f.Values != nil {
		return f.Values
	}
	rows := t.where(f.Where)
	if f.Bins > 0 {
		return histogram(floats(t.cells(rows, f.Column)), f.Bins)
	}
	if f.Agg == "" && f.By == nil {
		return f.shares(floats(t.cells(rows, f.Column)))
	}
	var list []float64
	for _, g := range t.groups(rows, f.By) {
		if f.Agg == "count" {
			list = append(list, float64(len(g)))
			continue
		}
		list = append(list, aggregate(f.Agg, floats(t.cells(g, f.Column))))
	}
	return f.shares(list)
}

func (f DataFact) shares(list []float64) []float64 {
	if f.Share == "" {
		return list
	}
	total := aggregate("sum", list)
	for i := range list {
		list[i] /= total
	}
	return list
}

func aggregate(how string, v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	switch how {
	case "min":
		return slices.Min(v)
	case "max":
		return slices.Max(v)
	case "median":
		s := slices.Sorted(slices.Values(v))
		return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
	}
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	if how == "mean" {
		return sum / float64(len(v))
	}
	return sum
}

// floats reads numbers and leaves out what is none.
func floats(cells []string) []float64 {
	var list []float64
	for _, c := range cells {
		if f, err := strconv.ParseFloat(c, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			list = append(list, f)
		}
	}
	return list
}

// numeric says whether every cell that is not empty is a number.
func numeric(cells []string) bool {
	n := 0
	for _, c := range cells {
		if c == "" {
			continue
		}
		if _, err := strconv.ParseFloat(c, 64); err != nil {
			return false
		}
		n++
	}
	return n > 0
}

// histogram counts values in bins of one width, as numpy does.
func histogram(v []float64, bins int) []float64 {
	if len(v) == 0 {
		return nil
	}
	low, high := slices.Min(v), slices.Max(v)
	counts := make([]float64, bins)
	for _, x := range v {
		if high == low {
			counts[0]++
			continue
		}
		counts[min(int(float64(bins)*(x-low)/(high-low)), bins-1)]++
	}
	return counts
}
