package profile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote shows a name or cell so that it cannot pass for part of a prompt: as it
// is where it is plain, else in double quotes with \uXXXX escapes for control
// and invisible characters, code fences and chat markers. The escapes mean the
// same character in Python, JSON and JavaScript, so a program may copy them.
func Quote(s string) string {
	if plain(s) {
		return s
	}
	return Literal(s)
}

// plain says that s needs no quotes: printable, no separators at its ends, and
// nothing that the table notation or the prompt gives a meaning.
func plain(s string) bool {
	if s == "" || s != strings.TrimSpace(s) || strings.ContainsAny(s, "\"\\,`<>|#{}[]") || strings.Contains(s, ": ") {
		return false
	}
	return strings.IndexFunc(s, unsafeRune) < 0 && utf8.ValidString(s)
}

func unsafeRune(r rune) bool {
	return r == utf8.RuneError || !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)
}

// Literal is Quote with the double quotes always there: a literal of Python, JSON and
// JavaScript alike.
func Literal(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	ticks := 0
	for i, r := range s {
		if r == '`' {
			ticks++
		} else {
			ticks = 0
		}
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unsafeRune(r), ticks >= 2, r == '<' && strings.HasPrefix(s[i:], "<|"):
			escape(&b, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func escape(b *strings.Builder, r rune) {
	if r > 0xffff {
		high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
		fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// EstimateTokens is a cautious guess at how many tokens a model makes of s:
// data is dense in digits and punctuation, about 2.5 characters a token.
func EstimateTokens(s string) int { return (utf8.RuneCountInString(s)*2 + 4) / 5 }

// detail says how much of a table is shown; smaller budgets get smaller ones.
type detail struct{ rows, values, cell int }

// details are tried in order until the text fits.
func details(rows int) []detail {
	list := []detail{{rows, maxCategories, 60}}
	for _, d := range []detail{{5, 12, 40}, {3, 8, 30}, {2, 5, 24}, {1, 3, 20}, {0, 3, 20}, {0, 0, 0}} {
		if d.rows <= rows {
			list = append(list, d)
		}
	}
	return list
}

// DefaultRows is how many first rows a prompt shows where it need not hold all.
const DefaultRows = 5

// Text describes the table in at most budget characters (bytes), with the
// first rows as far as they fit. It never fails: the smallest form is the
// first column names.
func (t *Table) Text(budget int) string { return t.TextRows(budget, DefaultRows) }

// TextRows is Text with another number of first rows; programs that cannot
// read files need them all.
func (t *Table) TextRows(budget, rows int) string {
	for _, d := range details(min(rows, headRows, t.Rows)) {
		if s := t.render(d, len(t.Columns)); len(s) <= budget {
			return s
		}
	}
	low, high := 0, len(t.Columns)
	for low < high { // the most columns that fit
		mid := (low + high + 1) / 2
		if len(t.render(detail{}, mid)) <= budget {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return cut(t.render(detail{}, low), budget)
}

// cut shortens s to n bytes at a rune boundary.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func (t *Table) render(d detail, columns int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, %s\n", Quote(t.Name), count(t.Rows, "row"), count(len(t.Columns), "column"))
	for _, c := range t.Columns[:columns] {
		fmt.Fprintf(&b, "- %s: %s\n", Quote(c.Name), c.describe(d, t.Rows))
	}
	if rest := len(t.Columns) - columns; rest > 0 {
		fmt.Fprintf(&b, "- and %s more\n", count(rest, "column"))
	}
	for _, n := range t.Notes {
		fmt.Fprintf(&b, "Note: %s.\n", n)
	}
	if d.rows > 0 {
		t.renderHead(&b, d, columns)
	}
	return b.String()
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func (t *Table) renderHead(b *strings.Builder, d detail, columns int) {
	title := "First rows"
	if d.rows >= t.Rows {
		title = "All rows"
	}
	fmt.Fprintf(b, "%s:\n", title)
	for i, c := range t.Columns[:columns] {
		separate(b, i)
		b.WriteString(Quote(c.Name))
	}
	b.WriteByte('\n')
	for r := range min(d.rows, t.Rows) {
		for i, c := range t.Columns[:columns] {
			separate(b, i)
			if r < len(c.Head) && c.Head[r] != "" {
				b.WriteString(Quote(clip(c.Head[r], d.cell)))
			}
		}
		b.WriteByte('\n')
	}
}

func separate(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

// describe says type, range or values, and what is missing.
func (c Column) describe(d detail, rows int) string {
	parts := []string{string(c.Type)}
	if c.Layout != "" && d.cell > 0 {
		parts[0] += " written as " + c.Layout
	}
	if c.Min != "" && d.cell > 0 {
		parts = append(parts, c.Min+" to "+c.Max)
	}
	if d.values > 0 {
		if v := c.valueList(d, rows); v != "" {
			parts = append(parts, v)
		}
	}
	if c.Missing > 0 {
		parts = append(parts, fmt.Sprintf("%d missing", c.Missing))
	}
	if c.Hint != "" {
		parts = append(parts, c.Hint)
	}
	return strings.Join(parts, ", ")
}

func (c Column) valueList(d detail, rows int) string {
	if c.Type != Category {
		if c.Distinct > 1 && c.Distinct*2 <= rows && c.Type != Float {
			return fmt.Sprintf("%d distinct", c.Distinct)
		}
		return ""
	}
	var shown []string
	for _, v := range c.Values[:min(len(c.Values), d.values)] {
		shown = append(shown, Literal(clip(v, d.cell)))
	}
	list := strings.Join(shown, ", ")
	if len(c.Values) > d.values {
		return fmt.Sprintf("%d values such as %s", len(c.Values), list)
	}
	return count(len(c.Values), "value") + " " + list
}
