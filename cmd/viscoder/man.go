package main

import (
	"context"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"viscoder/internal/fault"
)

func (a *App) manCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: "  viscoder man | man -l -\n  viscoder man --dir ~/.local/share/man/man1",
		Args:    cobra.NoArgs,
		RunE: a.does(func(context.Context, []string) error {
			root := a.rootCommand()
			root.DisableAutoGenTag = true
			date := pageDate(a.Getenv)
			header := &doc.GenManHeader{Title: "VISCODER", Section: "1", Source: "viscoder", Manual: "User Commands", Date: &date}
			if dir == "" {
				return doc.GenMan(root, header, a.Out)
			}
			if err := doc.GenManTree(root, header, dir); err != nil {
				return fault.Wrap(err, fault.Usage, "--dir").WithHint("the folder has to exist and be writable")
			}
			return nil
		}),
	}
	c.Flags().StringVar(&dir, "dir", "", "write the pages of all commands into `FOLDER`")
	return c
}

// pageDate is fixed by SOURCE_DATE_EPOCH for builds that have to be the same
// every time, else it is when this program was built.
func pageDate(getenv func(string) string) time.Time {
	if epoch, err := strconv.ParseInt(getenv("SOURCE_DATE_EPOCH"), 10, 64); err == nil {
		return time.Unix(epoch, 0).UTC()
	}
	if self, err := os.Executable(); err == nil {
		if info, err := os.Stat(self); err == nil {
			return info.ModTime().UTC()
		}
	}
	return time.Unix(0, 0).UTC()
}
