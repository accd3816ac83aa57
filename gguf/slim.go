package gguf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
)

// slimPrefix is what stands before a slim header: the data offset and the size
// of the file that it is of, in bytes.
const slimPrefix = 16

// Slim writes the header of a file without its vocabulary, which is nearly all of
// it: a GGUF header of its own, whose tokenizer is "no_vocab" with as many tokens.
// The first bytes, Slim's own, tell OpenSlim of the file; the rest is what
// SlimHeader returns.
func (f *File) Slim() ([]byte, error) {
	meta := f.Meta.Clone()
	for key := range f.Meta.All() {
		if strings.HasPrefix(key, "tokenizer.ggml.") {
			meta.Delete(key)
		}
	}
	for key, value := range map[string]any{keyModel: "no_vocab", f.Architecture() + ".vocab_size": uint32(f.VocabSize())} {
		if err := meta.Set(key, value); err != nil {
			return nil, err
		}
	}
	placed, err := place(f.Tensors, f.Alignment)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := &Writer{buf: bufio.NewWriter(&out), tensors: placed, align: f.Alignment}
	if err := w.header(meta); err != nil {
		return nil, err
	}
	if err := w.buf.Flush(); err != nil {
		return nil, err
	}
	prefix := binary.LittleEndian.AppendUint64(nil, uint64(f.DataOffset))
	prefix = binary.LittleEndian.AppendUint64(prefix, uint64(f.Size))
	return append(prefix, out.Bytes()...), nil
}

// SlimHeader is the GGUF header within what Slim has written: all that stands
// before the tensor data, padding included.
func SlimHeader(slim []byte) []byte { return slim[min(slimPrefix, len(slim)):] }

// OpenSlim reads and checks what Slim has written of the file at path. The result
// has no vocabulary; its NoVocab says so.
func OpenSlim(slim []byte, path string) (*File, error) {
	if len(slim) < slimPrefix {
		return nil, explain(path, io.ErrUnexpectedEOF)
	}
	header := SlimHeader(slim)
	offset, size := binary.LittleEndian.Uint64(slim), binary.LittleEndian.Uint64(slim[8:])
	if offset > size || size > maxBytes {
		return nil, explain(path, damaged("slim header", "data from byte %d of %d", offset, size))
	}
	f, err := readHeader(bytes.NewReader(header), int64(len(header))+int64(size-offset))
	if err != nil {
		return nil, explain(path, err)
	}
	if f.DataOffset != int64(len(header)) {
		return nil, explain(path, damaged("slim header", "%d bytes instead of %d", len(header), f.DataOffset))
	}
	if err := f.checkSlim(); err != nil {
		return nil, explain(path, err)
	}
	f.Path, f.Size, f.DataOffset, f.NoVocab = path, int64(size), int64(offset), true
	return f, nil
}

// checkSlim is checkModel for a file without a vocabulary.
func (f *File) checkSlim() error {
	arch, err := f.checkArchitecture()
	if err != nil {
		return err
	}
	h, err := f.hyperparameters(arch)
	if err != nil {
		return err
	}
	for _, check := range []func(string) error{f.checkFeatures, f.checkFloats} {
		if err := check(arch); err != nil {
			return err
		}
	}
	if model, _ := f.Meta.String(keyModel); model != "no_vocab" {
		return unsupported(keyModel, "%q instead of no_vocab", printable(model))
	}
	if h.vocab, err = f.positive(arch+".vocab_size", nil); err != nil {
		return err
	}
	if err := f.checkTemplate(); err != nil {
		return err
	}
	f.hyper = h
	return f.checkShapes(arch, h)
}
