package packed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func sum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// header is the first page of a file.
type header struct {
	Magic               [8]byte
	Version, Reserved   uint32
	Model, Layout       [32]byte
	Size, ImageBytes    int64
	TableAt, TableBytes int64
	TableSum            uint32
	Sum                 uint32 // of the bytes before
}

var headerBytes = binary.Size(header{})

func (h *header) encode() []byte {
	h.Sum = 0
	b, err := binary.Append(nil, binary.LittleEndian, h)
	if err != nil {
		panic(err) // a header has a fixed size
	}
	binary.LittleEndian.PutUint32(b[len(b)-4:], sum(b[:len(b)-4]))
	return append(b, make([]byte, headerSize-len(b))...)
}

func layoutHash(layout string) [32]byte { return sha256.Sum256([]byte(layout)) }

// readHeader checks the first bytes of a file of size bytes.
func readHeader(b []byte, size int64) (*header, error) {
	var h header
	if len(b) < headerBytes || string(b[:len(magic)]) != magic {
		return nil, ErrForeign
	}
	if _, err := binary.Decode(b, binary.LittleEndian, &h); err != nil || h.Version != version {
		return nil, ErrForeign
	}
	switch {
	case h.Sum != sum(b[:headerBytes-4]):
		return nil, damaged("the checksum of its header is wrong")
	case h.Size != size:
		return nil, damaged("it has %d bytes instead of %d", size, h.Size)
	case h.ImageBytes < 0 || h.ImageBytes > size || h.TableBytes < 0 || h.TableBytes > maxTable,
		h.TableAt < imageAt+h.ImageBytes || h.TableAt > size-h.TableBytes:
		return nil, damaged("its parts do not lie inside of it")
	}
	return &h, nil
}

// key says whether the header is of a file made from k.
func (h *header) is(k Key) bool { return h.Model == k.Model && h.Layout == layoutHash(k.Layout) }

// place is a blob's row of the table.
type place struct {
	name      string
	at, bytes int64
	sum       uint32
}

// table lists what a file holds.
type table struct {
	sections []Summed
	blobs    []place
}

func (t *table) encode() []byte {
	var b []byte
	le := binary.LittleEndian
	name := func(s string) {
		b = append(b, byte(len(s)))
		b = append(b, s...)
	}
	b = le.AppendUint32(b, uint32(len(t.sections)))
	for _, s := range t.sections {
		name(s.Name)
		b = le.AppendUint32(b, uint32(s.Type))
		for _, v := range []int64{s.Rows, s.Columns, s.Offset, s.Bytes} {
			b = le.AppendUint64(b, uint64(v))
		}
		b = le.AppendUint32(b, s.Sum)
	}
	b = le.AppendUint32(b, uint32(len(t.blobs)))
	for _, p := range t.blobs {
		name(p.name)
		b = le.AppendUint64(b, uint64(p.at))
		b = le.AppendUint64(b, uint64(p.bytes))
		b = le.AppendUint32(b, p.sum)
	}
	return b
}

// readTable reads the table of a file whose header is h.
func readTable(b []byte, h *header) (*table, error) {
	if sum(b) != h.TableSum {
		return nil, damaged("the checksum of its table is wrong")
	}
	c := cursor{rest: b}
	t := &table{}
	var end int64
	for range c.count() {
		s := Summed{Section: Section{Name: c.name(), Type: int32(c.uint32())}}
		s.Rows, s.Columns, s.Offset, s.Bytes = c.size(), c.size(), c.size(), c.size()
		s.Sum = c.uint32()
		if c.bad || s.Offset < end || s.Offset%lineSize != 0 || s.Bytes > h.ImageBytes-s.Offset {
			return nil, damaged("weight %q lies outside or over another", s.Name)
		}
		end = s.Offset + s.Bytes
		t.sections = append(t.sections, s)
	}
	end = imageAt + h.ImageBytes
	for range c.count() {
		p := place{name: c.name(), at: c.size(), bytes: c.size(), sum: c.uint32()}
		if c.bad || p.at < end || p.bytes > h.TableAt-p.at {
			return nil, damaged("part %q lies outside or over another", p.name)
		}
		end = p.at + p.bytes
		t.blobs = append(t.blobs, p)
	}
	if c.bad || len(c.rest) > 0 {
		return nil, damaged("its table ends too early or too late")
	}
	return t, nil
}

// cursor reads a table; what it cannot read is zero, and bad.
type cursor struct {
	rest []byte
	bad  bool
}

func (c *cursor) take(n int) []byte {
	if c.bad || n > len(c.rest) {
		c.bad = true
		return make([]byte, n)
	}
	b := c.rest[:n]
	c.rest = c.rest[n:]
	return b
}

func (c *cursor) uint32() uint32 { return binary.LittleEndian.Uint32(c.take(4)) }

// size reads a number that must not be negative.
func (c *cursor) size() int64 {
	v := int64(binary.LittleEndian.Uint64(c.take(8)))
	c.bad = c.bad || v < 0
	return max(v, 0)
}

func (c *cursor) name() string { return string(bytes.Clone(c.take(int(c.take(1)[0])))) }

func (c *cursor) count() uint32 {
	n := c.uint32()
	if n > maxSections {
		c.bad = true
		return 0
	}
	return n
}
