package profile

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Type is what the values of a column are, by the narrowest type that fits all
// of those present.
type Type string

// The types of a column.
const (
	Integer  Type = "integer"
	Float    Type = "float"
	Date     Type = "date" // with or without a time of day
	Bool     Type = "bool"
	Category Type = "category" // text with few distinct values that repeat
	Text     Type = "text"
	Nested   Type = "nested" // lists or objects
	Empty    Type = "empty"  // no value at all
)

// Column is the profile of one column.
type Column struct {
	Name     string   `json:"name"`
	Type     Type     `json:"type"`
	Missing  int      `json:"missing"`            // rows without a value
	Min      string   `json:"min,omitempty"`      // integer, float and date
	Max      string   `json:"max,omitempty"`      //
	Distinct int      `json:"distinct,omitempty"` // number of distinct values; 0 = more than maxDistinct
	Values   []string `json:"values,omitempty"`   // the distinct values of a category, in order of appearance
	Layout   string   `json:"layout,omitempty"`   // strftime layout of dates that are not ISO 8601
	Hint     string   `json:"hint,omitempty"`     // what to do before use, such as "remove $ and ,"
	Head     []string `json:"head,omitempty"`     // first cells, at most headRows; missing is ""
}

const (
	headRows       = 40   // kept of each column; how many are shown is the prompt's choice
	maxDistinct    = 64   // beyond it distinct values are no longer tracked
	maxCategories  = 20   // distinct values a category may have
	maxKeptCell    = 120  // runes kept of one cell
	maxColumns     = 4096 // columns a file may have
	maxCellForDate = 40   // bytes; longer cells are never dates
)

// missingWords are the cells that pandas reads as missing.
var missingWords = map[string]bool{
	"": true, "NA": true, "N/A": true, "NaN": true, "nan": true, "null": true, "NULL": true, "None": true,
	"n/a": true, "#N/A": true, "<NA>": true, "-NaN": true, "-nan": true, "#NA": true, "#N/A N/A": true,
	"1.#IND": true, "1.#QNAN": true, "-1.#IND": true, "-1.#QNAN": true,
}

// collector gathers what a Column says, one cell at a time, in bounded memory.
type collector struct {
	name    string
	rows    int // cells seen, missing ones included
	missing int
	counts  struct{ integer, float, comma, date, boolean, adorned, nested int }
	lo, hi  float64
	styles  uint64 // bit i: dateStyles[i] fits every date so far
	spans   [len(dateStyles)]span
	seen    map[string]struct{}
	order   []string
	many    bool // more than maxDistinct values
	prose   bool // some value is neither number, date nor bool, so parsing others is idle
	adorn   string
	head    []string
}

func newCollector(name string) *collector {
	return &collector{name: name, seen: map[string]struct{}{}, styles: everyStyle,
		lo: math.Inf(1), hi: math.Inf(-1)}
}

func (c *collector) keepHead(cell string) {
	c.rows++
	if len(c.head) < headRows {
		c.head = append(c.head, clip(cell, maxKeptCell))
	}
}

// none records a missing value.
func (c *collector) none() {
	c.keepHead("")
	c.missing++
}

// cell records a cell of delimited text, whose type its spelling decides.
func (c *collector) cell(s string) {
	t := strings.TrimSpace(s)
	if missingWords[t] {
		c.none()
		return
	}
	c.keepHead(s)
	c.distinct(s)
	if c.prose {
		return
	}
	if v, integer, ok := parseNumber(t); ok {
		c.number(v, integer)
		return
	}
	c.word(t)
}

// text records a value that is a string for certain: it may spell a date, but
// not a number.
func (c *collector) text(s string) {
	if s == "" {
		c.none()
		return
	}
	c.keepHead(s)
	c.distinct(s)
	c.addDate(strings.TrimSpace(s))
}

// num records a value that is a number for certain; shown is its spelling.
func (c *collector) num(v float64, integer bool, shown string) {
	if math.IsNaN(v) {
		c.none()
		return
	}
	c.keepHead(shown)
	c.distinct(shown)
	c.number(v, integer)
}

func (c *collector) flag(v bool) {
	s := "False"
	if v {
		s = "True"
	}
	c.keepHead(s)
	c.distinct(s)
	c.counts.boolean++
}

func (c *collector) nest(shown string) {
	c.keepHead(shown)
	c.counts.nested++
	c.many = true
}

func (c *collector) number(v float64, integer bool) {
	if integer {
		c.counts.integer++
	} else {
		c.counts.float++
	}
	if !math.IsInf(v, 0) {
		c.lo, c.hi = min(c.lo, v), max(c.hi, v)
	}
}

// word records a spelling that is no plain number.
func (c *collector) word(t string) {
	if isBool(t) {
		c.counts.boolean++
		return
	}
	if c.addDate(t) {
		return
	}
	v, comma := parseCommaNumber(t)
	if comma {
		c.counts.comma++
		c.lo, c.hi = min(c.lo, v), max(c.hi, v)
	}
	marks, adorned := adornments(t)
	c.prose = !comma && !adorned
	if adorned {
		c.counts.adorned++
		for _, m := range marks {
			if !strings.ContainsRune(c.adorn, m) && len(c.adorn) < 16 {
				c.adorn += string(m)
			}
		}
	}
}

func (c *collector) distinct(s string) {
	if c.many {
		return
	}
	if len(s) > 4*maxKeptCell {
		s = s[:4*maxKeptCell]
	}
	if _, ok := c.seen[s]; ok {
		return
	}
	if len(c.seen) == maxDistinct {
		c.many, c.seen, c.order = true, nil, nil
		return
	}
	s = strings.Clone(s) // the reader's buffer is reused
	c.seen[s] = struct{}{}
	c.order = append(c.order, s)
}

// column is the verdict over all cells; decimalComma says that the file writes
// numbers with a decimal comma.
func (c *collector) column(decimalComma bool) Column {
	col := Column{Name: c.name, Missing: c.missing, Head: c.head, Type: c.kind(decimalComma)}
	if !c.many {
		col.Distinct = len(c.seen)
	}
	present := c.rows - c.missing
	switch col.Type {
	case Integer, Float:
		if !math.IsInf(c.lo, 0) {
			col.Min, col.Max = formatNumber(c.lo), formatNumber(c.hi)
		}
	case Date:
		days, layout := c.dateVerdict()
		col.Min, col.Max, col.Layout = isoDate(days.from), isoDate(days.to), layout
	case Category:
		col.Values = make([]string, len(c.order))
		for i, v := range c.order {
			col.Values[i] = clip(v, maxKeptCell)
		}
	case Text:
		if c.counts.adorned+c.counts.integer+c.counts.float == present && c.counts.adorned > 0 {
			col.Hint = "numbers as text: remove " + spaced(c.adorn)
		}
	}
	return col
}

func (c *collector) kind(decimalComma bool) Type {
	n, present := c.counts, c.rows-c.missing
	numbers := n.integer + n.float
	if decimalComma {
		numbers += n.comma
	}
	switch {
	case present == 0:
		return Empty
	case n.nested > 0:
		return Nested
	case n.integer == present: // gaps or not: pandas makes floats of them, people do not
		return Integer
	case numbers == present:
		return Float
	case n.boolean == present:
		return Bool
	case n.date == present:
		return Date
	case n.adorned+n.integer+n.float == present:
		return Text
	case !c.many && len(c.seen) <= maxCategories && len(c.seen)*2 <= present:
		return Category
	}
	return Text
}

// onlyCommaNumbers says that the column makes sense as numbers with a decimal
// comma, and in no other way.
func (c *collector) onlyCommaNumbers() bool {
	return c.counts.comma > 0 && c.counts.comma+c.counts.integer == c.rows-c.missing
}

func spaced(s string) string {
	var parts []string
	for _, r := range s {
		parts = append(parts, Quote(string(r)))
	}
	slices.Sort(parts)
	return strings.Join(parts, " and ")
}

func isBool(s string) bool {
	switch s {
	case "true", "false", "True", "False", "TRUE", "FALSE":
		return true
	}
	return false
}

// parseNumber reads what pandas reads as a number without being told more.
func parseNumber(s string) (v float64, integer, ok bool) {
	if s == "" || len(s) > 64 {
		return 0, false, false
	}
	integer = true
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b >= '0' && b <= '9':
		case b == '-' || b == '+':
			integer = integer && i == 0
		case b == '.' || b == 'e' || b == 'E':
			integer = false
		default:
			return infinite(s)
		}
	}
	if integer {
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return float64(n), true, true
		}
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, false, err == nil
}

func infinite(s string) (float64, bool, bool) {
	switch strings.ToLower(s) {
	case "inf", "+inf", "infinity":
		return math.Inf(1), false, true
	case "-inf", "-infinity":
		return math.Inf(-1), false, true
	}
	return 0, false, false
}

// parseCommaNumber reads "1,5" and "1.234,5".
func parseCommaNumber(s string) (float64, bool) {
	whole, frac, ok := strings.Cut(s, ",")
	if !ok || frac == "" || len(s) > 40 || strings.Trim(frac, "0123456789") != "" {
		return 0, false
	}
	groups := strings.Split(strings.TrimLeft(whole, "+-"), ".")
	for i, g := range groups {
		if g == "" || strings.Trim(g, "0123456789") != "" || (i > 0 && len(g) != 3) {
			return 0, false
		}
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(whole, ".", "")+"."+frac, 64)
	return v, err == nil
}

// adornments says whether s is a number in print dress ("$1,200", "45 %") and
// which characters have to go before it can be read.
func adornments(s string) (marks []rune, ok bool) {
	if len(s) > 40 || !utf8.ValidString(s) {
		return nil, false
	}
	bare := strings.Map(func(r rune) rune {
		if strings.ContainsRune("$€£¥%, _'\u00a0\u202f", r) {
			marks = append(marks, r)
			return -1
		}
		return r
	}, s)
	if len(marks) == 0 || !hasDigitsFirst(bare) {
		return nil, false
	}
	_, _, ok = parseNumber(bare)
	return marks, ok
}

func hasDigitsFirst(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return s != "" && s[0] >= '0' && s[0] <= '9'
}

func formatNumber(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// clip shortens s to n runes, the last of them an ellipsis, and copies it.
func clip(s string, n int) string {
	if len(s) <= n {
		return strings.Clone(s)
	}
	count := 0
	for i := range s {
		if count == n-1 {
			if utf8.RuneCountInString(s[i:]) <= 1 {
				break
			}
			return s[:i] + "…"
		}
		count++
	}
	return strings.Clone(s)
}
