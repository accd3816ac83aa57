package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

// renderRow is one language of `viscoder bench render`: medians in seconds.
type renderRow struct {
	Language string  `json:"language"`
	ColdS    float64 `json:"cold_s"`
	WarmS    float64 `json:"warm_s"`
	Ratio    float64 `json:"ratio"` // cold by warm
}

func (a *App) benchRenderCommand() *cobra.Command {
	var repetitions int
	var format string
	command := &cobra.Command{
		Use:   "render",
		Short: "Times programs in a new sandbox and in a warm worker",
		Long: `Draws the sample of each language that has a warm worker, by turns in a sandbox
of its own and in a worker that waits, and prints the medians.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if repetitions < 1 || format != "md" && format != "json" {
				return fault.New(fault.Usage, "--repetitions must be at least 1, and --format md or json")
			}
			a.job = func(ctx context.Context) error { return a.benchRender(ctx, repetitions, format) }
			return nil
		},
	}
	f := command.Flags()
	f.IntVarP(&repetitions, "repetitions", "r", 5, "`N` turns")
	f.StringVar(&format, "format", "md", "`FORMAT`: md or json")
	return command
}

func (a *App) benchRender(ctx context.Context, repetitions int, format string) error {
	box, err := a.openBox(false)
	if err != nil {
		return err
	}
	rows := []renderRow{}
	for _, l := range renderers.All() {
		if l.Warm == nil {
			continue
		}
		cold, warm := renderers.NewRunner(box, renderers.Options{}), renderers.NewRunner(box, renderers.Options{})
		a.onClose(warm.Close)
		warm.Prepare(renderers.Job{Language: l})
		var times [2][]float64
		for turn := range repetitions + 1 { // the first loads files and waits for the worker
			for i, r := range []*renderers.Runner{cold, warm} {
				took, err := timeSample(ctx, r, l)
				if err != nil {
					return err
				}
				if turn > 0 {
					times[i] = append(times[i], took.Seconds())
				}
			}
		}
		c, w := middle(times[0]), middle(times[1])
		rows = append(rows, renderRow{l.Name, c, w, c / w})
	}
	if format == "json" {
		return a.printJSON(struct {
			Rows []renderRow `json:"rows"`
		}{rows})
	}
	fmt.Fprintf(a.Out, "| language | cold, s | warm, s | ratio |\n| --- | --: | --: | --: |\n")
	for _, r := range rows {
		fmt.Fprintf(a.Out, "| %s | %.2f | %.2f | %.1f |\n", r.Language, r.ColdS, r.WarmS, r.Ratio)
	}
	return nil
}

// timeSample draws a language's own sample once.
func timeSample(ctx context.Context, r *renderers.Runner, l *renderers.Language) (time.Duration, error) {
	out, err := os.MkdirTemp("", "viscoder-bench-*")
	if err != nil {
		return 0, fault.Wrap(err, fault.Internal, "no temporary folder")
	}
	defer os.RemoveAll(out)
	outcome, err := r.Run(ctx, renderers.Job{Language: l, Program: l.Sample, Out: out})
	switch {
	case err != nil:
		return 0, err
	case outcome.Diagnostic != nil:
		return 0, fault.New(fault.NoPicture, "the sample of %s: %s", l.Name, outcome.Diagnostic.Message)
	case outcome.Note != "":
		return 0, fault.New(fault.Toolchain, "%s", outcome.Note)
	}
	return outcome.Exec, nil
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
