//go:build cgo

package llama

/*
#include "shim.h"
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// PeakRead reads words as fast as one thread can, in the instruction set of
// KernelISA, and returns their sum modulo 2^64. Their number must be a multiple
// of 64.
func PeakRead(words []uint64) uint64 {
	if len(words) == 0 {
		return 0
	}
	sum := C.vc_peak_read((*C.uint64_t)(unsafe.Pointer(&words[0])), C.size_t(len(words)))
	runtime.KeepAlive(words)
	return uint64(sum)
}

// PeakInt8 multiplies int8 numbers as fast as one thread can, in the instruction
// set of KernelISA. It returns how many multiplications it did and the sum of
// their products, each of which is 1.
func PeakInt8(rounds int64) (macs int64, sum float64) {
	var s C.double
	n := C.vc_peak_int8(C.int64_t(rounds), &s)
	return int64(n), float64(s)
}

// PeakF32 does so with float32 numbers.
func PeakF32(rounds int64) (macs int64, sum float64) {
	var s C.double
	n := C.vc_peak_f32(C.int64_t(rounds), &s)
	return int64(n), float64(s)
}
