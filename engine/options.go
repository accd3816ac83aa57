package engine

import (
	"cmp"
	"log/slog"
	"os"

	"viscoder/engine/draft"
	"viscoder/engine/llama"
	"viscoder/engine/tuning"
	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
)

// Options are the settings of Open; the zero value is useful.
type Options struct {
	ContextTokens int                      // KV positions of all sessions together; 0: 8192, or less if the model knows less
	BatchTokens   int                      // most tokens of one decode; 0: 512
	MicroBatch    int                      // tokens evaluated at once; 0: what tuning found, else 512
	Attention     tuning.Attention         // "": what tuning found, else llama.cpp's choice
	NoTuning      bool                     // do not look for what `viscoder tune` has kept
	Threads       int                      // 0: what tuning found, else the physical cores
	Sequences     int                      // sessions that hold KV at a time; 0: 8
	NoRepack      bool                     // keep the file's layout: loads at once, decodes slower
	NoPacked      bool                     // neither use nor make a file of packed weights
	Kernels       string                   // "ours" or "ggml"; "": what VISCODER_KERNELS says, else ours
	BatchCost     map[int]float64          // milliseconds of a decode by its rows, as measured here; nil: a guess, corrected while decoding
	Log           *slog.Logger             // llama.cpp's log; nil drops it
	Progress      func(share float32) bool // share of the weights loaded; false stops

	keepLeast int64 // least bytes of packed weights that are kept; 0: worthKeeping
}

const (
	defaultContext   = 8192
	defaultBatch     = 512
	defaultSequences = 8
)

// Validate names the first setting that cannot be.
func (o Options) Validate() error {
	for _, s := range []struct {
		name  string
		value int
	}{{"context tokens (--ctx)", o.ContextTokens}, {"batch tokens", o.BatchTokens}, {"micro-batch", o.MicroBatch},
		{"threads (--threads)", o.Threads}, {"sequences", o.Sequences}} {
		if s.value < 0 {
			return fault.New(fault.Usage, "%s must not be negative, got %d", s.name, s.value)
		}
	}
	switch o.Attention {
	case tuning.AttentionAuto, tuning.AttentionFlash, tuning.AttentionPlain:
	default:
		return fault.New(fault.Usage, "unknown attention %q", o.Attention).WithHint("known are: %s, %s", tuning.AttentionFlash, tuning.AttentionPlain)
	}
	if err := o.kernels().Validate(); err != nil {
		return fault.Wrap(err, fault.Usage, "kernels (--kernels, VISCODER_KERNELS)")
	}
	return nil
}

// kernels is the set asked for; the environment serves comparisons of whole runs.
func (o Options) kernels() llama.Kernels {
	return llama.Kernels(cmp.Or(o.Kernels, os.Getenv("VISCODER_KERNELS"), string(llama.KernelsOurs)))
}

// kernelsInUse is what of it this CPU gets: ours need x86-64 with AVX2, and leave
// ARM and older CPUs to ggml's.
func (o Options) kernelsInUse() llama.Kernels {
	if o.NoRepack || llama.KernelISA() == "" {
		return llama.KernelsGGML
	}
	return o.kernels()
}

// withDefaults fills the zero fields for a file.
func (o Options) withDefaults(f *gguf.File) Options {
	o = o.tune(f)
	if o.ContextTokens == 0 {
		o.ContextTokens = min(defaultContext, int(f.ContextLength()))
	}
	if o.BatchTokens == 0 {
		o.BatchTokens = defaultBatch
	}
	if o.MicroBatch == 0 {
		o.MicroBatch = defaultBatch
	}
	o.MicroBatch = min(o.MicroBatch, o.BatchTokens)
	if o.Threads == 0 {
		o.Threads = hostinfo.Read().CPU.PhysicalCores
	}
	if o.Sequences == 0 {
		o.Sequences = defaultSequences
	}
	return o
}

// outputs is the most rows of logits a decode may ask for: one for each session,
// and what a verified draft takes.
func (o Options) outputs() int { return min(64, o.BatchTokens) }

// batchCost is the curve that drafting starts from.
func (o Options) batchCost() map[int]float64 {
	switch {
	case o.BatchCost != nil:
		return o.BatchCost
	case o.kernelsInUse() == llama.KernelsGGML:
		return draft.SteepCurve
	}
	return draft.FlatCurve
}
