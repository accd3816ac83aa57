package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/models"
)

func (a *App) modelsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "models",
		Short: "List the models; inspect, verify or remove one",
		Long: `Lists the models that can be pulled and those that are present.

The default is viscoder2-7b or viscoder2-3b, whichever is present and fits into
memory, else qwen2.5-coder-1.5b.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(context.Context, []string) error { return a.listModels() }),
	}
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	c.AddCommand(a.inspectCommand(), a.verifyCommand(), a.removeCommand())
	return c
}

func (a *App) inspectCommand() *cobra.Command {
	c := &cobra.Command{
		Use:               "inspect NAME|FILE",
		Short:             "Print what a model file holds",
		Example:           "  viscoder models inspect qwen2.5-coder-1.5b\n  viscoder models inspect ./some.gguf --json",
		Args:              exactly(1, "the model: viscoder models inspect NAME|FILE"),
		ValidArgsFunction: a.completeModels(true),
		RunE:              a.does(func(_ context.Context, args []string) error { return a.inspect(args[0]) }),
	}
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	return c
}

func (a *App) removeCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "rm NAME...",
		Short:             "Remove models from this machine",
		Args:              atLeast(1, "the model: viscoder models rm NAME"),
		ValidArgsFunction: a.completeModels(true),
		RunE: a.does(func(_ context.Context, names []string) error {
			for _, name := range names {
				found, missing := a.store().Resolve(name, 0)
				if err := a.store().Remove(name); err != nil {
					return err
				}
				if missing == nil {
					if err := removePacked(found.Path); err != nil {
						return err
					}
				}
				a.note("removed %s", name)
			}
			return nil
		}),
	}
}

func (a *App) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify NAME...",
		Short: "Compare models with their recorded checksums",
		Long: `Computes the SHA-256 of each model and compares it with the one recorded when
it came. A model that was put there by hand gets its record now.`,
		Args:              atLeast(1, "the model: viscoder models verify NAME"),
		ValidArgsFunction: a.completeModels(true),
		RunE: a.does(func(ctx context.Context, names []string) error {
			for _, name := range names {
				if err := a.verify(ctx, name); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

func (a *App) verify(ctx context.Context, name string) error {
	progress := a.screen.follow("verifying "+clean(name), a.settings.quiet)
	defer progress.finish()
	found, err := a.store().Verify(ctx, name, func(e models.PullEvent) { progress.set(shareOf(e), "") })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.Out, "%s  %s\n", found.SHA256, found.Name)
	return err
}

// store is where the models are.
func (a *App) store() *models.Store { return models.Open("") }

func (a *App) listModels() error {
	list, err := a.store().List()
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(list)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSIZE\tLICENCE\t")
	for _, m := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clean(m.Name), humanize.Bytes(uint64(max(0, m.Bytes))), clean(orUnknown(m.Licence)), presence(m))
	}
	_ = w.Flush() // into memory
	a.results().print(table.String())
	return nil
}

func presence(m models.Status) string {
	switch {
	case m.Present:
		return "present"
	case m.Fetched > 0:
		return fmt.Sprintf("%.0f %% pulled", 100*float64(m.Fetched)/float64(max(m.Fetched, m.Bytes)))
	}
	return "-"
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

func (a *App) inspect(ref string) error {
	found, err := a.store().Resolve(ref, 0)
	if err != nil {
		return err
	}
	file, err := gguf.Open(found.Path)
	if err != nil {
		return err
	}
	summary := gguf.Inspect(file)
	if a.json {
		return a.printJSON(summary)
	}
	var text strings.Builder
	if err := summary.WriteText(&text, a.results().width()); err != nil {
		return err
	}
	a.results().print(clean(text.String()))
	return nil
}

// completeModels offers the models that are present, or those that are not.
func (a *App) completeModels(present bool) completion {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		list, err := a.store().List()
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var words []string
		for _, m := range list {
			if m.Present == present {
				words = append(words, m.Name+prefixed("\t", strings.TrimSpace(m.Params+" "+m.Title)))
			}
		}
		// A file is good everywhere a name is.
		return words, cobra.ShellCompDirectiveDefault
	}
}

// exactly and atLeast count arguments and say which one is missing.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		return countError(len(args) < n, len(args) > n, what)
	}
}

func atLeast(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		return countError(len(args) < n, false, what)
	}
}

func countError(few, many bool, what string) error {
	switch {
	case few:
		return fault.New(fault.Usage, "an argument is missing").WithHint("give %s", what)
	case many:
		return fault.New(fault.Usage, "too many arguments").WithHint("give only %s", what)
	}
	return nil
}
