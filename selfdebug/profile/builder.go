package profile

import (
	"errors"
	"fmt"
	"strconv"

	"viscoder/internal/fault"
)

// builder assembles a Table row by row, whatever the format.
type builder struct {
	shown string // the path as the user wrote it, for messages
	t     Table
	cols  []*collector
	index map[string]int
}

func newBuilder(t Table, shown string) *builder {
	return &builder{shown: shown, t: t, index: map[string]int{}}
}

// bad is a fault of the file itself; line 0 = not known.
func (b *builder) bad(line int, format string, args ...any) *fault.Error {
	where := "data file " + b.shown
	if line > 0 {
		where += " line " + strconv.Itoa(line)
	}
	return fault.New(fault.Usage, "%s: %s", where, fmt.Sprintf(format, args...))
}

func (b *builder) note(format string, args ...any) {
	b.t.Notes = append(b.t.Notes, fmt.Sprintf(format, args...))
}

// column returns the collector called name, making it where it is new; rows
// already read have no value in a new column.
func (b *builder) column(name string) (*collector, error) {
	if i, ok := b.index[name]; ok {
		return b.cols[i], nil
	}
	if len(b.cols) == maxColumns {
		return nil, b.bad(0, "has more than %d columns", maxColumns)
	}
	c := newCollector(name)
	c.skip(b.t.Rows)
	b.index[name] = len(b.cols)
	b.cols = append(b.cols, c)
	return c, nil
}

// endRow counts a row; columns that got nothing in it miss a value.
func (b *builder) endRow() {
	b.t.Rows++
	for _, c := range b.cols {
		if c.rows < b.t.Rows {
			c.none()
		}
	}
}

// skip records n rows without a value.
func (c *collector) skip(n int) {
	for len(c.head) < min(n, headRows) {
		c.head = append(c.head, "")
	}
	c.rows, c.missing = c.rows+n, c.missing+n
}

// setHeader names the columns as pandas would: empty names become
// "Unnamed: i", repeated ones get ".1", ".2", …
func (b *builder) setHeader(names []string) error {
	repeated := false
	for i, name := range names {
		if name == "" {
			name = "Unnamed: " + strconv.Itoa(i)
		}
		unique := name
		for n := 1; ; n++ {
			if _, taken := b.index[unique]; !taken {
				break
			}
			unique, repeated = name+"."+strconv.Itoa(n), true
		}
		if _, err := b.column(unique); err != nil {
			return err
		}
	}
	if repeated {
		b.note("the header repeats a name; the later columns carry a number")
	}
	return nil
}

// table is the finished profile.
func (b *builder) table() (*Table, error) {
	if len(b.cols) == 0 {
		return nil, b.bad(0, "holds no columns")
	}
	comma := b.t.Format == CSV && b.t.Delimiter != "," && b.hasCommaNumbers()
	if comma {
		b.t.Decimal = ","
	}
	for _, c := range b.cols {
		b.t.Columns = append(b.t.Columns, c.column(comma))
	}
	if b.t.Rows == 0 {
		b.note("the file holds a header and no rows")
	}
	return &b.t, nil
}

func (b *builder) hasCommaNumbers() bool {
	for _, c := range b.cols {
		if c.onlyCommaNumbers() {
			return true
		}
	}
	return false
}

func isFault(err error) bool {
	var e *fault.Error
	return errors.As(err, &e)
}
