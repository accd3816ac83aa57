//go:build cgo

package llama

/*
#include "shim.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// LayoutKey names the packed layout of our kernels: weights that were packed
// under another key must be packed again.
func LayoutKey() string { return C.GoString(C.vc_layout_key()) }

// Sections lists the weights in the memory that LoadOptions.Place gave.
func (w *Weights) Sections() []Section {
	n := C.vc_model_sections(w.c, nil, 0)
	if n == 0 {
		return nil
	}
	list := make([]C.vc_section, n)
	C.vc_model_sections(w.c, &list[0], n)
	sections := make([]Section, n)
	for i := range list {
		s := &list[i]
		sections[i] = Section{
			Name: C.GoString(&s.name[0]), Type: int32(s._type),
			Rows: int64(s.rows), Columns: int64(s.columns), Offset: int64(s.offset), Bytes: int64(s.bytes),
		}
	}
	return sections
}

// cParts turns parts into C's.
func cParts(parts []Part) []C.vc_part {
	list := make([]C.vc_part, len(parts))
	for i, p := range parts {
		list[i] = C.vc_part{bytes: C.uint64_t(p.Bytes), memory: unsafe.Pointer(unsafe.SliceData(p.Memory))}
	}
	return list
}

//export viscoderPlace
func viscoderPlace(bytes C.size_t, user C.uintptr_t, out *C.vc_place) {
	// A panic must not unwind through C++ frames.
	defer func() { _ = recover() }()
	options, _ := cgo.Handle(user).Value().(*LoadOptions)
	place := options.Place(int64(bytes))
	if int64(len(place.Memory)) < int64(bytes) {
		return
	}
	if place.File != nil {
		out.file = C.int32_t(place.File.Fd())
	}
	out.at = C.uint64_t(place.At)
	out.base = unsafe.Pointer(unsafe.SliceData(place.Memory))
}
