package main

import (
	"context"

	"github.com/spf13/cobra"

	"viscoder/bench/eval"
	"viscoder/internal/fault"
)

func (a *App) evalMergeCommand() *cobra.Command {
	var out string
	command := &cobra.Command{
		Use:     "merge DIR... --out DIR",
		Short:   "Join the parts of one evaluation that --shard spread over machines",
		Example: `  viscoder eval merge part1 part2 --out whole`,
		Args:    cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return fault.New(fault.Usage, "--out: say where the whole goes").WithHint("such as --out bin/eval")
			}
			a.job = func(ctx context.Context) error {
				store, err := eval.Merge(ctx, args, out)
				if err != nil {
					return err
				}
				defer store.Close()
				return a.evalReport(store, len(store.Results()))
			}
			return nil
		},
	}
	command.Flags().StringVarP(&out, "out", "o", "", "`DIR` for the whole (required)")
	return command
}
