package profile

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"
)

// sniffDelimiter finds the delimiter under which most of the first records have
// the same number of fields, more than one; a comma in doubt.
func sniffDelimiter(sample []byte) byte {
	best, bestScore := byte(','), 0.0
	for i := 0; i < len(delimiters); i++ {
		if score := delimiterScore(sample, delimiters[i]); score > bestScore {
			best, bestScore = delimiters[i], score
		}
	}
	return best
}

// delimiterScore is the share of records that have as many fields as the
// first, a little more where there are more fields; 0 for single fields.
func delimiterScore(sample []byte, delim byte) float64 {
	rows := sampleRows(sample, delim)
	if len(rows) == 0 || len(rows[0]) < 2 {
		return 0
	}
	same := 0
	for _, row := range rows {
		if len(row) == len(rows[0]) {
			same++
		}
	}
	return float64(same)/float64(len(rows)) + 0.001*float64(min(len(rows[0]), 100))
}

// sampleRows splits the first records of the sample; the last one, which may
// be cut short, is left out where there are others.
func sampleRows(sample []byte, delim byte) [][]string {
	r := &records{in: bufio.NewReader(bytes.NewReader(sample)), delim: delim, line: 1}
	var rows [][]string
	for len(rows) < sniffRows {
		fields, err := r.next()
		if err != nil {
			break
		}
		row := make([]string, len(fields))
		for i, f := range fields {
			row[i] = strings.TrimSpace(r.text(f))
		}
		rows = append(rows, row)
	}
	if len(sample) >= sniffBytes && len(rows) > 1 && len(rows) < sniffRows {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// sniffHeader says whether the first record names the columns. It does not if
// it holds a number or a date above more of the same; ascending years, as in
// wide tables, are names.
func sniffHeader(sample []byte, delim byte) bool {
	rows := sampleRows(sample, delim)
	if len(rows) < 2 {
		return len(rows) == 1 && !anyValue(rows[0])
	}
	if yearsInRow(rows[0]) {
		return true
	}
	for i, name := range rows[0] {
		if isValue(name) && i < len(rows[1]) && isValue(rows[1][i]) {
			return false
		}
	}
	return true
}

func anyValue(row []string) bool {
	for _, cell := range row {
		if isValue(cell) {
			return true
		}
	}
	return false
}

func isValue(cell string) bool {
	if _, _, ok := parseNumber(cell); ok {
		return true
	}
	if _, ok := parseCommaNumber(cell); ok {
		return true
	}
	return newCollector("").addDate(cell)
}

// yearsInRow says that a row is a name followed by ascending years.
func yearsInRow(row []string) bool {
	if len(row) < 3 || isValue(row[0]) {
		return false
	}
	last := 0
	for _, cell := range row[1:] {
		year, err := strconv.Atoi(cell)
		if err != nil || year < 1500 || year > 2200 || year <= last {
			return false
		}
		last = year
	}
	return true
}
