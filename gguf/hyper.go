package gguf

import (
	"fmt"
	"math"
	"slices"
)

// Architectures are those that viscoder runs: their graphs in llama.cpp have
// been read for what they assert.
func Architectures() []string { return []string{"llama", "qwen2"} }

// hyper are the sizes of a transformer as its metadata gives them.
type hyper struct {
	layers, width, ffn, context uint64
	heads, kvHeads, headSize    uint64
	vocab                       uint64
}

const maxLayers = 512 // LLAMA_MAX_LAYERS

// checkModel makes sure that the file is a model that viscoder runs and that
// no number of it leads llama.cpp into a failed assertion.
func (f *File) checkModel() error {
	arch, err := f.checkArchitecture()
	if err != nil {
		return err
	}
	h, err := f.hyperparameters(arch)
	if err != nil {
		return err
	}
	if err := f.checkFeatures(arch); err != nil {
		return err
	}
	if err := f.checkFloats(arch); err != nil {
		return err
	}
	tokens, err := f.checkTokenizer()
	if err != nil {
		return err
	}
	h.vocab = tokens
	f.hyper = h
	return f.checkShapes(arch, h)
}

func (f *File) checkArchitecture() (string, error) {
	arch, ok := f.Meta.String("general.architecture")
	if !ok {
		return "", damaged("general.architecture", "the key is missing or is no string")
	}
	if !slices.Contains(Architectures(), arch) {
		return "", unsupported("general.architecture", "%q is not one that viscoder runs (%v)", printable(arch), Architectures())
	}
	return arch, nil
}

func (f *File) hyperparameters(arch string) (hyper, error) {
	var h hyper
	for _, field := range []struct {
		key      string
		to       *uint64
		fallback *uint64
	}{
		{"block_count", &h.layers, nil},
		{"context_length", &h.context, nil},
		{"embedding_length", &h.width, nil},
		{"feed_forward_length", &h.ffn, nil},
		{"attention.head_count", &h.heads, nil},
		{"attention.head_count_kv", &h.kvHeads, &h.heads},
	} {
		n, err := f.positive(arch+"."+field.key, field.fallback)
		if err != nil {
			return h, err
		}
		*field.to = n
	}
	if h.layers > maxLayers {
		return h, damaged(arch+".block_count", "%d layers; llama.cpp takes up to %d", h.layers, maxLayers)
	}
	return h, f.headSize(arch, &h)
}

// headSize checks how the embedding is divided among heads. The graphs assert
// that keys, values and rotated dimensions have one size, and rotation needs
// pairs.
func (f *File) headSize(arch string, h *hyper) error {
	if h.heads%h.kvHeads != 0 {
		return damaged(arch+".attention.head_count_kv", "%d heads do not share %d key-value heads evenly", h.heads, h.kvHeads)
	}
	h.headSize = h.width / h.heads
	if !f.Meta.Has(arch+".attention.key_length") && h.width%h.heads != 0 {
		return damaged(arch+".attention.head_count", "%d heads do not divide an embedding of %d", h.heads, h.width)
	}
	n, err := f.positive(arch+".attention.key_length", &h.headSize)
	if err != nil {
		return err
	}
	h.headSize = n
	if arch == "qwen2" && n*h.heads != h.width {
		return damaged(arch+".attention.key_length", "%d heads of %d do not make an embedding of %d", h.heads, n, h.width)
	}
	if h.headSize%2 != 0 {
		return damaged(arch+".attention.head_count", "heads of %d elements cannot be rotated in pairs", h.headSize)
	}
	for _, key := range []string{".attention.value_length", ".rope.dimension_count"} {
		n, err := f.positive(arch+key, &h.headSize)
		if err != nil {
			return err
		}
		if n != h.headSize {
			return damaged(arch+key, "%d differs from the size of a head, %d", n, h.headSize)
		}
	}
	return nil
}

// positive reads a uint32 above zero; llama.cpp takes no other width. Without a
// fallback the key must be there.
func (f *File) positive(key string, fallback *uint64) (uint64, error) {
	v, ok := f.Meta.Get(key)
	if !ok && fallback != nil {
		return *fallback, nil
	}
	if !ok {
		return 0, damaged(key, "the key is missing")
	}
	n, ok := v.(uint32)
	if !ok {
		return 0, damaged(key, "%s instead of uint32", typeName(v))
	}
	if n == 0 {
		return 0, damaged(key, "it is 0")
	}
	return uint64(n), nil
}

// checkFeatures refuses models that are more than a plain decoder, on whose
// paths other assertions stand, and files that make C open others.
func (f *File) checkFeatures(arch string) error {
	for _, feature := range []struct{ key, meaning string }{
		{".expert_count", "mixtures of experts are not run"},
		{".expert_used_count", "mixtures of experts are not run"},
		{".expert_group_count", "mixtures of experts are not run"},
		{".nextn_predict_layers", "extra prediction layers are not run"},
		{".pooling_type", "embedding models write no text"},
	} {
		if v, ok := f.Meta.Get(arch + feature.key); ok && v != uint32(0) {
			return unsupported(arch+feature.key, "%s (value %v)", feature.meaning, v)
		}
	}
	if v, ok := f.Meta.Get(arch + ".attention.causal"); ok && v != true {
		return unsupported(arch+".attention.causal", "models without causal attention write no text")
	}
	if v, ok := f.Meta.Get("split.count"); ok && v != uint16(0) && v != uint16(1) {
		return unsupported("split.count", "the model is one of %v parts; join them first with llama-gguf-split --merge", v)
	}
	key := arch + ".rope.scaling.type"
	if v, ok := f.Meta.Get(key); ok && v != "none" && v != "linear" && v != "yarn" {
		return unsupported(key, "%q; viscoder runs none, linear and yarn", printable(fmt.Sprint(v)))
	}
	return nil
}

func (f *File) checkFloats(arch string) error {
	key := arch + ".attention.layer_norm_rms_epsilon"
	v, ok := f.Meta.Get(key)
	if !ok {
		return damaged(key, "the key is missing")
	}
	if eps, ok := v.(float32); !ok || !(eps >= 0 && eps < 1) {
		return damaged(key, "%s %v instead of a float32 from 0 to 1", typeName(v), v)
	}
	key = arch + ".rope.freq_base"
	if v, ok := f.Meta.Get(key); ok {
		if base, ok := v.(float32); !ok || !(base > 0) || math.IsInf(float64(base), 0) {
			return damaged(key, "%s %v instead of a positive float32", typeName(v), v)
		}
	}
	return nil
}
