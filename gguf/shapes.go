package gguf

import (
	"fmt"
	"slices"
)

// want is a tensor that an architecture has.
type want struct {
	name     string
	shape    []uint64
	optional bool
}

// checkShapes compares the table with what the sizes ask for. Tensors beyond
// that are refused: llama.cpp would either refuse the file too, or use them on
// paths that nothing here has checked.
func (f *File) checkShapes(arch string, h hyper) error {
	if len(f.Tensors) == 0 {
		return damaged("tensor count", "the file holds no weights")
	}
	table := make(map[string]Tensor, len(f.Tensors))
	for _, t := range f.Tensors {
		table[t.Name] = t
	}
	for _, w := range wanted(arch, h) {
		t, ok := table[w.name]
		if !ok && !w.optional {
			return damaged(fmt.Sprintf("tensor %q", w.name), "the file lacks it")
		}
		if err := w.check(t); ok && err != nil {
			return err
		}
		delete(table, w.name)
	}
	for _, t := range f.Tensors {
		if _, ok := table[t.Name]; ok {
			return unsupported(fmt.Sprintf("tensor %q", t.Name), "%s models have no such tensor", arch)
		}
	}
	return nil
}

// check compares shape and type. Vectors are added and multiplied
// elementwise, which ggml does in F32 only.
func (w want) check(t Tensor) error {
	field := fmt.Sprintf("tensor %q", w.name)
	if !slices.Equal(trimOnes(t.Shape), trimOnes(w.shape)) {
		return damaged(field, "shape %v; the sizes of the model ask for %v", t.Shape, w.shape)
	}
	if len(w.shape) == 1 && t.Type != F32 {
		return unsupported(field, "type %v; ggml takes vectors in F32", t.Type)
	}
	if !t.Type.Weight() {
		return unsupported(field, "type %v; ggml cannot multiply by it", t.Type)
	}
	return nil
}

// trimOnes drops dimensions of one element at the end, which change nothing.
func trimOnes(shape []uint64) []uint64 {
	for len(shape) > 1 && shape[len(shape)-1] == 1 {
		shape = shape[:len(shape)-1]
	}
	return shape
}

// wanted lists the tensors of an architecture, after load_arch_tensors in
// llama.cpp's models/llama.cpp and models/qwen2.cpp.
func wanted(arch string, h hyper) []want {
	list := []want{
		{"token_embd.weight", []uint64{h.width, h.vocab}, false},
		{"output_norm.weight", []uint64{h.width}, false},
		{"output.weight", []uint64{h.width, h.vocab}, true},
	}
	if arch == "qwen2" {
		list = append(list, want{"output.bias", []uint64{h.vocab}, true})
	} else {
		list = append(list, want{"rope_freqs.weight", []uint64{h.headSize / 2}, true})
	}
	for i := range h.layers {
		list = append(list, layer(arch, h, fmt.Sprintf("blk.%d.", i))...)
	}
	return list
}

func layer(arch string, h hyper, prefix string) []want {
	q, kv := h.headSize*h.heads, h.headSize*h.kvHeads
	list := []want{
		{"attn_norm.weight", []uint64{h.width}, false},
		{"attn_q.weight", []uint64{h.width, q}, false},
		{"attn_k.weight", []uint64{h.width, kv}, false},
		{"attn_v.weight", []uint64{h.width, kv}, false},
		{"attn_q.bias", []uint64{q}, true},
		{"attn_k.bias", []uint64{kv}, true},
		{"attn_v.bias", []uint64{kv}, true},
		{"attn_output.weight", []uint64{q, h.width}, false},
		{"ffn_norm.weight", []uint64{h.width}, false},
		{"ffn_gate.weight", []uint64{h.width, h.ffn}, false},
		{"ffn_up.weight", []uint64{h.width, h.ffn}, false},
		{"ffn_down.weight", []uint64{h.ffn, h.width}, false},
	}
	if arch == "llama" {
		list = append(list,
			want{"attn_output.bias", []uint64{h.width}, true},
			want{"ffn_gate.bias", []uint64{h.ffn}, true},
			want{"ffn_up.bias", []uint64{h.ffn}, true},
			want{"ffn_down.bias", []uint64{h.width}, true},
		)
	}
	for i := range list {
		list[i].name = prefix + list[i].name
	}
	return list
}
