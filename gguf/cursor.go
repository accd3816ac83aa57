package gguf

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxHeader bounds what is read and kept of a file; the largest
	// vocabularies of today make headers of about 20 MiB.
	maxHeader = 64 << 20
	// stringOverhead is the length that precedes every string.
	stringOverhead = 8
)

// cursor reads little-endian values from the front of a file. No allocation is
// larger than a small multiple of the bytes that the file still has.
type cursor struct {
	in  *bufio.Reader
	off int64
	end int64 // of the file, or of the largest header that is taken
	cut bool  // end is the header limit, not the end of the file

	word [8]byte // of the number being read, here lest each one be allocated
}

func newCursor(r io.ReaderAt, size int64) *cursor {
	end := min(size, maxHeader)
	return &cursor{
		in:  bufio.NewReaderSize(io.NewSectionReader(r, 0, end), 1<<16),
		end: end,
		cut: end < size,
	}
}

// left is the number of bytes that can still be read.
func (c *cursor) left() uint64 { return uint64(c.end - c.off) }

// need fails if fewer than n bytes are left for the field.
func (c *cursor) need(field string, n uint64) error {
	switch {
	case n <= c.left():
		return nil
	case c.cut:
		return damaged(field, "the header goes on beyond %d MiB, the most that is read", maxHeader>>20)
	}
	return damaged(field, "needs %d bytes at byte %d, but the file ends at byte %d", n, c.off, c.end)
}

// fill reads exactly len(p) bytes.
func (c *cursor) fill(field string, p []byte) error {
	if err := c.need(field, uint64(len(p))); err != nil {
		return err
	}
	n, err := io.ReadFull(c.in, p)
	c.off += int64(n)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged(field, "the file became shorter while it was read")
	}
	return err
}

func (c *cursor) uint32(field string) (uint32, error) {
	b := c.word[:4]
	err := c.fill(field, b)
	return binary.LittleEndian.Uint32(b), err
}

func (c *cursor) uint64(field string) (uint64, error) {
	b := c.word[:8]
	err := c.fill(field, b)
	return binary.LittleEndian.Uint64(b), err
}

func (c *cursor) string(field string) (string, error) {
	n, err := c.uint64(field)
	if err != nil {
		return "", err
	}
	if err := c.need(field, n); err != nil {
		return "", err
	}
	b := make([]byte, n)
	if err := c.fill(field, b); err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", damaged(field, "the text is not UTF-8")
	}
	return string(b), nil
}

// strings reads n strings into one block of memory, as a vocabulary has
// hundreds of thousands; the caller has checked that n lengths fit.
func (c *cursor) strings(field string, n uint64) ([]string, error) {
	var block []byte
	ends := make([]int, 0, n)
	for i := range n {
		length, err := c.uint64(field)
		if err == nil {
			err = c.need(field, length)
		}
		if err != nil {
			return nil, at(err, i)
		}
		start := len(block)
		block = append(block, make([]byte, length)...)
		if err := c.fill(field, block[start:]); err != nil {
			return nil, at(err, i)
		}
		ends = append(ends, len(block))
	}
	return cutStrings(field, string(block), ends)
}

func cutStrings(field, all string, ends []int) ([]string, error) {
	list := make([]string, len(ends))
	start := 0
	for i, end := range ends {
		list[i] = all[start:end]
		start = end
		if !utf8.ValidString(list[i]) {
			return nil, at(damaged(field, "the text is not UTF-8"), uint64(i))
		}
	}
	return list, nil
}

// fixed reads n values of a type of fixed size; the caller has checked that
// they fit.
func fixed[T any](c *cursor, field string, n uint64) ([]T, error) {
	list := make([]T, n)
	raw := make([]byte, binary.Size(list))
	if err := c.fill(field, raw); err != nil {
		return nil, err
	}
	_, err := binary.Decode(raw, binary.LittleEndian, list)
	return list, err
}

// printable makes foreign text safe for an error message or a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, s)
}
