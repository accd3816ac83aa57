package tinymodel

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"

	"viscoder/gguf"
)

// weight is a tensor and the distribution of its values: uniform around mean
// with the given standard deviation.
type weight struct {
	gguf.Tensor
	mean, deviation float64
}

// weights lists the tensors of a qwen2 model in the order in which converters
// write them. The branches are scaled to outweigh the embedding in the residual
// stream; else a tied output would only ever repeat the last token.
func weights(o Options, vocab int) []weight {
	width, ffn := uint64(o.Width), uint64(o.FFN)
	kv := width / uint64(o.Heads) * uint64(o.KVHeads)
	list := []weight{matrix("token_embd.weight", o.Type, width, uint64(vocab), 0.25)}
	if o.Untied {
		list = append(list, matrix("output.weight", o.Type, width, uint64(vocab), 0.25))
	}
	list = append(list, norm("output_norm.weight", width))
	for i := range o.Layers {
		name := func(part string) string { return fmt.Sprintf("blk.%d.%s", i, part) }
		list = append(list,
			norm(name("attn_norm.weight"), width),
			bias(name("attn_q.bias"), width),
			bias(name("attn_k.bias"), kv),
			bias(name("attn_v.bias"), kv),
			matrix(name("attn_q.weight"), o.Type, width, width, fan(width, 1.5)),
			matrix(name("attn_k.weight"), o.Type, width, kv, fan(width, 1.5)),
			matrix(name("attn_v.weight"), o.Type, width, kv, fan(width, 1)),
			matrix(name("attn_output.weight"), o.Type, width, width, fan(width, 3)),
			norm(name("ffn_norm.weight"), width),
			matrix(name("ffn_gate.weight"), o.Type, width, ffn, fan(width, 1.5)),
			matrix(name("ffn_up.weight"), o.Type, width, ffn, fan(width, 1.5)),
			matrix(name("ffn_down.weight"), o.Type, ffn, width, fan(ffn, 3)),
		)
	}
	return list
}

func matrix(name string, t gguf.Type, in, out uint64, deviation float64) weight {
	return weight{gguf.Tensor{Name: name, Type: t, Shape: []uint64{in, out}}, 0, deviation}
}

func norm(name string, n uint64) weight {
	return weight{gguf.Tensor{Name: name, Type: gguf.F32, Shape: []uint64{n}}, 1, 0.1}
}

func bias(name string, n uint64) weight {
	return weight{gguf.Tensor{Name: name, Type: gguf.F32, Shape: []uint64{n}}, 0, 0.2}
}

// fan is the deviation at which a row of n products of unit variance sums up to
// the given gain.
func fan(n uint64, gain float64) float64 { return gain / math.Sqrt(float64(n)) }

// data draws the values. Each tensor has its own stream, seeded by its name, so
// its values depend neither on its place in the file nor on the number of layers.
func (w weight) data(seed uint64) []byte {
	h := fnv.New64a()
	h.Write([]byte(w.Name))
	random := rand.New(rand.NewPCG(seed, h.Sum64()))
	values := make([]float32, w.Elements())
	for i := range values {
		values[i] = float32(w.mean + w.deviation*math.Sqrt(3)*(2*random.Float64()-1))
	}
	return encode(w.Type, values)
}

func encode(t gguf.Type, values []float32) []byte {
	switch t {
	case gguf.F16:
		return encodeF16(values)
	case gguf.Q8_0:
		return encodeQ8(values)
	}
	out := make([]byte, 0, 4*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(v))
	}
	return out
}

func encodeF16(values []float32) []byte {
	out := make([]byte, 0, 2*len(values))
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, half(v))
	}
	return out
}

// encodeQ8 quantizes blocks of 32 to a half-precision scale and 32 signed bytes
// (ggml's Q8_0).
func encodeQ8(values []float32) []byte {
	const block = 32
	var out []byte
	for ; len(values) > 0; values = values[block:] {
		var peak float32
		for _, v := range values[:block] {
			peak = max(peak, float32(math.Abs(float64(v))))
		}
		scale := peak / 127
		out = binary.LittleEndian.AppendUint16(out, half(scale))
		for _, v := range values[:block] {
			out = append(out, byte(int8(math.RoundToEven(float64(v/max(scale, math.SmallestNonzeroFloat32))))))
		}
	}
	return out
}

// half rounds to IEEE 754 binary16, to nearest and ties to even. Values below
// its smallest normal number become 0, which is good enough for weights.
func half(v float32) uint16 {
	b := math.Float32bits(v)
	sign := uint16(b >> 16 & 0x8000)
	b &= 0x7fffffff
	b += 0xfff + b>>13&1
	exponent := int(b>>23) - 127
	switch {
	case exponent > 15:
		return sign | 0x7c00
	case exponent < -14:
		return sign
	}
	return sign | uint16(exponent+15)<<10 | uint16(b>>13&0x3ff)
}
