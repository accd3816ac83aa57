// Package gguf reads and writes GGUF, the file format of ggml's models. The
// reader takes the header only, never tensor data, and checks everything that
// llama.cpp will later trust, because a failed assertion there ends the whole
// program.
//
// Sources: the GGUF specification (docs/gguf.md of the ggml project), and the
// checks of gguf.cpp, llama-model-loader.cpp, llama-vocab.cpp and the qwen2 and
// llama graphs of llama.cpp.
package gguf

import "fmt"

const (
	magic            = "GGUF"
	keyAlignment     = "general.alignment"
	defaultAlignment = 32
	maxAlignment     = 1 << 20
	maxDims          = 4       // GGML_MAX_DIMS
	maxNameBytes     = 63      // GGML_MAX_NAME less the closing NUL
	maxBytes         = 1 << 62 // keeps sums of two sizes within uint64 and int64
)

// File is the header of a GGUF file: everything but the tensor data.
type File struct {
	Path       string
	Size       int64  // bytes of the whole file
	Version    uint32 // 2 or 3
	Alignment  uint64 // bytes; a power of two
	Meta       Metadata
	Tensors    []Tensor // in the order of the file
	DataOffset int64    // where tensor data starts, in bytes from the start of the file
	NoVocab    bool     // read by OpenSlim: Meta lacks the vocabulary

	hyper hyper
}

// Tensor is one row of the tensor table.
type Tensor struct {
	Name   string
	Shape  []uint64 // Shape[0] is the length of a row
	Type   Type
	Offset uint64 // bytes from File.DataOffset
	Bytes  uint64 // size of the data, without padding
}

// Elements is the number of elements of the tensor.
func (t Tensor) Elements() uint64 {
	n := uint64(1)
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// checkName refuses tensor names that C would cut or confuse.
func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name is empty")
	case len(name) > maxNameBytes:
		return fmt.Errorf("the name has %d bytes; ggml takes at most %d", len(name), maxNameBytes)
	}
	return checkText(name)
}
