package main

import (
	"context"

	"github.com/spf13/cobra"

	"viscoder/bench"
	"viscoder/models"
)

func (a *App) benchBatchCommand() *cobra.Command {
	var m measuring
	var o bench.BatchOptions
	command := &cobra.Command{
		Use:   "batch",
		Short: "Times batches of 1 to 64 tokens: what drafts and candidates cost",
		Long: `Times the evaluation of batches of 1 to 64 tokens over a filled KV cache, each
token with logits: what it costs to verify a draft, or to advance candidates
together. With --compare the other kernels take turns in the same process.`,
		Example: `  viscoder bench batch --compare ggml
  viscoder bench batch --model qwen2.5-coder-0.5b --rows 1,4,8 --depth 2048 --format json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.measureBatches(&m, o) },
	}
	f := command.Flags()
	m.addFlags(f, a)
	m.addPlotFlag(f)
	f.IntSliceVar(&o.Rows, "rows", bench.DefaultRows(), "batch sizes in `TOKENS`, by commas")
	f.IntVar(&o.Depth, "depth", 512, "`TOKENS` in the KV cache before each batch")
	return command
}

// measureBatches notes the job of measuring batches.
func (a *App) measureBatches(m *measuring, o bench.BatchOptions) error {
	o.Kernels, o.Repetitions, o.Progress = m.sets(), m.repetitions, a.benchProgress
	if err := m.check(); err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return err
	}
	a.job = func(ctx context.Context) error {
		return a.run(ctx, m, func(picked models.Resolved, setup bench.Setup) ([]bench.Row, error) {
			o.Setup, o.Attention = setup, m.attention
			return bench.Batch(ctx, picked.Path, o)
		})
	}
	return nil
}
