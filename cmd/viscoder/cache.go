package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"viscoder/engine"
	"viscoder/internal/fault"
)

func (a *App) cacheCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "cache",
		Short: "List what makes models start quickly; check it or clear it",
		Long: `Lists the files of packed weights. The first start with a model packs its
weights for this CPU's instructions and keeps them beside the model, or in the
cache folder where that cannot be written; later starts map that file. It takes
about as much of the disk as the model, can be removed at any time, and is made
again at the next start.

The KV cache of what all requests of a language begin with is kept, too, in the
cache folder; "clear" removes it along.`,
		Example: "  viscoder cache\n  viscoder cache verify\n  viscoder cache clear",
		Args:    cobra.NoArgs,
		RunE:    a.does(func(context.Context, []string) error { return a.listCache() }),
	}
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	c.AddCommand(
		&cobra.Command{
			Use: "verify", Short: "Read all of it and compare with the checksums", Args: cobra.NoArgs,
			RunE: a.does(func(ctx context.Context, _ []string) error { return a.verifyCache(ctx) }),
		},
		&cobra.Command{
			Use: "clear", Short: "Remove it", Args: cobra.NoArgs,
			RunE: a.does(func(context.Context, []string) error { return a.clearCache() }),
		})
	return c
}

// cached lists the files of packed weights, those of all present models included.
func (a *App) cached() ([]engine.PackedFile, error) {
	present, err := a.store().List()
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, m := range present {
		if m.Present {
			paths = append(paths, m.Path)
		}
	}
	files, err := engine.PackedFiles(paths)
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "list of packed weights")
	}
	return files, nil
}

func (a *App) listCache() error {
	files, err := a.cached()
	if err != nil {
		return err
	}
	if a.json {
		if files == nil {
			files = []engine.PackedFile{}
		}
		return a.printJSON(files)
	}
	if len(files) == 0 {
		a.note("nothing is cached; the first start with a model makes its file")
		return nil
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "MODEL\tSIZE\tSTATE\tPATH")
	for _, f := range files {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", clean(filepath.Base(f.Model)), humanize.Bytes(uint64(f.Bytes)), f.State, clean(f.Path))
	}
	_ = w.Flush() // into memory
	a.results().print(table.String())
	return nil
}

func (a *App) verifyCache(ctx context.Context) error {
	files, err := a.cached()
	if err != nil {
		return err
	}
	bad := 0
	for _, f := range files {
		state, err := engine.VerifyPacked(ctx, f)
		if err != nil {
			return fault.Wrap(err, fault.Internal, "verifying %s", f.Path)
		}
		if state == engine.PackedDamaged {
			bad++
		}
		if _, err := fmt.Fprintf(a.Out, "%s  %s\n", state, clean(f.Path)); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fault.New(fault.Model, "%s of packed weights damaged", plural(bad, "file")).
			WithHint("the next start makes them again; a disk that damages files should be looked at")
	}
	return nil
}

func (a *App) clearCache() error {
	files, err := a.cached()
	if err != nil {
		return err
	}
	var bytes int64
	for _, f := range files {
		if err := engine.RemovePacked(f.Path); err != nil {
			return fault.Wrap(err, fault.Internal, "removing %s", f.Path)
		}
		bytes += f.Bytes
		a.note("removed %s", clean(f.Path))
	}
	kept := engine.Snapshots()
	for _, f := range kept.Files() {
		bytes += f.Bytes
	}
	if err := kept.Clear(); err != nil {
		return fault.Wrap(err, fault.Internal, "removing %s", kept.Dir)
	}
	a.note("%s freed", humanize.Bytes(uint64(bytes)))
	return nil
}

// removePacked removes the packed weights of a model that is removed.
func removePacked(model string) error {
	for _, path := range engine.PackedPaths(model) {
		if err := engine.RemovePacked(path); err != nil {
			return fault.Wrap(err, fault.Model, "removing %s", path)
		}
	}
	return nil
}
