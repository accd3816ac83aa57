package gguf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// LayoutHash names what decides how fast a model runs: its architecture, and the
// shapes and types of its tensors. Models that differ in the values of their
// weights only have the same.
func (f *File) LayoutHash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %d %d\n", f.Architecture(), f.Heads(), f.KVHeads())
	for _, t := range f.Tensors {
		fmt.Fprintf(h, "%s %v %d\n", t.Name, t.Shape, t.Type)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
