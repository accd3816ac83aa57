package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"viscoder/bench/eval"
)

func (a *App) evalCompareCommand() *cobra.Command {
	var out string
	command := &cobra.Command{
		Use:   "compare A B [--out FILE]",
		Short: "Compare two evaluations task by task",
		Long: `Pairs the tasks of two folders of evaluations and says on which of them B did
better or worse than A, with the difference of the rates and its interval by a
paired bootstrap. --out adds a page with both pictures of every task.`,
		Example: `  viscoder eval compare bin/paper bin/default --out compare.html`,
		Args:    cobra.ExactArgs(2),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: a.does(func(_ context.Context, dirs []string) error {
			var sides [2]eval.Side
			for i, dir := range dirs {
				side, err := eval.ReadSide(dir)
				if err != nil {
					return err
				}
				sides[i] = side
			}
			comparison, err := eval.Compare(sides[0], sides[1])
			if err != nil {
				return err
			}
			if out != "" {
				if err := comparison.WritePage(out); err != nil {
					return err
				}
			}
			_, err = fmt.Fprint(a.Out, comparison.Markdown())
			return err
		}),
	}
	command.Flags().StringVarP(&out, "out", "o", "", "write a page to `FILE`")
	return command
}
