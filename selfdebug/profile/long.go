package profile

// Long says how a table in long form would become one column for each series.
type Long struct {
	Index  string // column with the points: dates, years, names
	Series string // category whose values are the series
	Value  string // column with the numbers
}

// Long finds the long form: each point of one column has one row for each value
// of one category, and there are numbers beside. It is not claimed for tables
// that can be read so in two ways.
func (t *Table) Long() (Long, bool) {
	var found []Long
	for i, a := range t.Columns {
		for _, b := range t.Columns[i+1:] {
			value, ok := t.valueBeside(a.Name, b.Name)
			if !ok || !t.crosses(a, b) {
				continue
			}
			if a.Type == Category && (b.Type != Category || a.Distinct < b.Distinct) {
				found = append(found, Long{b.Name, a.Name, value})
			} else {
				found = append(found, Long{a.Name, b.Name, value})
			}
		}
		if i == maxPairs {
			break
		}
	}
	if len(found) != 1 {
		return Long{}, false
	}
	return found[0], true
}

const maxPairs = 16 // columns looked at

// crosses says that the table may hold each value of a with each value of b.
func (t *Table) crosses(a, b Column) bool {
	keys := a.Type != Float && b.Type != Float && (a.Type == Category || b.Type == Category)
	return keys && a.Distinct > 1 && b.Distinct > 1 && a.Distinct*b.Distinct == t.Rows
}

// valueBeside is the first column of numbers besides two others.
func (t *Table) valueBeside(a, b string) (string, bool) {
	for _, c := range t.Columns {
		if c.Name != a && c.Name != b && (c.Type == Integer || c.Type == Float) {
			return c.Name, true
		}
	}
	return "", false
}

// WideYears finds the wide form that statistics offices use: a first column of
// names, and one column of numbers for each year. It returns the first column's
// name.
func (t *Table) WideYears() (string, bool) {
	var header []string
	for i, c := range t.Columns {
		if i > 0 && c.Type != Integer && c.Type != Float {
			return "", false
		}
		header = append(header, c.Name)
	}
	if !yearsInRow(header) {
		return "", false
	}
	return header[0], true
}
