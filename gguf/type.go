package gguf

import (
	"fmt"
	"math/bits"
)

// Type is ggml's number of a tensor's element type (enum ggml_type in ggml.h).
type Type uint32

// The element types that tensors in a file may have. Numbers that are absent
// here were withdrawn by ggml.
const (
	F32     Type = 0
	F16     Type = 1
	Q4_0    Type = 2
	Q4_1    Type = 3
	Q5_0    Type = 6
	Q5_1    Type = 7
	Q8_0    Type = 8
	Q8_1    Type = 9
	Q2_K    Type = 10
	Q3_K    Type = 11
	Q4_K    Type = 12
	Q5_K    Type = 13
	Q6_K    Type = 14
	Q8_K    Type = 15
	IQ2_XXS Type = 16
	IQ2_XS  Type = 17
	IQ3_XXS Type = 18
	IQ1_S   Type = 19
	IQ4_NL  Type = 20
	IQ3_S   Type = 21
	IQ2_S   Type = 22
	IQ4_XS  Type = 23
	I8      Type = 24
	I16     Type = 25
	I32     Type = 26
	I64     Type = 27
	F64     Type = 28
	IQ1_M   Type = 29
	BF16    Type = 30
	TQ1_0   Type = 34
	TQ2_0   Type = 35
	MXFP4   Type = 39
	NVFP4   Type = 40
	Q1_0    Type = 41
	Q2_0    Type = 42
)

// layout is how ggml stores a type: blocks of so many elements in so many
// bytes. weight says that the CPU multiplies matrices of this type; the others
// end the whole program when they are used as weights.
type layout struct {
	name     string
	elements uint64
	bytes    uint64
	weight   bool
}

// layouts is indexed by Type; sizes are those of ggml-common.h's block structs.
// A zero entry is a withdrawn number.
var layouts = [...]layout{
	F32:     {"F32", 1, 4, true},
	F16:     {"F16", 1, 2, true},
	Q4_0:    {"Q4_0", 32, 18, true},
	Q4_1:    {"Q4_1", 32, 20, true},
	Q5_0:    {"Q5_0", 32, 22, true},
	Q5_1:    {"Q5_1", 32, 24, true},
	Q8_0:    {"Q8_0", 32, 34, true},
	Q8_1:    {"Q8_1", 32, 36, false},
	Q2_K:    {"Q2_K", 256, 84, true},
	Q3_K:    {"Q3_K", 256, 110, true},
	Q4_K:    {"Q4_K", 256, 144, true},
	Q5_K:    {"Q5_K", 256, 176, true},
	Q6_K:    {"Q6_K", 256, 210, true},
	Q8_K:    {"Q8_K", 256, 292, false},
	IQ2_XXS: {"IQ2_XXS", 256, 66, true},
	IQ2_XS:  {"IQ2_XS", 256, 74, true},
	IQ3_XXS: {"IQ3_XXS", 256, 98, true},
	IQ1_S:   {"IQ1_S", 256, 50, true},
	IQ4_NL:  {"IQ4_NL", 32, 18, true},
	IQ3_S:   {"IQ3_S", 256, 110, true},
	IQ2_S:   {"IQ2_S", 256, 82, true},
	IQ4_XS:  {"IQ4_XS", 256, 136, true},
	I8:      {"I8", 1, 1, false},
	I16:     {"I16", 1, 2, false},
	I32:     {"I32", 1, 4, false},
	I64:     {"I64", 1, 8, false},
	F64:     {"F64", 1, 8, false},
	IQ1_M:   {"IQ1_M", 256, 56, true},
	BF16:    {"BF16", 1, 2, true},
	TQ1_0:   {"TQ1_0", 256, 54, true},
	TQ2_0:   {"TQ2_0", 256, 66, true},
	MXFP4:   {"MXFP4", 32, 17, true},
	NVFP4:   {"NVFP4", 64, 36, true},
	Q1_0:    {"Q1_0", 128, 18, true},
	Q2_0:    {"Q2_0", 64, 18, true},
}

func (t Type) layout() layout {
	if uint64(t) >= uint64(len(layouts)) {
		return layout{}
	}
	return layouts[t]
}

// Valid reports whether ggml still knows the type.
func (t Type) Valid() bool { return t.layout().elements != 0 }

// Weight reports whether ggml's CPU backend multiplies by matrices of the type.
func (t Type) Weight() bool { return t.layout().weight }

// BlockElements is the number of elements in one block, the unit of storage.
func (t Type) BlockElements() uint64 { return t.layout().elements }

// BlockBytes is the number of bytes of one block.
func (t Type) BlockBytes() uint64 { return t.layout().bytes }

func (t Type) String() string {
	if t.Valid() {
		return t.layout().name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// Size returns the number of elements and of bytes that a tensor of this type
// and shape takes. Shape[0] is the length of a row, as in ggml. It fails where
// ggml would: too many dimensions, an empty one, a row that is not a whole
// number of blocks, or a count that leaves int64.
func (t Type) Size(shape []uint64) (elements, size uint64, err error) {
	if !t.Valid() {
		return 0, 0, fmt.Errorf("%v is not a ggml type of today", t)
	}
	if len(shape) < 1 || len(shape) > maxDims {
		return 0, 0, fmt.Errorf("%d dimensions instead of 1 to %d", len(shape), maxDims)
	}
	elements = 1
	for i, n := range shape {
		if n == 0 {
			return 0, 0, fmt.Errorf("dimension %d is 0", i)
		}
		hi, lo := bits.Mul64(elements, n)
		if hi != 0 || lo > maxBytes {
			return 0, 0, fmt.Errorf("shape %v has more than 2^62 elements", shape)
		}
		elements = lo
	}
	if shape[0]%t.BlockElements() != 0 {
		return 0, 0, fmt.Errorf("rows of %d elements are not whole %v blocks of %d", shape[0], t, t.BlockElements())
	}
	hi, lo := bits.Mul64(elements/t.BlockElements(), t.BlockBytes())
	if hi != 0 || lo > maxBytes {
		return 0, 0, fmt.Errorf("shape %v takes more than 2^62 bytes", shape)
	}
	return elements, lo, nil
}
