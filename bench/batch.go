package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"viscoder/engine/llama"
	"viscoder/engine/tuning"
	"viscoder/gguf"
	"viscoder/internal/fault"
)

// BatchOptions are the settings of Batch; zero fields have useful values.
type BatchOptions struct {
	Setup       Setup           // of the rows; its threads compute
	Kernels     []llama.Kernels // sets to take turns; nil: ours and ggml's
	Rows        []int           // batch sizes; nil: DefaultRows
	Depth       int             // tokens in the KV cache before each batch
	Repetitions int             // samples of each row; 0: 5
	Attention   tuning.Attention
	Progress    func(line string)
}

// DefaultRows are the batch sizes of the curve: one token, drafts, candidates.
func DefaultRows() []int { return []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64} }

// Validate names the first setting that cannot be.
func (o BatchOptions) Validate() error {
	switch {
	case o.Depth < 0:
		return fault.New(fault.Usage, "--depth must not be negative, got %d", o.Depth)
	case o.Repetitions < 0:
		return fault.New(fault.Usage, "--repetitions must not be negative, got %d", o.Repetitions)
	}
	for _, k := range o.Rows {
		if k < 1 || k > mostRows {
			return fault.New(fault.Usage, "--rows: a batch has 1 to %d rows, not %d", mostRows, k)
		}
	}
	for _, k := range o.Kernels {
		if err := k.Validate(); err != nil {
			return fault.Wrap(err, fault.Usage, "kernels (--kernels, --compare)")
		}
	}
	return nil
}

// mostRows bounds a batch, and with it the memory of its context.
const mostRows = 4096

func (o BatchOptions) withDefaults() BatchOptions {
	if o.Kernels == nil {
		o.Kernels = []llama.Kernels{llama.KernelsOurs, llama.KernelsGGML}
	}
	if o.Rows == nil {
		o.Rows = DefaultRows()
	}
	if o.Repetitions == 0 {
		o.Repetitions = defaultRepetitions
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o
}

const defaultRepetitions = 5

// Batch measures the curve of cost over batch size of the model at path: each
// set of kernels has its own copy of the weights in this process, and they take
// turns. Up to 64 tokens all get logits (as in verifying drafts), beyond that the
// last one (as in a prefill).
func Batch(ctx context.Context, path string, o BatchOptions) ([]Row, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if _, err := gguf.Open(path); err != nil { // before C sees it
		return nil, err
	}
	var evaluators []*evaluator
	for _, kernels := range o.Kernels {
		weights, err := loadWeights(ctx, path, kernels)
		if err != nil {
			return nil, err
		}
		defer weights.Close()
		e, err := newEvaluator(weights, o.Depth, slices.Max(o.Rows), way{o.Setup.Threads, microBatch, o.Attention})
		if err != nil {
			return nil, err
		}
		defer e.close()
		evaluators = append(evaluators, e)
	}
	var rows []*Row
	var turns []turn
	for _, k := range o.Rows {
		for i, kernels := range o.Kernels {
			row := &Row{
				Setup: o.Setup, Bench: "batch", Test: fmt.Sprintf("batch%d", k), Engine: engineOurs,
				Kernels: string(kernels), Depth: o.Depth, Rows: k, Tokens: k,
			}
			rows = append(rows, row)
			turns = append(turns, turn{[]*Row{row}, func(context.Context) ([]time.Duration, error) {
				elapsed, err := evaluators[i].time(k)
				return []time.Duration{elapsed}, err
			}})
		}
	}
	if err := takeTurns(ctx, turns, 1, o.Repetitions, o.Progress); err != nil {
		return nil, err
	}
	return finish(rows), nil
}

// finish fills in what follows from the samples.
func finish(rows []*Row) []Row {
	compare(rows)
	all := make([]Row, len(rows))
	for i, r := range rows {
		r.summarise()
		all[i] = *r
	}
	return all
}
