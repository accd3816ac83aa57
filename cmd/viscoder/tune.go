package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"viscoder/bench"
	"viscoder/engine"
	"viscoder/engine/llama"
	"viscoder/engine/tuning"
	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
)

// tuneReport is what tune --json prints.
type tuneReport struct {
	Model   string  `json:"model"`
	File    string  `json:"file"` // where it is kept
	Seconds float64 `json:"seconds"`
	bench.Tuning
}

func (a *App) tuneCommand() *cobra.Command {
	var model, kernels string
	var forget bool
	command := &cobra.Command{
		Use:   "tune",
		Short: "Find the settings a model runs fastest with here, and keep them",
		Long: `Tries numbers of threads, ways of attention and micro-batches with the model on
this machine, measures what batches of tokens cost, and keeps what it found in the
cache folder. From then on these are the defaults for this model here; flags win.
It takes less than a minute on a machine that has nothing else to do.`,
		Example: `  viscoder tune
  viscoder tune --model qwen2.5-coder-1.5b --forget`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			o := engine.Options{Kernels: kernels}
			if err := o.Validate(); err != nil {
				return err
			}
			a.job = func(ctx context.Context) error { return a.tune(ctx, model, o, forget) }
			return nil
		},
	}
	f := command.Flags()
	f.SortFlags = false
	f.StringVarP(&model, "model", "m", a.Getenv("VISCODER_MODEL"), "model `NAME` or .gguf file")
	kernelsFlag(f, &kernels)
	f.BoolVar(&forget, "forget", false, "remove what is kept for this model")
	f.BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	return command
}

func (a *App) tune(ctx context.Context, ref string, o engine.Options, forget bool) error {
	picked, err := a.store().Resolve(ref, hostinfo.Read().Memory.Available)
	if err != nil {
		return err
	}
	file, err := gguf.Open(picked.Path)
	if err != nil {
		return err
	}
	key := engine.TuningKey(file, o)
	if forget {
		if err := tuning.Forget(key); err != nil {
			return fault.Wrap(err, fault.Internal, "cannot remove %s", tuning.Path(key))
		}
		return nil
	}
	start := time.Now()
	a.note("trying %s on this machine; other programs should rest", clean(picked.Name))
	found, err := bench.Tune(ctx, file, bench.TuneOptions{Kernels: llama.Kernels(key.Kernels), Progress: a.benchProgress})
	if err != nil {
		return err
	}
	if err := tuning.Save(key, found.Result); err != nil {
		return fault.Wrap(err, fault.Internal, "cannot keep the tuning in %s", tuning.Path(key)).
			WithHint("set XDG_CACHE_HOME to a folder that can be written")
	}
	report := tuneReport{picked.Name, tuning.Path(key), time.Since(start).Seconds(), found}
	if a.json {
		return a.printJSON(report)
	}
	_, err = fmt.Fprint(a.Out, report.text())
	return err
}

// text is the report for people.
func (r tuneReport) text() string {
	var b strings.Builder
	for _, c := range r.Choices {
		var trials []string
		for _, t := range c.Trials {
			trials = append(trials, fmt.Sprintf("%s: %.0f ms", t.Name, t.MS))
		}
		fmt.Fprintf(&b, "%-12s %-6s %s\n", c.What, c.Chosen, strings.Join(trials, ", "))
	}
	var points []string
	for _, p := range r.Result.Curve {
		points = append(points, fmt.Sprintf("%d: %.2f", p.Rows, r.Result.Curve.Relative(p.Rows)))
	}
	fmt.Fprintf(&b, "%-12s %.1f ms a token; a batch costs times that: %s\n", "batches", r.Result.Curve[0].MS, strings.Join(points, ", "))
	fmt.Fprintf(&b, "%-12s %s\n", "kept in", r.File)
	return b.String()
}

// checkTuning says whether the model's fastest settings are known.
func checkTuning(model string, file *gguf.File) finding {
	key := engine.TuningKey(file, engine.Options{})
	r, err := tuning.Load(key)
	switch {
	case err == nil:
		return finding{Name: "tuning", State: works, Detail: fmt.Sprintf("%s, micro-batch %d, %.1f ms a token",
			plural(r.Threads, "thread"), r.MicroBatch, r.Curve[0].MS)}
	case errors.Is(err, fs.ErrNotExist):
		return finding{Name: "tuning", State: absent, Detail: "defaults serve; faster settings may be found", Fix: "viscoder tune --model " + model}
	}
	return finding{Name: "tuning", State: absent, Detail: fmt.Sprintf("%s is not used: %v", tuning.Path(key), err), Fix: "viscoder tune --model " + model}
}
