package main

import (
	"bufio"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"viscoder/internal/fault"
	"viscoder/internal/place"
	"viscoder/renderers"
)

func (a *App) setupCommand() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "setup [LANGUAGE|all]...",
		Short: "Install what programs of a language draw with",
		Long: `Installs what programs of a language draw with: Python and Node packages into
viscoder's own folder, and missing packages of the system by apt when run as root.
Your own Python packages are neither used nor changed. A second setup does only
what is missing. Without a name, everything is set up.`,
		Example:           "  viscoder setup python\n  viscoder setup all --yes",
		ValidArgsFunction: a.completeLanguages("all"),
		RunE: a.does(func(ctx context.Context, names []string) error {
			if len(names) == 0 {
				names = []string{"all"}
			}
			if err := a.confirm(yes, "This downloads and installs packages into "+place.Toolchains()+", and missing ones of the system where it may."); err != nil {
				return err
			}
			return a.setup(ctx, names)
		}),
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask first")
	return c
}

// setup prints each step; on a terminal a row below moves while one lasts.
func (a *App) setup(ctx context.Context, names []string) error {
	progress := a.screen.follow("setting up "+strings.Join(names, ", "), a.settings.quiet)
	defer progress.finish()
	return renderers.Setup(ctx, names, func(line string) { a.note("%s", clean(line)) })
}

// confirm asks on a terminal; where nobody can answer, having typed the command
// is the answer.
func (a *App) confirm(yes bool, what string) error {
	if yes || !isTerminal(a.In) || !a.screen.tty {
		return nil
	}
	a.screen.print(what + " Go on? [Y/n] ")
	answer, err := bufio.NewReader(a.In).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "", "y", "yes":
		if err == nil {
			return nil
		}
	}
	return fault.New(fault.Interrupted, "nothing was changed")
}
