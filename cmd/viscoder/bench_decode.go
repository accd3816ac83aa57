package main

import (
	"context"

	"github.com/spf13/cobra"

	"viscoder/bench"
	"viscoder/engine"
	"viscoder/models"
)

func (a *App) benchDecodeCommand() *cobra.Command {
	var m measuring
	var o bench.DecodeOptions
	var contextTokens int
	command := &cobra.Command{
		Use:   "decode",
		Short: "Times prefill and decoding, beside llama-bench if asked",
		Long: `Times prefill (pp512) and decoding of single tokens (tg128) through the same
sessions that draw pictures, at several depths. With --compare the other kernels
take turns in the same process, with --vs llama-bench does, on the same file with
as many threads; the ratios are medians over the turns.`,
		Example: `  viscoder bench decode --model qwen2.5-coder-1.5b --compare ggml
  viscoder bench decode --depths 0 --vs .deps/bin/llama-bench --format go | tee new.txt`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			o.Repetitions, o.Progress = m.repetitions, a.benchProgress
			if err := m.check(); err != nil {
				return err
			}
			if err := o.Validate(); err != nil {
				return err
			}
			a.job = func(ctx context.Context) error {
				return a.run(ctx, &m, func(picked models.Resolved, setup bench.Setup) ([]bench.Row, error) {
					opened, err := a.openSets(ctx, picked, m, max(contextTokens, o.ContextTokens()))
					if err != nil {
						return nil, err
					}
					o.Setup = setup
					return bench.Decode(ctx, opened, o)
				})
			}
			return nil
		},
	}
	f := command.Flags()
	m.addFlags(f, a)
	m.addPlotFlag(f)
	f.IntVarP(&o.Prompt, "prompt", "p", 512, "prefill `TOKENS`")
	f.IntVarP(&o.Generate, "generate", "n", 128, "decode `TOKENS`")
	f.IntSliceVar(&o.Depths, "depths", []int{0, 2048, 8192}, "`TOKENS` in the KV cache before, by commas")
	f.StringVar(&o.Versus, "vs", "", "take turns with this llama-bench `BINARY`")
	f.IntVar(&contextTokens, "ctx", 0, "context in `TOKENS` (default: what the sizes need)")
	return command
}

// openSets loads the model once for each set of kernels.
func (a *App) openSets(ctx context.Context, picked models.Resolved, m measuring, contextTokens int) ([]bench.Contender, error) {
	var opened []bench.Contender
	for _, set := range m.sets() {
		options := m.options(set)
		options.ContextTokens = contextTokens
		options.Log = a.log()
		model, err := engine.Open(ctx, picked.Path, options)
		if err != nil {
			return nil, err
		}
		a.onClose(model.Close)
		opened = append(opened, bench.Contender{Kernels: set, Model: model})
	}
	return opened, nil
}
