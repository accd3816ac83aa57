package engine

import (
	"github.com/dustin/go-humanize"

	"viscoder/gguf"
	"viscoder/internal/fault"
)

// Memory is what loading a model will take, in bytes, known before anything is
// allocated.
type Memory struct {
	Weights uint64 // all tensors
	KV      uint64 // keys and values of the whole context, f16
	Compute uint64 // activations of a micro-batch and rows of logits
}

// Total is the sum of the parts.
func (m Memory) Total() uint64 { return m.Weights + m.KV + m.Compute }

const f16Bytes = 2

// Estimate predicts the memory of a model under options whose zero fields have
// their defaults.
func Estimate(f *gguf.File, o Options) Memory {
	o = o.withDefaults(f)
	// Per token of a micro-batch: the widest layer lives about twice (gate and
	// up), a few rows of the residual stream, and the attention scores of one
	// layer against the whole context; then the rows of logits, in the graph and
	// in the buffer that the sampler reads. All f32.
	width, wide := f.EmbeddingLength(), f.FeedForwardLength()
	scores := f.Heads() * uint64(o.ContextTokens)
	row := 4 * (2*wide + 8*width + scores)
	logits := 4 * f.VocabSize() * uint64(2*o.outputs())
	return Memory{
		Weights: f.WeightBytes(),
		KV:      f.KVBytesPerToken(f16Bytes) * uint64(o.ContextTokens),
		Compute: row*uint64(o.MicroBatch) + logits,
	}
}

// check says whether the estimate fits into available bytes; 0 is unknown and
// fits. Where it does not, the error names a context that does, if there is one.
func (m Memory) check(name string, context int, available uint64) error {
	if available == 0 || m.Total() <= available {
		return nil
	}
	err := fault.New(fault.Memory, "%s needs %s (weights %s, KV cache of %d tokens %s, compute %s), but only %s of memory is free",
		name, humanize.IBytes(m.Total()), humanize.IBytes(m.Weights), context, humanize.IBytes(m.KV),
		humanize.IBytes(m.Compute), humanize.IBytes(available))
	if fits := m.shorter(context, available); fits >= leastContext {
		return err.WithHint("a shorter context fits: --ctx %d", fits)
	}
	return err.WithHint("close other programs, or take a smaller model: viscoder models")
}

// leastContext is the shortest context in which a chart can be asked for and
// written, in tokens.
const leastContext = 1024

// shorter is the longest context that fits, a multiple of 256; 0 if none does.
func (m Memory) shorter(context int, available uint64) int {
	rest := m.Weights + m.Compute
	if rest >= available || m.KV == 0 {
		return 0
	}
	tokens := int(float64(available-rest) / float64(m.KV) * float64(context))
	return tokens / 256 * 256
}
