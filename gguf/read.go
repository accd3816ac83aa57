package gguf

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
	"os"
	"unicode/utf8"
)

const (
	maxCount    = 1 << 16 // of keys, and of tensors: two hundred times what models have
	maxElements = 1 << 22 // of an array: six times the largest list of merges
	maxKeyBytes = 1<<16 - 1
	leastKey    = stringOverhead + 1 + 4 + 1         // key, type, value
	leastTensor = stringOverhead + 1 + 4 + 8 + 4 + 8 // name, dimensions, one of them, type, offset
)

// Open reads and checks the header of the model at path. Errors are
// fault.Model; they name the file, the field and the next step.
func Open(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, explain(path, err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, explain(path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, explain(path, fmt.Errorf("not a regular file"))
	}
	f, err := read(in, info.Size())
	if err != nil {
		return nil, explain(path, err)
	}
	f.Path = path
	return f, nil
}

// read takes a header from r and checks the file of size bytes against it.
func read(r io.ReaderAt, size int64) (*File, error) {
	f, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	if err := f.checkModel(); err != nil {
		return nil, err
	}
	return f, nil
}

// readHeader checks the format only: what any GGUF file must keep to.
func readHeader(r io.ReaderAt, size int64) (*File, error) {
	c := newCursor(r, size)
	f := &File{Size: size}
	if err := f.readVersion(c); err != nil {
		return nil, err
	}
	tensors, err := c.count("tensor count", leastTensor)
	if err != nil {
		return nil, err
	}
	keys, err := c.count("metadata count", leastKey)
	if err != nil {
		return nil, err
	}
	if err := f.readMetadata(c, keys); err != nil {
		return nil, err
	}
	if err := f.readAlignment(); err != nil {
		return nil, err
	}
	if err := f.readTensors(c, tensors); err != nil {
		return nil, err
	}
	return f, f.checkLayout(c.off)
}

func (f *File) readVersion(c *cursor) error {
	var m [4]byte
	if err := c.fill("magic", m[:]); err != nil {
		return err
	}
	if string(m[:]) != magic {
		return unsupported("magic", "the file begins with %q, a GGUF model with %q", m[:], magic)
	}
	version, err := c.uint32("version")
	if err != nil {
		return err
	}
	switch {
	case version == 2 || version == 3:
		f.Version = version
		return nil
	case version&0xffff == 0 && bits.ReverseBytes32(version) <= 3 && version != 0:
		return unsupported("version", "the file is big-endian; this machine is little-endian")
	}
	return unsupported("version", "GGUF version %d; viscoder reads 2 and 3", version)
}

// count reads a number of entries of which each takes at least least bytes.
func (c *cursor) count(field string, least uint64) (uint64, error) {
	n, err := c.uint64(field)
	switch {
	case err != nil:
		return 0, err
	case n > c.left()/least:
		return 0, damaged(field, "%d entries do not fit into the %d bytes that follow", n, c.left())
	case n > maxCount:
		return 0, damaged(field, "%d entries; viscoder takes up to %d", n, maxCount)
	}
	return n, nil
}

func (f *File) readMetadata(c *cursor, n uint64) error {
	for i := range n {
		key, err := c.string(fmt.Sprintf("metadata key %d", i))
		if err != nil {
			return err
		}
		if err := checkKey(key); err != nil {
			return damaged(fmt.Sprintf("metadata key %d", i), "%v", err)
		}
		if f.Meta.Has(key) {
			return damaged(key, "the key stands twice")
		}
		value, err := c.value(key)
		if err != nil {
			return err
		}
		if err := f.Meta.Set(key, value); err != nil {
			return err
		}
	}
	return nil
}

// checkKey refuses keys that C, which ends strings at a NUL, would read as
// other keys.
func checkKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("the key is empty")
	case len(key) > maxKeyBytes:
		return fmt.Errorf("the key has %d bytes; GGUF takes %d", len(key), maxKeyBytes)
	}
	return checkText(key)
}

func checkText(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8", s)
	}
	if printable(s) != s {
		return fmt.Errorf("%q holds control characters", s)
	}
	return nil
}

func (f *File) readAlignment() error {
	f.Alignment = defaultAlignment
	v, ok := f.Meta.Get(keyAlignment)
	if !ok {
		return nil
	}
	a, ok := v.(uint32)
	if !ok {
		return damaged(keyAlignment, "%s instead of uint32", typeName(v))
	}
	// ggml asserts that mapped weights begin at multiples of 32 bytes.
	if a&(a-1) != 0 || a < defaultAlignment || a > maxAlignment {
		return damaged(keyAlignment, "%d is not a power of two from %d to %d", a, defaultAlignment, maxAlignment)
	}
	f.Alignment = uint64(a)
	return nil
}

func (f *File) readTensors(c *cursor, n uint64) error {
	seen := map[string]bool{}
	for i := range n {
		t, err := c.tensor(fmt.Sprintf("tensor %d", i))
		if err != nil {
			return err
		}
		if seen[t.Name] {
			return damaged(fmt.Sprintf("tensor %q", t.Name), "the name stands twice")
		}
		seen[t.Name] = true
		f.Tensors = append(f.Tensors, t)
	}
	return nil
}

func (c *cursor) tensor(field string) (Tensor, error) {
	name, err := c.string(field)
	if err != nil {
		return Tensor{}, err
	}
	if err := checkName(name); err != nil {
		return Tensor{}, damaged(field, "%v", err)
	}
	field = fmt.Sprintf("tensor %q", name)
	dims, err := c.uint32(field)
	if err != nil {
		return Tensor{}, err
	}
	if dims == 0 || dims > maxDims {
		return Tensor{}, damaged(field, "%d dimensions instead of 1 to %d", dims, maxDims)
	}
	shape, err := fixed[uint64](c, field, uint64(dims))
	if err != nil {
		return Tensor{}, err
	}
	kind, err := c.uint32(field)
	if err != nil {
		return Tensor{}, err
	}
	_, size, err := Type(kind).Size(shape)
	if err != nil {
		return Tensor{}, damaged(field, "%v", err)
	}
	offset, err := c.uint64(field)
	return Tensor{Name: name, Shape: shape, Type: Type(kind), Offset: offset, Bytes: size}, err
}

// checkLayout makes sure that the tensors follow one another without overlap
// and gap, as llama.cpp wants them, and end inside the file.
func (f *File) checkLayout(headerEnd int64) error {
	f.DataOffset = headerEnd + int64(padding(uint64(headerEnd), f.Alignment))
	var expected uint64
	for _, t := range f.Tensors {
		field := fmt.Sprintf("tensor %q", t.Name)
		switch {
		case t.Offset%f.Alignment != 0:
			return damaged(field, "offset %d is not a multiple of the alignment %d", t.Offset, f.Alignment)
		case t.Offset < expected:
			return damaged(field, "offset %d lies inside the tensor before it, which ends at %d", t.Offset, expected)
		case t.Offset > expected:
			return damaged(field, "offset %d leaves a gap after the tensor before it, which ends at %d", t.Offset, expected)
		}
		end := uint64(f.DataOffset) + t.Offset + t.Bytes
		if end > uint64(f.Size) {
			return damaged(field, "its data ends at byte %d, but the file at byte %d", end, f.Size)
		}
		expected = t.Offset + t.Bytes + padding(t.Bytes, f.Alignment)
	}
	return nil
}

// readBytes is read for a file in memory.
func readBytes(b []byte) (*File, error) { return read(bytes.NewReader(b), int64(len(b))) }
