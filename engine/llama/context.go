//go:build cgo

package llama

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"unsafe"
)

var errKVState = errors.New("llama: the KV cache cannot be read or set")

// Context is one decoder over Weights: its KV cache, its threads and the logits
// of its last batch.
type Context struct {
	c       *C.vc_context
	weights *Weights
}

// NewContext allocates the KV cache and starts the threads.
func NewContext(w *Weights, o ContextOptions) (*Context, error) {
	params := C.vc_context_params{
		context:    C.int32_t(o.ContextTokens),
		batch:      C.int32_t(o.BatchTokens),
		microbatch: C.int32_t(o.MicroBatch),
		outputs:    C.int32_t(o.Outputs),
		sequences:  C.int32_t(o.Sequences),
		threads:    C.int32_t(o.Threads),
		flash:      C.int32_t(o.Flash),
	}
	var reason errorText
	ctx := &Context{weights: w}
	if rc := C.vc_context_new(w.c, &params, &ctx.c, reason.c()); rc != C.VC_OK {
		return nil, reason.error()
	}
	return ctx, nil
}

// Close frees the KV cache and stops the threads.
func (c *Context) Close() {
	if c.c != nil {
		C.vc_context_free(c.c)
		c.c = nil
	}
}

// Decode evaluates a batch: one crossing into C for the whole of it.
func (c *Context) Decode(b *Batch) error {
	if len(b.Token) == 0 {
		return nil
	}
	var reason errorText
	rc := C.vc_decode(c.c, (*C.int32_t)(unsafe.Pointer(&b.Token[0])), (*C.int32_t)(unsafe.Pointer(&b.Pos[0])),
		(*C.int32_t)(unsafe.Pointer(&b.Seq[0])), (*C.int8_t)(unsafe.Pointer(&b.Want[0])), C.int32_t(len(b.Token)), reason.c())
	switch rc {
	case C.VC_OK:
		return nil
	case C.VC_KV_FULL:
		return ErrKVFull
	case C.VC_ABORTED:
		return ErrAborted
	}
	return reason.error()
}

// Logits is the row of batch position i of the last Decode, [vocab]float32. It
// is C memory, read in place: valid until the next Decode, never written to.
// nil where the batch did not ask for it.
func (c *Context) Logits(i int) []float32 {
	row := C.vc_logits(c.c, C.int32_t(i))
	if row == nil {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(row)), c.weights.info.VocabSize)
}

// Abort makes a running Decode and the next ones return ErrAborted while on;
// it may be called from any goroutine.
func (c *Context) Abort(on bool) { C.vc_context_abort(c.c, flag(on)) }

// KVRemove drops positions [from, to) of a sequence; to < 0 means to the end.
// It reports whether the cache could do so.
func (c *Context) KVRemove(seq, from, to int) bool {
	return C.vc_kv_remove(c.c, C.int32_t(seq), C.int32_t(from), C.int32_t(to)) == C.VC_OK
}

// KVCopy lets target share positions [from, to) of source.
func (c *Context) KVCopy(source, target, from, to int) {
	C.vc_kv_copy(c.c, C.int32_t(source), C.int32_t(target), C.int32_t(from), C.int32_t(to))
}

// KVLast is the highest position held for a sequence, -1 if none.
func (c *Context) KVLast(seq int) int { return int(C.vc_kv_last(c.c, C.int32_t(seq))) }

// KVState is the keys and values of a sequence as bytes, in llama.cpp's form.
func (c *Context) KVState(seq int) ([]byte, error) {
	state := make([]byte, C.vc_kv_state_size(c.c, C.int32_t(seq)))
	if len(state) == 0 {
		return nil, errKVState
	}
	n := C.vc_kv_state_get(c.c, C.int32_t(seq), (*C.uint8_t)(unsafe.Pointer(&state[0])), C.size_t(len(state)))
	if n == 0 {
		return nil, errKVState
	}
	return state[:n], nil
}

// SetKVState gives a sequence the keys and values that KVState returned, by the
// same build with the same weights. After an error the sequence may hold anything.
func (c *Context) SetKVState(seq int, state []byte) error {
	if len(state) == 0 {
		return errKVState
	}
	if C.vc_kv_state_set(c.c, C.int32_t(seq), (*C.uint8_t)(unsafe.Pointer(&state[0])), C.size_t(len(state))) != C.VC_OK {
		return errKVState
	}
	return nil
}
