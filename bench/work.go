package bench

import (
	"strings"

	"viscoder/gguf"
)

// work is what evaluating tokens needs at least, however it is done: a lower
// bound that the limits of the machine turn into a time.
type work struct {
	bytes float64 // read from memory: weights in the file's types, KV cache in f16
	int8  float64 // multiplications of quantized weights
	f32   float64 // multiplications of float weights and in attention
}

func (w work) times(n float64) work { return work{w.bytes * n, w.int8 * n, w.f32 * n} }

func (w work) plus(o work) work { return work{w.bytes + o.bytes, w.int8 + o.int8, w.f32 + o.f32} }

// forward is the work of one evaluation of rows tokens over depth tokens in the
// KV cache, of which outputs get logits. Weights are read once for all rows.
func forward(f *gguf.File, rows, outputs, depth int) work {
	var w work
	for _, t := range f.Tensors {
		n := float64(rows)
		switch t.Name {
		case "output.weight":
			n = float64(outputs)
		case "token_embd.weight":
			if !f.Tied() {
				continue // a row of it, by table
			}
			n = float64(outputs)
		}
		if n == 0 {
			continue
		}
		w.bytes += float64(t.Bytes)
		if len(t.Shape) < 2 {
			continue // norms and biases are additions
		}
		macs := n * float64(t.Elements())
		if strings.Contains(t.Type.String(), "F") { // F32, F16, BF16
			w.f32 += macs
		} else {
			w.int8 += macs
		}
	}
	// Causal: a row sees the cache and, on average, half of its batch.
	seen := float64(depth) + float64(rows+1)/2
	w.f32 += 2 * float64(rows) * seen * float64(f.Layers()*f.Heads()*f.HeadSize())
	w.bytes += float64(f.KVBytesPerToken(f16Bytes)) * float64(depth+rows)
	return w
}

const f16Bytes = 2

// work is that of one sample of the row; the zero work where it is not known.
func (r Row) work(f *gguf.File) work {
	var sum work
	switch {
	case r.Tokens == 0:
	case r.Rows == 1: // one by one, the depth grows
		sum = forward(f, 1, 1, r.Depth+r.Tokens/2).times(float64(r.Tokens))
	case r.Bench == "batch" && r.Rows <= mostOutputs:
		sum = forward(f, r.Rows, r.Rows, r.Depth)
	default: // a prefill in micro-batches, logits for the last token only
		for done := 0; done < r.Tokens; done += microBatch {
			n, outputs := min(microBatch, r.Tokens-done), 0
			if done+n == r.Tokens {
				outputs = 1
			}
			sum = sum.plus(forward(f, n, outputs, r.Depth+done))
		}
	}
	return sum
}

// microBatch is how many tokens llama.cpp evaluates at once, in all benchmarks.
const microBatch = 512
