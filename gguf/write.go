package gguf

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"viscoder/internal/atomicfile"
)

// Writer writes a GGUF v3 file: the header at once, then tensor data in the
// order of the table, streamed. The file appears at its path on Commit only.
type Writer struct {
	file    *atomicfile.File
	buf     *bufio.Writer
	tensors []Tensor
	next    int
	align   uint64
	written uint64
}

// Create starts a file. Of each tensor Name, Shape and Type are used; Offset
// and Bytes are computed here. The alignment is meta's general.alignment, or
// 32. Errors name the key or tensor that cannot be written.
func Create(path string, meta Metadata, tensors []Tensor) (*Writer, error) {
	align, err := writeAlignment(meta)
	if err != nil {
		return nil, err
	}
	for key := range meta.All() {
		if err := checkKey(key); err != nil {
			return nil, fmt.Errorf("gguf: metadata key %q: %w", key, err)
		}
	}
	placed, err := place(tensors, align)
	if err != nil {
		return nil, err
	}
	file, err := atomicfile.Create(path, 0o644)
	if err != nil {
		return nil, err
	}
	w := &Writer{file: file, buf: bufio.NewWriterSize(file, 1<<16), tensors: placed, align: align}
	if err := w.header(meta); err != nil {
		w.Abort()
		return nil, err
	}
	return w, nil
}

// Tensor writes the data of the next tensor of the table, which must be name;
// data must hold exactly its bytes.
func (w *Writer) Tensor(name string, data io.Reader) error {
	if w.next == len(w.tensors) {
		return fmt.Errorf("gguf: tensor %q after the last one of the table", name)
	}
	t := w.tensors[w.next]
	if t.Name != name {
		return fmt.Errorf("gguf: tensor %q where the table has %q", name, t.Name)
	}
	w.next++
	n, err := io.Copy(w.buf, io.LimitReader(data, int64(t.Bytes)))
	if err != nil {
		return fmt.Errorf("gguf: tensor %q: %w", name, err)
	}
	if uint64(n) != t.Bytes {
		return fmt.Errorf("gguf: tensor %q: %d bytes of data instead of %d", name, n, t.Bytes)
	}
	if extra, _ := data.Read(make([]byte, 1)); extra != 0 {
		return fmt.Errorf("gguf: tensor %q: more than %d bytes of data", name, t.Bytes)
	}
	w.written += t.Bytes
	return w.pad()
}

// Commit places the file at its path; it fails if tensor data is missing.
func (w *Writer) Commit() error {
	if w.next < len(w.tensors) {
		return fmt.Errorf("gguf: tensor %q has no data", w.tensors[w.next].Name)
	}
	if err := w.buf.Flush(); err != nil {
		return err
	}
	return w.file.Commit()
}

// Abort drops the file; after Commit it does nothing, so it can be deferred.
func (w *Writer) Abort() { w.file.Abort() }

func (w *Writer) header(meta Metadata) error {
	w.bytes([]byte(magic))
	w.number(uint32(3))
	w.number(uint64(len(w.tensors)))
	w.number(uint64(meta.Size()))
	for key, value := range meta.All() {
		w.string(key)
		w.value(value)
	}
	for _, t := range w.tensors {
		w.string(t.Name)
		w.number(uint32(len(t.Shape)))
		w.number(t.Shape)
		w.number(uint32(t.Type))
		w.number(t.Offset)
	}
	return w.pad()
}

func (w *Writer) value(v any) {
	t, elem, _ := valueType(v) // Metadata.Set has refused all others
	w.number(uint32(t))
	if t != TypeArray {
		w.element(v)
		return
	}
	w.number(uint32(elem))
	if list, ok := v.([]string); ok {
		w.number(uint64(len(list)))
		for _, s := range list {
			w.string(s)
		}
		return
	}
	w.number(uint64(binary.Size(v)) / uint64(leastBytes[elem]))
	w.number(v)
}

func (w *Writer) element(v any) {
	if s, ok := v.(string); ok {
		w.string(s)
		return
	}
	w.number(v)
}

func (w *Writer) string(s string) {
	w.number(uint64(len(s)))
	w.bytes([]byte(s))
}

// number writes a fixed-size value or slice. The buffer keeps the first write
// error and returns it from every later call, so pad and Commit report it.
func (w *Writer) number(v any) {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		panic(fmt.Sprintf("gguf: %T has no fixed size: %v", v, err))
	}
	w.bytes(b)
}

func (w *Writer) bytes(b []byte) {
	n, _ := w.buf.Write(b)
	w.written += uint64(n)
}

// pad fills up to the next multiple of the alignment and reports any write
// error up to here.
func (w *Writer) pad() error {
	w.bytes(make([]byte, padding(w.written, w.align)))
	_, err := w.buf.Write(nil)
	return err
}

func writeAlignment(meta Metadata) (uint64, error) {
	f := File{Meta: meta}
	if err := f.readAlignment(); err != nil {
		return 0, fmt.Errorf("gguf: %w", err)
	}
	return f.Alignment, nil
}

// place computes sizes and offsets, each tensor right after the one before.
func place(tensors []Tensor, align uint64) ([]Tensor, error) {
	placed := make([]Tensor, len(tensors))
	var offset uint64
	for i, t := range tensors {
		_, size, err := t.Type.Size(t.Shape)
		if err != nil {
			return nil, fmt.Errorf("gguf: tensor %q: %w", t.Name, err)
		}
		if err := checkName(t.Name); err != nil {
			return nil, fmt.Errorf("gguf: tensor %q: %w", t.Name, err)
		}
		placed[i] = Tensor{Name: t.Name, Shape: t.Shape, Type: t.Type, Offset: offset, Bytes: size}
		offset += size + padding(size, align)
	}
	return placed, nil
}

// padding is the number of bytes from n to the next multiple of align, a power
// of two.
func padding(n, align uint64) uint64 { return -n & (align - 1) }
