//go:build cgo

package llama

/*
#include <stdlib.h>
#include "shim.h"
extern int viscoderProgress(float share, uintptr_t user);
extern void viscoderPlace(size_t bytes, uintptr_t user, vc_place * out);
*/
import "C"

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"runtime/cgo"
	"unicode/utf8"
	"unsafe"
)

// Weights are a loaded model: tensors and vocabulary, immutable and shared.
type Weights struct {
	c    *C.vc_model
	info Info
}

// Load reads a GGUF file. A GGML_ASSERT in C would end the process, so the file
// must have been validated by package gguf before.
func Load(path string, o LoadOptions) (*Weights, error) {
	if err := o.Kernels.Validate(); err != nil {
		return nil, err
	}
	cpath := C.CString(path)
	defer C.free(unsafe.Pointer(cpath))
	params := (*C.vc_model_params)(C.calloc(1, C.sizeof_vc_model_params))
	defer C.free(unsafe.Pointer(params))
	if !o.NoRepack {
		params.repack = 1
	}
	if o.Kernels == KernelsGGML {
		params.kernels = C.VC_KERNELS_GGML
	}
	handle := cgo.NewHandle(&o)
	defer handle.Delete()
	params.user = C.uintptr_t(handle)
	if o.Progress != nil {
		params.progress = C.vc_progress_fn(C.viscoderProgress)
	}
	if o.Place != nil {
		params.place = C.vc_place_fn(C.viscoderPlace)
	}
	var pinned runtime.Pinner
	defer pinned.Unpin()
	if parts := cParts(o.Parts); len(parts) > 0 {
		pinned.Pin(&parts[0])
		params.parts, params.part_count = &parts[0], C.int32_t(len(parts))
	}
	var reason errorText
	w := &Weights{}
	firstErr.Store(nil)
	if rc := C.vc_model_load(cpath, params, &w.c, reason.c()); rc != C.VC_OK {
		if rc == C.VC_UNKEPT {
			return nil, fmt.Errorf("%w: %w", ErrUnkept, reason.error())
		}
		if line := firstErr.Load(); line != nil {
			return nil, errors.New(*line)
		}
		return nil, reason.error()
	}
	var info C.vc_model_info
	C.vc_model_describe(w.c, &info)
	w.info = Info{
		VocabSize:    int(info.vocab),
		TrainContext: int(info.train_context),
		Layers:       int(info.layers),
		Params:       uint64(info.params),
		Bytes:        uint64(info.bytes),
	}
	return w, nil
}

// Close frees the weights; every Context of theirs must be closed before.
func (w *Weights) Close() {
	if w.c != nil {
		C.vc_model_free(w.c)
		w.c = nil
	}
}

// Info describes the weights.
func (w *Weights) Info() Info { return w.info }

// Tokenize turns text into tokens. addSpecial adds what the model wants at the
// start of every text; parseSpecial lets text spell control tokens, which
// foreign text must not.
func (w *Weights) Tokenize(text string, addSpecial, parseSpecial bool) ([]Token, error) {
	if len(text) > math.MaxInt32 {
		return nil, fmt.Errorf("text of %d bytes is too long to tokenize", len(text))
	}
	if !utf8.ValidString(text) {
		text = string([]rune(text)) // llama.cpp throws for code points past the last one
	}
	// One token holds at least one byte; one more for a token the model adds.
	tokens := make([]Token, len(text)+2)
	n := C.vc_tokenize(w.c, (*C.char)(unsafe.Pointer(unsafe.StringData(text))), C.int32_t(len(text)),
		flag(addSpecial), flag(parseSpecial), (*C.int32_t)(unsafe.Pointer(&tokens[0])), C.int32_t(len(tokens)))
	if n < 0 {
		return nil, fmt.Errorf("llama.cpp could not tokenize %d bytes of text", len(text))
	}
	return tokens[:n:n], nil
}

// AppendPiece appends the bytes of a token to out; control tokens have none
// unless special is set. Bytes of a rune may be split over tokens.
func (w *Weights) AppendPiece(out []byte, t Token, special bool) []byte {
	var buf [256]byte
	n := C.vc_piece(w.c, C.int32_t(t), flag(special), (*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(len(buf)))
	if n >= 0 {
		return append(out, buf[:n]...)
	}
	long := make([]byte, -n)
	n = C.vc_piece(w.c, C.int32_t(t), flag(special), (*C.char)(unsafe.Pointer(&long[0])), C.int32_t(len(long)))
	return append(out, long[:max(n, 0)]...)
}

// IsEOG says whether the token ends a generation.
func (w *Weights) IsEOG(t Token) bool { return C.vc_is_eog(w.c, C.int32_t(t)) != 0 }

// ChatTemplate is the template stored in the file, "" where there is none.
func (w *Weights) ChatTemplate() string {
	tmpl := C.vc_model_chat_template(w.c)
	if tmpl == nil {
		return ""
	}
	return C.GoString(tmpl)
}

// ErrUnknownTemplate says that llama.cpp does not recognise a chat template.
var ErrUnknownTemplate = errors.New("llama.cpp does not recognise the chat template")

// RenderChat renders turns by a chat template, given as a template's text or as
// one of llama.cpp's template names; openAssistant begins the answer.
func RenderChat(template string, turns []Turn, openAssistant bool) (string, error) {
	ctemplate := C.CString(template)
	defer C.free(unsafe.Pointer(ctemplate))
	roles, freeRoles := cStrings(turns, func(t Turn) string { return t.Role })
	defer freeRoles()
	texts, freeTexts := cStrings(turns, func(t Turn) string { return t.Text })
	defer freeTexts()
	out := make([]byte, 4096)
	for {
		n := C.vc_chat(ctemplate, roles, texts, C.int32_t(len(turns)), flag(openAssistant),
			(*C.char)(unsafe.Pointer(&out[0])), C.int32_t(len(out)))
		switch {
		case n < 0:
			return "", ErrUnknownTemplate
		case int(n) <= len(out):
			return string(out[:n]), nil
		}
		out = make([]byte, n)
	}
}

// cStrings copies one field of each turn into a C array of C strings.
func cStrings(turns []Turn, field func(Turn) string) (**C.char, func()) {
	array := C.calloc(C.size_t(len(turns)+1), C.size_t(unsafe.Sizeof(uintptr(0))))
	entries := unsafe.Slice((**C.char)(array), len(turns))
	for i, t := range turns {
		entries[i] = C.CString(field(t))
	}
	return (**C.char)(array), func() {
		for _, s := range entries {
			C.free(unsafe.Pointer(s))
		}
		C.free(array)
	}
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// errorText is the buffer into which C writes why a call failed.
type errorText [C.VC_ERR_BYTES]byte

func (t *errorText) c() *C.char { return (*C.char)(unsafe.Pointer(&t[0])) }

func (t *errorText) error() error {
	t[len(t)-1] = 0
	return errors.New(C.GoString(t.c()))
}
