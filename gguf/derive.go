package gguf

import "math"

// Architecture is the name of the graph that runs the model, such as "qwen2".
func (f *File) Architecture() string { return f.text("general.architecture") }

// Name is the title that the model's maker gave it; it may be empty.
func (f *File) Name() string { return f.text("general.name") }

// Licence is the licence the file names (an SPDX identifier as a rule), or "".
func (f *File) Licence() string { return f.text("general.license") }

// ChatTemplate is the Jinja template of conversations, or "".
func (f *File) ChatTemplate() string { return f.text("tokenizer.chat_template") }

func (f *File) text(key string) string {
	s, _ := f.Meta.String(key)
	return s
}

// ContextLength is the number of tokens the model was trained for.
func (f *File) ContextLength() uint64 { return f.hyper.context }

// Layers is the number of transformer blocks.
func (f *File) Layers() uint64 { return f.hyper.layers }

// EmbeddingLength is the width of the residual stream.
func (f *File) EmbeddingLength() uint64 { return f.hyper.width }

// FeedForwardLength is the width inside the feed-forward part of a block.
func (f *File) FeedForwardLength() uint64 { return f.hyper.ffn }

// Heads is the number of attention heads of a block.
func (f *File) Heads() uint64 { return f.hyper.heads }

// KVHeads is the number of heads whose keys and values are kept.
func (f *File) KVHeads() uint64 { return f.hyper.kvHeads }

// HeadSize is the number of elements of one head's query, key or value.
func (f *File) HeadSize() uint64 { return f.hyper.headSize }

// VocabSize is the number of tokens.
func (f *File) VocabSize() uint64 { return f.hyper.vocab }

// ParameterCount is the number of elements of all tensors.
func (f *File) ParameterCount() uint64 {
	var n uint64
	for _, t := range f.Tensors {
		n += t.Elements()
	}
	return n
}

// WeightBytes is the size of all tensor data without padding.
func (f *File) WeightBytes() uint64 {
	var n uint64
	for _, t := range f.Tensors {
		n += t.Bytes
	}
	return n
}

// KVBytesPerToken is what one token takes in the cache of keys and values over
// all layers, rounded up, when an element takes bytesPerElem bytes (2 for F16,
// 34.0/32 for Q8_0).
func (f *File) KVBytesPerToken(bytesPerElem float64) uint64 {
	h := f.hyper
	return uint64(math.Ceil(float64(2*h.layers*h.kvHeads*h.headSize) * bytesPerElem))
}

// Tied reports whether the embedding serves as the output matrix too.
func (f *File) Tied() bool {
	for _, t := range f.Tensors {
		if t.Name == "output.weight" {
			return false
		}
	}
	return true
}

// BytesPerDecodedToken is how many bytes of weights one decoding step reads:
// everything but the embedding table, of which it reads one row. A tied table
// is read whole, as the output matrix. Divided by the memory's bandwidth it is
// the least time that a token can take.
func (f *File) BytesPerDecodedToken() uint64 {
	n := f.WeightBytes()
	if f.Tied() {
		return n
	}
	for _, t := range f.Tensors {
		if t.Name == "token_embd.weight" {
			n -= t.Bytes
		}
	}
	return n
}
