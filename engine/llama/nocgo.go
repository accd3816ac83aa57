//go:build !cgo

package llama

import (
	"errors"
	"log/slog"
)

// NativeKey says that this binary holds no native code.
const NativeKey = "built without cgo"

var errNoCgo = errors.New("this binary was built with CGO_ENABLED=0 and cannot run models; build it with: make build")

// ErrUnknownTemplate says that llama.cpp does not recognise a chat template.
var ErrUnknownTemplate = errNoCgo

// Start does nothing without cgo.
func Start(*slog.Logger) {}

// Version is empty without cgo.
func Version() string { return "" }

// SystemInfo is empty without cgo.
func SystemInfo() string { return "" }

// KernelISA is empty without cgo.
func KernelISA() string { return "" }

// PeakRead does nothing without cgo.
func PeakRead([]uint64) uint64 { return 0 }

// PeakInt8 does nothing without cgo.
func PeakInt8(int64) (int64, float64) { return 0, 0 }

// PeakF32 does nothing without cgo.
func PeakF32(int64) (int64, float64) { return 0, 0 }

// LayoutKey is empty without cgo.
func LayoutKey() string { return "" }

// Weights cannot be loaded without cgo.
type Weights struct{}

// Load fails without cgo.
func Load(string, LoadOptions) (*Weights, error) { return nil, errNoCgo }

// Close does nothing.
func (*Weights) Close() {}

// Info is empty.
func (*Weights) Info() Info { return Info{} }

// Sections is empty.
func (*Weights) Sections() []Section { return nil }

// Tokenize fails without cgo.
func (*Weights) Tokenize(string, bool, bool) ([]Token, error) { return nil, errNoCgo }

// AppendPiece appends nothing.
func (*Weights) AppendPiece(out []byte, _ Token, _ bool) []byte { return out }

// IsEOG is false.
func (*Weights) IsEOG(Token) bool { return false }

// ChatTemplate is empty.
func (*Weights) ChatTemplate() string { return "" }

// RenderChat fails without cgo.
func RenderChat(string, []Turn, bool) (string, error) { return "", errNoCgo }

// Context cannot be made without cgo.
type Context struct{}

// NewContext fails without cgo.
func NewContext(*Weights, ContextOptions) (*Context, error) { return nil, errNoCgo }

// Close does nothing.
func (*Context) Close() {}

// Decode fails without cgo.
func (*Context) Decode(*Batch) error { return errNoCgo }

// Logits is nil.
func (*Context) Logits(int) []float32 { return nil }

// Abort does nothing.
func (*Context) Abort(bool) {}

// KVRemove reports failure.
func (*Context) KVRemove(int, int, int) bool { return false }

// KVCopy does nothing.
func (*Context) KVCopy(int, int, int, int) {}

// KVLast is -1: nothing is held.
func (*Context) KVLast(int) int { return -1 }

// KVState fails without cgo.
func (*Context) KVState(int) ([]byte, error) { return nil, errNoCgo }

// SetKVState fails without cgo.
func (*Context) SetKVState(int, []byte) error { return errNoCgo }
