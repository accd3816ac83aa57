// Package llama is the one cgo package: a thin binding of llama.cpp through the
// C surface of shim.h, which engine/native builds. It holds no policy: what to
// keep in the KV cache, when to stop and how to sample is decided in engine.
//
// C memory has one owner each: Weights and Context free what they allocated in
// Close, which may be called twice. A Context is used by one goroutine at a
// time, except for Abort; Weights are immutable and shared.
package llama

import (
	"errors"
	"fmt"
	"os"
)

// Token is an index into the vocabulary.
type Token = int32

// ErrKVFull says that the KV cache has no room for the batch; nothing was evaluated.
var ErrKVFull = errors.New("the KV cache has no room for the batch")

// ErrAborted says that Abort stopped a decode; micro-batches evaluated before
// stay in the KV cache (see KVLast).
var ErrAborted = errors.New("decode aborted")

// Kernels are a set of matrix products.
type Kernels string

// The sets of kernels. Ours leave to ggml the weight types and CPUs they lack.
const (
	KernelsOurs Kernels = "ours"
	KernelsGGML Kernels = "ggml"
)

// Validate reports an unknown set.
func (k Kernels) Validate() error {
	switch k {
	case "", KernelsOurs, KernelsGGML:
		return nil
	}
	return fmt.Errorf("unknown kernels %q: want %q or %q", string(k), KernelsOurs, KernelsGGML)
}

// LoadOptions are the settings of Load.
type LoadOptions struct {
	// NoRepack keeps the file's layout and maps it instead of converting it to
	// ggml's interleaved one: loads at once, decodes slower.
	NoRepack bool
	// Kernels says whose matrix products the weights are laid out for: "" is ours.
	Kernels Kernels
	// Progress gets the share loaded, 0…1; returning false stops the load.
	Progress func(share float32) bool
	// Place is asked once where weights in our packed layout go; nil keeps them
	// in memory of this process.
	Place func(bytes int64) Place
	// Parts is what llama.cpp is to see instead of the file; nil is the file.
	Parts []Part
}

// Place is memory for packed weights.
type Place struct {
	Memory []byte   // page-aligned, outside of Go's heap, kept until Weights.Close; nil: none
	File   *os.File // what Memory shows and the weights are written to; nil: Memory has them
	At     int64    // offset of Memory in File
}

// Part is a part of a model file as llama.cpp is to see it.
type Part struct {
	Bytes  int64  // a multiple of 32, except for the last part
	Memory []byte // outside of Go's heap, Bytes long; nil: weights that Place has already
}

// Section is a weight in the memory of Place.
type Section struct {
	Name          string
	Type          int32 // ggml's number of the type it has in the model file
	Rows, Columns int64
	Offset, Bytes int64 // within Place.Memory
}

// ErrUnkept says that packed weights could not be written to Place.File.
var ErrUnkept = errors.New("cannot keep the packed weights")

// Info describes loaded weights.
type Info struct {
	VocabSize    int    // tokens
	TrainContext int    // tokens
	Layers       int    // transformer blocks
	Params       uint64 // weights
	Bytes        uint64 // of all tensors
}

// ContextOptions are the settings of NewContext; all must be positive.
type ContextOptions struct {
	ContextTokens int // KV positions over all sequences
	BatchTokens   int // most tokens of one Decode
	MicroBatch    int // tokens evaluated at once
	Outputs       int // most rows of logits of one Decode
	Sequences     int
	Threads       int
	Flash         Flash // the one field that may be zero
}

// Flash says whether attention is one fused step.
type Flash int

// The zero value lets llama.cpp choose.
const (
	FlashAuto Flash = iota
	FlashOn
	FlashOff
)

// Batch is what one Decode evaluates: token i stands at position Pos[i] of
// sequence Seq[i] and yields a row of logits where Want[i] is not 0.
type Batch struct {
	Token []Token
	Pos   []int32
	Seq   []int32
	Want  []int8
}

// Add appends one token.
func (b *Batch) Add(t Token, pos, seq int, want bool) {
	var w int8
	if want {
		w = 1
	}
	b.Token = append(b.Token, t)
	b.Pos = append(b.Pos, int32(pos))
	b.Seq = append(b.Seq, int32(seq))
	b.Want = append(b.Want, w)
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Token, b.Pos, b.Seq, b.Want = b.Token[:0], b.Pos[:0], b.Seq[:0], b.Want[:0]
}

// Turn is one message of a conversation, as a chat template sees it.
type Turn struct {
	Role string // "system", "user" or "assistant"
	Text string
}
