package profile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

const (
	maxJSONBytes = 256 << 20 // a JSON document is not cut into records before it is read
	maxJSONDepth = 64
	maxJSONLine  = 4 << 20
)

var (
	errDeep  = errors.New("is nested more than 64 levels deep")
	errShape = errors.New("holds no table: wanted an array of objects, or an object of columns")
)

// readJSON reads an array of objects or arrays, {"columns": …, "data": …},
// an object of columns, or an object one of whose members is such an array.
func readJSON(ctx context.Context, f *os.File, b *builder) error {
	if b.t.Bytes > maxJSONBytes {
		return b.bad(0, "is %d MiB of JSON; at most %d MiB are read", b.t.Bytes>>20, maxJSONBytes>>20).
			WithHint("Convert it to .jsonl, .csv or .parquet, which are read as a stream.")
	}
	in := skipBOM(bufio.NewReaderSize(f, csvBuffer))
	d := &document{ctx: ctx, dec: json.NewDecoder(in), b: b}
	d.dec.UseNumber()
	err := d.top()
	if err == nil || ctx.Err() != nil || isFault(err) {
		return err
	}
	if errors.Is(err, errShape) {
		return b.bad(0, "%s", err)
	}
	line := lineAt(f, d.dec.InputOffset())
	if errors.Is(err, errDeep) {
		return b.bad(line, "%s", err)
	}
	return b.bad(line, "is not valid JSON: %s", err)
}

func skipBOM(in *bufio.Reader) *bufio.Reader {
	if mark, _ := in.Peek(3); bytes.Equal(mark, []byte(byteOrder8)) {
		_, _ = in.Discard(3)
	}
	return in
}

// lineAt is the line, from 1, of a byte offset.
func lineAt(f *os.File, offset int64) int {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return 0
	}
	line, buf := 1, make([]byte, 64<<10)
	in := io.LimitReader(f, offset)
	for {
		n, err := in.Read(buf)
		line += bytes.Count(buf[:n], []byte{'\n'})
		if err != nil {
			return line
		}
	}
}

// document reads one JSON text token by token, so that no more than one scalar
// is held at a time.
type document struct {
	ctx context.Context
	dec *json.Decoder
	b   *builder
}

// token is the next token; the text may not end before it.
func (d *document) token() (json.Token, error) {
	t, err := d.dec.Token()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return t, err
}

func (d *document) top() error {
	t, err := d.token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('['):
		if err := d.rows(); err != nil {
			return err
		}
	case json.Delim('{'):
		if err := d.members(); err != nil {
			return err
		}
	default:
		return errShape
	}
	if _, err := d.dec.Token(); err != io.EOF {
		return fmt.Errorf("more text after the end of the document")
	}
	return nil
}

// rows reads the rest of an array of rows.
func (d *document) rows() error {
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'):
			err = d.record()
		case json.Delim('['):
			err = d.array()
		default:
			err = d.put("value", t)
		}
		if err != nil {
			return err
		}
		d.b.endRow()
		if d.b.t.Rows%checkEvery == 0 && d.ctx.Err() != nil {
			return d.ctx.Err()
		}
	}
	_, err := d.token()
	return err
}

// record reads the rest of an object as one row.
func (d *document) record() error {
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		if err := d.member(t.(string)); err != nil { // the decoder lets nothing else stand there
			return err
		}
	}
	_, err := d.token()
	return err
}

func (d *document) member(name string) error {
	t, err := d.token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		return d.nested(name, "{…}")
	case json.Delim('['):
		return d.nested(name, "[…]")
	}
	return d.put(name, t)
}

// nested skips a list or object inside a row and records that it was there.
func (d *document) nested(name, shown string) error {
	if err := d.skip(); err != nil {
		return err
	}
	c, err := d.cell(name)
	if c != nil {
		c.nest(shown)
	}
	return err
}

// array reads the rest of an array as one row of nameless cells.
func (d *document) array() error {
	for i := 0; d.dec.More(); i++ {
		if err := d.member(d.b.nameAt(i)); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// nameAt is the name of column i: the one it has, or its number.
func (b *builder) nameAt(i int) string {
	if i < len(b.cols) {
		return b.cols[i].name
	}
	return strconv.Itoa(i)
}

// skip reads the rest of the array or object that was opened last.
func (d *document) skip() error {
	for open := 1; open > 0; {
		if open > maxJSONDepth {
			return errDeep
		}
		t, err := d.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			open++
		case json.Delim(']'), json.Delim('}'):
			open--
		}
	}
	return nil
}

// cell is the collector of a name in the current row, or nil where the row
// has a value of that name already: the first of repeated keys counts.
func (d *document) cell(name string) (*collector, error) {
	c, err := d.b.column(name)
	if err != nil || c.rows > d.b.t.Rows {
		return nil, err
	}
	return c, nil
}

func (d *document) put(name string, t json.Token) error {
	c, err := d.cell(name)
	if c != nil {
		c.jsonValue(t)
	}
	return err
}

// jsonValue records a scalar.
func (c *collector) jsonValue(t json.Token) {
	switch v := t.(type) {
	case bool:
		c.flag(v)
	case json.Number:
		f, integer, ok := parseNumber(v.String())
		if !ok {
			c.text(v.String())
			return
		}
		c.num(f, integer, v.String())
	case string:
		c.text(v)
	default:
		c.none()
	}
}

// members reads the rest of a top-level object.
func (d *document) members() error {
	var names []string
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		key := t.(string)
		if names, err = d.topMember(key, names); err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return err
	}
	if len(d.b.cols) == 0 {
		return errShape
	}
	if d.b.t.Split {
		d.rename(names)
	}
	d.b.evenOut()
	return nil
}

// topMember reads one member of the top-level object: a list of rows, a list
// of cells (a column), an object of cells (a column too), or something else.
func (d *document) topMember(key string, names []string) ([]string, error) {
	t, err := d.token()
	if err != nil {
		return nil, err
	}
	switch t {
	case json.Delim('{'):
		return names, d.columnObject(key)
	case json.Delim('['):
		if key == "columns" {
			return d.strings()
		}
		return names, d.topArray(key)
	}
	return names, nil // a scalar beside the table
}

// topArray reads the rest of an array that is a member of the top-level
// object: rows if it holds objects or arrays, else the cells of a column.
func (d *document) topArray(key string) error {
	var c *collector
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return err
		}
		if c == nil && d.startsRows(key, t) {
			return d.rowsFrom(key, t)
		}
		if c == nil {
			if c, err = d.newColumn(key); err != nil {
				return err
			}
		}
		if !opens(t) {
			c.jsonValue(t)
			continue
		}
		if err := d.skip(); err != nil {
			return err
		}
		c.nest("[…]")
	}
	_, err := d.token()
	return err
}

// startsRows says whether an array that begins with t holds the rows of the
// table: objects do, and so do arrays where the key says so.
func (d *document) startsRows(key string, t json.Token) bool {
	if d.b.t.RecordKey != "" {
		return false // the first such array is the table
	}
	return t == json.Delim('{') || t == json.Delim('[') && (key == "data" || key == "values" || key == "rows")
}

func opens(t json.Token) bool { return t == json.Delim('{') || t == json.Delim('[') }

// newColumn starts a column of a column-wise document.
func (d *document) newColumn(key string) (*collector, error) {
	if d.b.t.RecordKey != "" {
		return newCollector(key), nil // a list beside the rows: read and dropped
	}
	d.b.t.ByColumn = true
	return d.b.column(key)
}

// rowsFrom reads the rest of an array whose first row was just opened by t.
// What looked like columns before was beside the table.
func (d *document) rowsFrom(key string, t json.Token) (err error) {
	d.b.cols, d.b.index, d.b.t.ByColumn = nil, map[string]int{}, false
	d.b.t.RecordKey = key
	if t == json.Delim('{') {
		err = d.record()
	} else {
		d.b.t.Split = true
		err = d.array()
	}
	if err != nil {
		return err
	}
	d.b.endRow()
	return d.rows()
}

// columnObject reads {"0": …, "1": …} as a column, as pandas writes it.
func (d *document) columnObject(key string) error {
	var c *collector
	for d.dec.More() {
		if _, err := d.token(); err != nil { // the row's label
			return err
		}
		t, err := d.token()
		if err != nil {
			return err
		}
		if opens(t) {
			if err := d.skip(); err != nil {
				return err
			}
			continue // metadata, not cells
		}
		if c == nil {
			if c, err = d.newColumn(key); err != nil {
				return err
			}
		}
		c.jsonValue(t)
	}
	_, err := d.token()
	return err
}

// strings reads the rest of an array of column names.
func (d *document) strings() ([]string, error) {
	var names []string
	for d.dec.More() {
		t, err := d.token()
		if err != nil {
			return nil, err
		}
		if opens(t) {
			if err := d.skip(); err != nil {
				return nil, err
			}
		}
		if len(names) < maxColumns {
			names = append(names, clip(fmt.Sprint(t), 4*maxKeptCell))
		}
	}
	_, err := d.token()
	return names, err
}

// rename gives the numbered columns of a split document their names.
func (d *document) rename(names []string) {
	for i, c := range d.b.cols {
		if i < len(names) {
			c.name = names[i]
		}
	}
}

// evenOut fills columns of unequal length with missing values.
func (b *builder) evenOut() {
	for _, c := range b.cols {
		b.t.Rows = max(b.t.Rows, c.rows)
	}
	for _, c := range b.cols {
		c.skip(b.t.Rows - c.rows)
	}
}

// readJSONLines reads one JSON object (or array) on each line.
func readJSONLines(ctx context.Context, f *os.File, b *builder) error {
	lines := bufio.NewScanner(skipBOM(bufio.NewReaderSize(f, csvBuffer)))
	lines.Buffer(make([]byte, csvBuffer), maxJSONLine)
	line := 0
	for lines.Scan() {
		line++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		if err := jsonLine(ctx, lines.Bytes(), b); err != nil {
			if isFault(err) {
				return err
			}
			return b.bad(line, "is not a valid JSON record: %s", err)
		}
		if b.t.Rows%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return b.bad(line+1, "is longer than %d MiB", maxJSONLine>>20)
	case err != nil:
		return b.bad(line+1, "cannot be read: %s", err)
	}
	return nil
}

func jsonLine(ctx context.Context, text []byte, b *builder) error {
	d := &document{ctx: ctx, dec: json.NewDecoder(bytes.NewReader(text)), b: b}
	d.dec.UseNumber()
	t, err := d.token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		err = d.record()
	case json.Delim('['):
		err = d.array()
	default:
		return fmt.Errorf("wanted an object, found %s", strings.TrimSpace(clip(string(text), 40)))
	}
	if err != nil {
		return err
	}
	if _, err := d.dec.Token(); err != io.EOF {
		return errors.New("more text after the record")
	}
	b.endRow()
	return nil
}
