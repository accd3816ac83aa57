package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"viscoder/bench"
	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
)

// repairing is what the flags of bench repair ask for.
type repairing struct {
	model   string
	threads int
	format  string
	limit   int
	save    string
	o       bench.RepairOptions
}

func (a *App) benchRepairCommand() *cobra.Command {
	var r repairing
	command := &cobra.Command{
		Use:   "repair [FILE|RUN]...",
		Short: "Times repair turns: plain, with drafts, with our kernels, beside llama-server",
		Long: `Answers recorded repair turns, greedily, from a KV cache that holds what was said
before: one token at a time and with drafts, with ggml's kernels and ours, by
turns. Turns come from the recording that is built in, from JSON Lines files, or
from the folders of your own runs. With --server a llama-server answers the same
conversations in the same run.`,
		Example: `  viscoder bench repair --limit 10
  viscoder bench repair --server http://127.0.0.1:8080 --modes plain,draft+kernels
  viscoder bench repair ~/.local/state/viscoder/runs/* --save turns.jsonl`,
		RunE: func(_ *cobra.Command, paths []string) error {
			if r.threads < 0 || r.limit < 0 {
				return fault.New(fault.Usage, "--threads and --limit must not be negative")
			}
			if err := r.o.Validate(); err != nil {
				return err
			}
			a.job = func(ctx context.Context) error { return a.benchRepair(ctx, paths, r) }
			return nil
		},
	}
	f := command.Flags()
	f.SortFlags = false
	f.StringVarP(&r.model, "model", "m", a.Getenv("VISCODER_MODEL"), "model `NAME` or .gguf file")
	f.IntVar(&r.threads, "threads", 0, "`N` computing threads (default: the physical cores)")
	f.IntVar(&r.limit, "limit", 0, "only `N` turns, spread over the languages")
	f.StringSliceVar(&r.o.Modes, "modes", nil, "`NAMES` of "+strings.Join(bench.RepairModes(), ", "))
	f.IntVar(&r.o.MaxTokens, "max-tokens", 0, "at most `N` tokens an answer (default 400)")
	f.StringVar(&r.o.Server, "server", "", "base `URL` of a running llama-server to take turns with")
	f.StringVar(&r.save, "save", "", "only write the turns to `FILE`")
	f.StringVar(&r.format, "format", "md", "`FORMAT`: "+strings.Join(bench.RepairFormats(), ", "))
	return command
}

func (a *App) benchRepair(ctx context.Context, paths []string, r repairing) error {
	turns, err := repairTurns(paths)
	if err != nil {
		return err
	}
	if len(turns) == 0 {
		return fault.New(fault.Usage, "there is no repair turn in what was given")
	}
	turns = bench.SpreadTurns(turns, cmp.Or(r.limit, len(turns)))
	if r.save != "" {
		return saveTurns(r.save, turns)
	}
	picked, err := a.store().Resolve(r.model, hostinfo.Read().Memory.Available)
	if err != nil {
		return err
	}
	sum, err := identify(ctx, picked)()
	if err != nil {
		return err
	}
	r.o.Turns, r.o.Progress = turns, a.benchProgress
	r.o.Setup = bench.NewSetup(buildVersion(), picked.Path, sum, r.threads)
	rows, err := bench.Repair(ctx, picked.Path, r.o)
	if err != nil {
		return err
	}
	return bench.WriteRepair(a.Out, rows, r.format)
}

func repairTurns(paths []string) ([]bench.RepairTurn, error) {
	if len(paths) == 0 {
		return bench.RecordedTurns()
	}
	var turns []bench.RepairTurn
	for _, path := range paths {
		more, err := bench.LoadTurns(path)
		if err != nil {
			return nil, err
		}
		turns = append(turns, more...)
	}
	return turns, nil
}

func saveTurns(path string, turns []bench.RepairTurn) error {
	out, err := atomicfile.Create(path, 0o644)
	if err != nil {
		return fault.Wrap(err, fault.Usage, "--save")
	}
	defer out.Abort()
	if err := bench.WriteTurns(out, turns); err != nil {
		return err
	}
	return out.Commit()
}
