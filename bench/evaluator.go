package bench

import (
	"context"
	"strings"
	"time"

	"viscoder/engine"
	"viscoder/engine/llama"
	"viscoder/engine/tuning"
	"viscoder/internal/fault"
)

// way is how a batch is evaluated.
type way struct {
	threads    int
	microBatch int // tokens
	attention  tuning.Attention
}

// evaluator times batches over a filled KV cache.
type evaluator struct {
	context *llama.Context
	tokens  []llama.Token
	depth   int
	batch   llama.Batch
}

const mostOutputs = 64 // rows of logits

// newEvaluator fills a KV cache with depth tokens; batches have up to most.
func newEvaluator(weights *llama.Weights, depth, most int, w way) (*evaluator, error) {
	e := &evaluator{depth: depth}
	most = max(most, min(depth, microBatch))
	var err error
	e.context, err = llama.NewContext(weights, llama.ContextOptions{
		ContextTokens: depth + most, BatchTokens: most, MicroBatch: min(most, w.microBatch),
		Outputs: mostOutputs, Sequences: 1, Threads: w.threads, Flash: engine.Flash(w.attention),
	})
	if err == nil {
		e.tokens, err = weights.Tokenize(strings.Repeat(batchText, 1+most/8), false, false)
	}
	for at := 0; err == nil && at < depth; at += most {
		_, err = e.run(min(most, depth-at), at)
	}
	if err != nil {
		e.close()
		return nil, fault.Wrap(err, fault.Model, "cannot evaluate %d tokens", depth)
	}
	return e, nil
}

// batchText is more than 8 tokens of ordinary text.
const batchText = "fig, ax = plt.subplots()\nax.bar(df['month'], df['sales'])\n"

func (e *evaluator) close() {
	if e.context != nil {
		e.context.Close()
	}
}

// time evaluates k tokens over the filled cache and takes them out again. A token
// before them outlasts the spinning threads of the evaluator whose turn it was.
func (e *evaluator) time(k int) (time.Duration, error) {
	defer e.context.KVRemove(0, e.depth, -1)
	if _, err := e.run(1, e.depth); err != nil {
		return 0, err
	}
	e.context.KVRemove(0, e.depth, -1)
	return e.run(k, e.depth)
}

func (e *evaluator) run(k, position int) (time.Duration, error) {
	e.batch.Reset()
	for i := range k {
		e.batch.Add(e.tokens[i], position+i, 0, k <= mostOutputs || i == k-1)
	}
	start := time.Now()
	err := e.context.Decode(&e.batch)
	// Reading a row waits for the decode where that is asynchronous.
	_ = e.context.Logits(k - 1)
	return time.Since(start), err
}

// loadWeights loads a file that package gguf has checked.
func loadWeights(ctx context.Context, path string, kernels llama.Kernels) (*llama.Weights, error) {
	llama.Start(nil)
	weights, err := llama.Load(path, llama.LoadOptions{Kernels: kernels, Progress: func(float32) bool { return ctx.Err() == nil }})
	switch {
	case err == nil:
		return weights, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, fault.Wrap(err, fault.Model, "cannot load %s", path)
}
