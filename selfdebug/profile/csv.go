package profile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

const (
	sniffBytes  = 64 << 10 // looked at to find delimiter and header
	sniffRows   = 64       // likewise
	maxRecord   = 4 << 20  // bytes of one record; a lost quote must not swallow the file
	checkEvery  = 4096     // rows between looks at the context
	csvBuffer   = 256 << 10
	delimiters  = ",;\t|" // in order of preference
	byteOrder8  = "\xef\xbb\xbf"
	byteOrderLE = "\xff\xfe"
	byteOrderBE = "\xfe\xff"
)

var (
	errOpenQuote  = errors.New("a quote that opens here is never closed")
	errLongRecord = errors.New("the record that starts here is longer than 4 MiB (a quote may be missing)")
)

// readCSV reads delimited text: RFC 4180, and what is found in the wild.
func readCSV(ctx context.Context, f *os.File, b *builder) error {
	in, err := decoded(bufio.NewReaderSize(f, csvBuffer), b)
	if err != nil {
		return err
	}
	sample, _ := in.Peek(sniffBytes) // a short file is all sample
	if bytes.IndexByte(sample, 0) >= 0 {
		return b.bad(0, "is not text (it holds NUL bytes)")
	}
	delim := sniffDelimiter(sample)
	b.t.Delimiter = string(delim)
	b.t.NoHeader = !sniffHeader(sample, delim)
	return readRecords(ctx, &records{in: in, delim: delim, line: 1}, b)
}

// decoded strips a byte order mark and turns UTF-16 into UTF-8.
func decoded(in *bufio.Reader, b *builder) (*bufio.Reader, error) {
	mark, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(mark, []byte(byteOrder8)):
		_, err := in.Discard(3)
		return in, err
	case bytes.HasPrefix(mark, []byte(byteOrderLE)), bytes.HasPrefix(mark, []byte(byteOrderBE)):
		b.t.Encoding = "utf-16"
		dec := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		return bufio.NewReaderSize(dec.Reader(in), csvBuffer), nil
	}
	return in, nil
}

// ragged counts records that have another number of fields than the header.
type ragged struct{ long, longLine, short, shortLine int }

func (r *ragged) see(fields, want, line int) {
	switch {
	case fields > want:
		if r.long++; r.long == 1 {
			r.longLine = line
		}
	case fields < want:
		if r.short++; r.short == 1 {
			r.shortLine = line
		}
	}
}

func readRecords(ctx context.Context, r *records, b *builder) error {
	first := true
	var odd ragged
	for {
		fields, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return recordError(err, r, b)
		}
		if first {
			first = false
			if err := startColumns(fields, r, b); err != nil {
				return err
			}
			if !b.t.NoHeader {
				continue
			}
		}
		odd.see(len(fields), len(b.cols), r.start)
		for i, cell := range fields[:min(len(fields), len(b.cols))] {
			b.cols[i].cell(r.text(cell))
		}
		b.endRow()
		if b.t.Rows%checkEvery == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	b.csvNotes(r, odd)
	return nil
}

func recordError(err error, r *records, b *builder) error {
	switch {
	case errors.Is(err, errOpenQuote):
		return b.bad(r.quoteLine, "%s", err)
	case errors.Is(err, errLongRecord):
		return b.bad(r.start, "%s", err)
	}
	return b.bad(r.line, "cannot be read: %s", err)
}

func startColumns(fields [][]byte, r *records, b *builder) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = r.text(f)
		if b.t.NoHeader {
			names[i] = strconv.Itoa(i) // what pandas calls them with header=None
		}
	}
	return b.setHeader(names)
}

func (b *builder) csvNotes(r *records, odd ragged) {
	if r.foreign {
		b.t.Encoding = "latin-1"
		b.note("the text is not UTF-8; it was read as Latin-1")
	}
	if b.t.longRows = odd.long > 0; b.t.longRows {
		b.note("%s more fields than the header (first at line %d); they have to be skipped on reading", rowsHave(odd.long), odd.longLine)
	}
	if odd.short > 0 {
		b.note("%s fewer fields than the header (first at line %d); the last values are missing", rowsHave(odd.short), odd.shortLine)
	}
	if b.t.NoHeader {
		b.note("the file has no header row")
	}
}

func rowsHave(n int) string {
	if n == 1 {
		return "1 row has"
	}
	return strconv.Itoa(n) + " rows have"
}

// records splits delimited text into records. Quotes count only where a field
// starts; what follows a closing quote is taken as it is, as pandas does.
type records struct {
	in        *bufio.Reader
	delim     byte
	line      int // of the next byte, from 1
	start     int // line on which the current record starts
	quoteLine int // line of the last opening quote
	foreign   bool
	buf       []byte
	ends      []int // ends of the fields in buf
	fields    [][]byte
}

// next returns the fields of the next record that is not blank; they are valid
// until the call after it.
func (r *records) next() ([][]byte, error) {
	for {
		err := r.record()
		if err != nil && (err != io.EOF || len(r.ends) == 0) {
			return nil, err
		}
		if len(r.ends) == 1 && len(r.buf) == 0 { // a blank line
			if err == io.EOF {
				return nil, io.EOF
			}
			continue
		}
		return r.cut(), nil
	}
}

func (r *records) cut() [][]byte {
	r.fields = r.fields[:0]
	from := 0
	for _, end := range r.ends {
		r.fields = append(r.fields, r.buf[from:end])
		from = end
	}
	return r.fields
}

// record reads one record into buf and ends. At the end of the input it
// returns io.EOF, together with a last record if there is one.
func (r *records) record() error {
	r.buf, r.ends, r.start = r.buf[:0], r.ends[:0], r.line
	fieldStart, any := true, false
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			if err == io.EOF && any {
				r.ends = append(r.ends, len(r.buf))
			}
			return err
		}
		any = true
		switch {
		case c == '"' && fieldStart:
			if err := r.quoted(); err != nil {
				return err
			}
			fieldStart = false
		case c == r.delim:
			r.ends = append(r.ends, len(r.buf))
			fieldStart = true
		case c == '\n', c == '\r':
			r.newline(c)
			r.ends = append(r.ends, len(r.buf))
			return nil
		default:
			r.buf = append(r.buf, c)
			fieldStart = false
		}
		if len(r.buf) > maxRecord || len(r.ends) > maxRecord/16 {
			return errLongRecord
		}
	}
}

// newline takes \r\n for one line end, as well as \n or \r alone.
func (r *records) newline(c byte) {
	r.line++
	if c != '\r' {
		return
	}
	if next, err := r.in.Peek(1); err == nil && next[0] == '\n' {
		_, _ = r.in.Discard(1)
	}
}

// quoted reads up to the closing quote.
func (r *records) quoted() error {
	r.quoteLine = r.line
	for {
		c, err := r.in.ReadByte()
		switch {
		case err == io.EOF:
			return errOpenQuote
		case err != nil:
			return err
		case c == '\n':
			r.line++
		case c == '"':
			next, err := r.in.Peek(1)
			if err != nil || next[0] != '"' {
				return nil
			}
			_, _ = r.in.Discard(1)
		}
		r.buf = append(r.buf, c)
		if len(r.buf) > maxRecord {
			return errLongRecord
		}
	}
}

// text is the field as UTF-8; bytes that are not are read as Latin-1.
func (r *records) text(field []byte) string {
	if utf8.Valid(field) {
		return string(field)
	}
	r.foreign = true
	runes := make([]rune, len(field))
	for i, c := range field {
		runes[i] = rune(c)
	}
	return string(runes)
}
