package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"viscoder/engine/llama"
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
	var decoders []*batchDecoder
	for _, kernels := range o.Kernels {
		d, err := newBatchDecoder(ctx, path, kernels, o)
		if err != nil {
			return nil, err
		}
		defer d.close()
		decoders = append(decoders, d)
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
			turns = append(turns, turn{[]*Row{row}, func(context.Context) ([]time.Duration, error) { return decoders[i].time(k) }})
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

// batchDecoder is one set of kernels with its weights and a filled KV cache.
type batchDecoder struct {
	weights *llama.Weights
	context *llama.Context
	tokens  []llama.Token
	depth   int
	batch   llama.Batch
}

const mostOutputs = 64 // rows of logits

func newBatchDecoder(ctx context.Context, path string, kernels llama.Kernels, o BatchOptions) (*batchDecoder, error) {
	llama.Start(nil)
	weights, err := llama.Load(path, llama.LoadOptions{Kernels: kernels, Progress: func(float32) bool { return ctx.Err() == nil }})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.Wrap(err, fault.Model, "cannot load %s", path)
	}
	d := &batchDecoder{weights: weights, depth: o.Depth}
	most := max(1, o.Depth, slices.Max(o.Rows))
	d.context, err = llama.NewContext(weights, llama.ContextOptions{
		ContextTokens: o.Depth + most, BatchTokens: most, MicroBatch: min(most, 512),
		Outputs: mostOutputs, Sequences: 1, Threads: o.Setup.Threads,
	})
	if err == nil {
		d.tokens, err = weights.Tokenize(strings.Repeat(batchText, 1+most/8), false, false)
	}
	if err == nil && d.depth > 0 {
		_, err = d.run(d.depth, 0)
	}
	if err != nil {
		d.close()
		return nil, fault.Wrap(err, fault.Model, "cannot evaluate %d tokens with %s", d.depth, path)
	}
	return d, nil
}

// batchText is more than 8 tokens of ordinary text.
const batchText = "fig, ax = plt.subplots()\nax.bar(df['month'], df['sales'])\n"

func (d *batchDecoder) close() {
	if d.context != nil {
		d.context.Close()
	}
	d.weights.Close()
}

// time evaluates k tokens over the filled cache and takes them out again.
func (d *batchDecoder) time(k int) ([]time.Duration, error) {
	defer d.context.KVRemove(0, d.depth, -1)
	elapsed, err := d.run(k, d.depth)
	return []time.Duration{elapsed}, err
}

func (d *batchDecoder) run(k, position int) (time.Duration, error) {
	d.batch.Reset()
	for i := range k {
		d.batch.Add(d.tokens[i], position+i, 0, k <= mostOutputs || i == k-1)
	}
	start := time.Now()
	err := d.context.Decode(&d.batch)
	// Reading a row waits for the decode where that is asynchronous.
	_ = d.context.Logits(k - 1)
	return time.Since(start), err
}
