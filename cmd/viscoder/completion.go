package main

import (
	"github.com/spf13/cobra"

	"viscoder/renderers"
	"viscoder/selfdebug"
)

// completion is what cobra asks for the words that may follow.
type completion = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective)

// completeFlags gives the flags of the root command their values.
func (a *App) completeFlags(root *cobra.Command) {
	for flag, complete := range map[string]completion{
		"lang":    a.completeLanguages(),
		"model":   a.completeModels(true),
		"policy":  cobra.FixedCompletions(selfdebug.Policies(), cobra.ShellCompDirectiveNoFileComp),
		"kernels": cobra.FixedCompletions([]string{"ours", "ggml"}, cobra.ShellCompDirectiveNoFileComp),
		"show":    cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp),
		"data":    cobra.FixedCompletions([]string{"csv", "tsv", "json", "jsonl", "xlsx", "parquet"}, cobra.ShellCompDirectiveFilterFileExt),
		"out":     cobra.FixedCompletions([]string{"png", "svg", "pdf"}, cobra.ShellCompDirectiveFilterFileExt),
	} {
		// The only error is a flag that does not exist, which a test would see.
		_ = root.RegisterFlagCompletionFunc(flag, complete)
	}
}

func (a *App) completeLanguages(more ...string) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		words := more
		for _, l := range renderers.All() {
			words = append(words, l.Name+"\t"+l.Title)
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
