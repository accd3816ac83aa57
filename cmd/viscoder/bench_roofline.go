package main

import (
	"github.com/spf13/cobra"

	"viscoder/bench"
)

func (a *App) benchRooflineCommand() *cobra.Command {
	var m measuring
	o := bench.BatchOptions{Rows: []int{1, 2, 4, 8, 16, 32, 64, 512}}
	command := &cobra.Command{
		Use:   "roofline",
		Short: "Measures the machine's limits, and how near the model comes to them",
		Long: `Measures how fast this machine reads memory and multiplies int8 and float32
numbers, with one thread and with all, and then how near the model comes to that:
what a batch must read and multiply at least, divided by these rates, is the
least time that it can take. All benchmarks print that share as "of limit".`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			m.showLimits = true
			return a.measureBatches(&m, o)
		},
	}
	f := command.Flags()
	m.addFlags(f, a)
	m.addPlotFlag(f)
	f.IntVar(&o.Depth, "depth", 512, "`TOKENS` in the KV cache before each batch")
	return command
}
