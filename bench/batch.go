package bench

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"viscoder/engine/llama"
	"viscoder/internal/fault"
)

// BatchOptions are the settings of Batch; zero fields have useful values.
type BatchOptions struct {
	Kernels     []llama.Kernels // sets to take turns; nil: ours and ggml's
	Rows        []int           // batch sizes; nil: 1, 2, 4, 8, 16, 32, 64 and 512
	Depth       int             // tokens in the KV cache before each batch; 0: 512
	Repetitions int             // samples of each row; 0: 5
	Threads     int             // 0: 2
	Progress    func(line string)
}

// Validate names the first setting that cannot be.
func (o BatchOptions) Validate() error {
	if o.Depth < 0 || o.Repetitions < 0 || o.Threads < 0 || slices.ContainsFunc(o.Rows, func(k int) bool { return k < 1 }) {
		return fault.New(fault.Usage, "sizes and repetitions of a benchmark must be positive")
	}
	for _, k := range o.Kernels {
		if err := k.Validate(); err != nil {
			return fault.Wrap(err, fault.Usage, "kernels (--kernels)")
		}
	}
	return nil
}

func (o BatchOptions) withDefaults() BatchOptions {
	if o.Kernels == nil {
		o.Kernels = []llama.Kernels{llama.KernelsOurs, llama.KernelsGGML}
	}
	if o.Rows == nil {
		o.Rows = []int{1, 2, 4, 8, 16, 32, 64, 512}
	}
	if o.Depth == 0 {
		o.Depth = 512
	}
	if o.Repetitions == 0 {
		o.Repetitions = 5
	}
	if o.Threads == 0 {
		o.Threads = 2
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o
}

// BatchRow is the cost of evaluating some tokens at once, all with logits up to
// 64 of them (as in verifying drafts), the last one's beyond (as in a prefill).
type BatchRow struct {
	Rows    int             `json:"rows"`
	MS      float64         `json:"ms"`      // the median
	BestMS  float64         `json:"best_ms"` // the least: what an idle machine would need
	TokS    float64         `json:"tok_s"`   // of the median
	Kernels llama.Kernels   `json:"kernels"`
	Depth   int             `json:"depth"`
	Samples []time.Duration `json:"samples_ns"`
}

// Batch measures the curve of cost over batch size of the model at path: each
// set of kernels has its own copy of the weights in this process, and they take
// turns, so that both meet the same machine.
func Batch(ctx context.Context, path string, o BatchOptions) ([]BatchRow, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	var rows []BatchRow
	var decoders []*batchDecoder
	for _, kernels := range o.Kernels {
		d, err := newBatchDecoder(path, kernels, o)
		if err != nil {
			return nil, err
		}
		defer d.close()
		decoders = append(decoders, d)
	}
	for _, k := range o.Rows {
		for _, kernels := range o.Kernels {
			rows = append(rows, BatchRow{Rows: k, Kernels: kernels, Depth: o.Depth})
		}
	}
	for repetition := range o.Repetitions + 1 {
		for i := range rows {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			elapsed, err := decoders[i%len(decoders)].time(rows[i].Rows)
			if err != nil {
				return nil, err
			}
			if repetition > 0 { // the first is a warm-up
				rows[i].Samples = append(rows[i].Samples, elapsed)
			}
		}
		o.Progress(fmt.Sprintf("round %d of %d", repetition, o.Repetitions))
	}
	for i := range rows {
		rows[i].summarise()
	}
	return rows, nil
}

func (r *BatchRow) summarise() {
	median := Row{Samples: r.Samples}.median()
	r.MS = median.Seconds() * 1e3
	r.BestMS = slices.Min(r.Samples).Seconds() * 1e3
	r.TokS = float64(r.Rows) / median.Seconds()
}

// WriteBatch prints rows as a Markdown table, with the ratio of rates to ggml's
// where both were measured.
func WriteBatch(w io.Writer, rows []BatchRow) error {
	var b strings.Builder
	b.WriteString("| rows | kernels | ms | best ms | tok/s | × ggml | × ggml, best |\n|--:|:--|--:|--:|--:|--:|--:|\n")
	for _, r := range rows {
		ratio, best := "", ""
		i := slices.IndexFunc(rows, func(o BatchRow) bool { return o.Rows == r.Rows && o.Kernels == llama.KernelsGGML })
		if i >= 0 && r.Kernels != llama.KernelsGGML {
			ratio = strconv.FormatFloat(rows[i].MS/r.MS, 'f', 2, 64)
			best = strconv.FormatFloat(rows[i].BestMS/r.BestMS, 'f', 2, 64)
		}
		fmt.Fprintf(&b, "| %d | %s | %.2f | %.2f | %.1f | %s | %s |\n", r.Rows, r.Kernels, r.MS, r.BestMS, r.TokS, ratio, best)
	}
	_, err := io.WriteString(w, b.String())
	return err
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

func newBatchDecoder(path string, kernels llama.Kernels, o BatchOptions) (*batchDecoder, error) {
	llama.Start(nil)
	weights, err := llama.Load(path, llama.LoadOptions{Kernels: kernels})
	if err != nil {
		return nil, fault.Wrap(err, fault.Model, "cannot load %s", path)
	}
	d := &batchDecoder{weights: weights, depth: o.Depth}
	most := max(o.Depth, slices.Max(o.Rows))
	d.context, err = llama.NewContext(weights, llama.ContextOptions{
		ContextTokens: o.Depth + most, BatchTokens: most, MicroBatch: min(most, 512),
		Outputs: mostOutputs, Sequences: 1, Threads: o.Threads,
	})
	if err == nil {
		d.tokens, err = weights.Tokenize(strings.Repeat(batchText, 1+most/8), false, false)
	}
	if err == nil {
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
func (d *batchDecoder) time(k int) (time.Duration, error) {
	defer d.context.KVRemove(0, d.depth, -1)
	return d.run(k, d.depth)
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
