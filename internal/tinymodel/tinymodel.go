// Package tinymodel writes a tiny qwen2 model with random weights, which
// llama.cpp loads and runs in milliseconds. Its text is noise; its shapes,
// tokenizer, template and special tokens are those of the models that viscoder
// runs, so tests of sessions, streams and caches need no download.
package tinymodel

import (
	"bytes"
	"fmt"

	"viscoder/gguf"
)

// Options choose the size of the model. The zero value is a model of two
// layers, 64 wide, with 4 heads over 2 key-value heads.
type Options struct {
	Seed          uint64    // of the weights; 0 is 1
	Layers        int       // 0 is 2
	Width         int       // embedding length; 0 is 64
	Heads         int       // 0 is 4
	KVHeads       int       // 0 is 2
	FFN           int       // feed-forward length; 0 is 128
	ContextLength int       // tokens; 0 is 2048
	Type          gguf.Type // of the matrices: F32 (the zero value), F16 or Q8_0
	Untied        bool      // an output matrix of its own instead of the embedding
}

func (o Options) withDefaults() Options {
	o.Seed = or(o.Seed, 1)
	o.Layers = or(o.Layers, 2)
	o.Width = or(o.Width, 64)
	o.Heads = or(o.Heads, 4)
	o.KVHeads = or(o.KVHeads, 2)
	o.FFN = or(o.FFN, 128)
	o.ContextLength = or(o.ContextLength, 2048)
	return o
}

func or[T int | uint64](v, fallback T) T {
	if v == 0 {
		return fallback
	}
	return v
}

// Validate reports a size that no qwen2 model can have.
func (o Options) Validate() error {
	o = o.withDefaults()
	switch {
	case min(o.Layers, o.Width, o.Heads, o.KVHeads, o.FFN, o.ContextLength) < 1:
		return fmt.Errorf("tinymodel: sizes must be positive")
	case o.Width%o.Heads != 0 || o.Width/o.Heads%2 != 0:
		return fmt.Errorf("tinymodel: width %d does not give each of %d heads an even size", o.Width, o.Heads)
	case o.Heads%o.KVHeads != 0:
		return fmt.Errorf("tinymodel: %d heads do not share %d key-value heads evenly", o.Heads, o.KVHeads)
	case o.Type != gguf.F32 && o.Type != gguf.F16 && o.Type != gguf.Q8_0:
		return fmt.Errorf("tinymodel: matrices can be F32, F16 or Q8_0, not %v", o.Type)
	}
	return nil
}

// Write makes the file at path, whole or not at all. Equal options give equal
// bytes.
func Write(path string, o Options) error {
	if err := o.Validate(); err != nil {
		return err
	}
	o = o.withDefaults()
	vocab := newVocabulary()
	meta, err := metadata(o, vocab)
	if err != nil {
		return err
	}
	plan := weights(o, len(vocab.tokens))
	table := make([]gguf.Tensor, len(plan))
	for i, w := range plan {
		table[i] = w.Tensor
	}
	out, err := gguf.Create(path, meta, table)
	if err != nil {
		return err
	}
	defer out.Abort()
	for _, w := range plan {
		if err := out.Tensor(w.Name, bytes.NewReader(w.data(o.Seed))); err != nil {
			return err
		}
	}
	return out.Commit()
}
