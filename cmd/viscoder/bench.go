package main

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/profile"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"viscoder/bench"
	"viscoder/engine"
	"viscoder/engine/llama"
	"viscoder/engine/tuning"
	"viscoder/internal/fault"
	"viscoder/models"
)

// measuring is what the flags common to the benchmarks ask for.
type measuring struct {
	model       string
	threads     int
	attention   tuning.Attention
	kernels     string
	compare     string
	repetitions int
	format      string
	profile     string
	plot        string
	showLimits  bool // as rows of their own
}

// profiles are the kinds of --profile.
var profiles = map[string]func(*profile.Profile){
	"cpu": profile.CPUProfile, "mem": profile.MemProfile, "block": profile.BlockProfile,
	"mutex": profile.MutexProfile, "trace": profile.TraceProfile,
}

const profileKinds = "cpu, mem, block, mutex, trace"

func (a *App) benchCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "bench",
		Short: "Measures this machine with a model",
		Long: `Measures this machine with a model. What is compared takes turns in one run, and
ratios are medians over the turns, because machines drift.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(a.benchRenderCommand(), a.benchDecodeCommand(), a.benchBatchCommand(), a.benchLoadCommand(), a.benchFirstTokenCommand(),
		a.benchRooflineCommand(), a.benchRepairCommand(), a.probeLoadCommand(), a.probeFirstTokenCommand())
	return command
}

func (m *measuring) addFlags(f *pflag.FlagSet, a *App) {
	f.SortFlags = false
	f.StringVarP(&m.model, "model", "m", a.Getenv("VISCODER_MODEL"), "model `NAME` or .gguf file")
	f.IntVar(&m.threads, "threads", 0, "`N` computing threads (default: as tuned, else the physical cores)")
	f.StringVar(&m.kernels, "kernels", cmp.Or(a.Getenv("VISCODER_KERNELS"), string(llama.KernelsOurs)), "`SET` of kernels: ours or ggml")
	f.StringVar(&m.compare, "compare", "", "take turns with this other `SET` of kernels and print the ratio")
	f.IntVarP(&m.repetitions, "repetitions", "r", 5, "`N` samples of each row")
	f.StringVar(&m.format, "format", "md", "`FORMAT`: "+strings.Join(bench.Formats(), ", "))
	f.StringVar(&m.profile, "profile", "", "write a profile of this `KIND` here: "+profileKinds)
}

// addPlotFlag is for benchmarks whose rows make a curve.
func (m *measuring) addPlotFlag(f *pflag.FlagSet) {
	f.StringVar(&m.plot, "plot", "", "draw the curves with their limits into this SVG `FILE`")
}

// sets are the kernels to measure, the baseline last.
func (m measuring) sets() []llama.Kernels {
	sets := []llama.Kernels{llama.Kernels(m.kernels)}
	if m.compare != "" {
		sets = append(sets, llama.Kernels(m.compare))
	}
	return sets
}

func (m measuring) check() error {
	if !slices.Contains(bench.Formats(), m.format) {
		return fault.New(fault.Usage, "--format: unknown format %q", m.format).WithHint("known are: %s", strings.Join(bench.Formats(), ", "))
	}
	if _, known := profiles[m.profile]; m.profile != "" && !known {
		return fault.New(fault.Usage, "--profile: unknown kind %q", m.profile).WithHint("known are: %s", profileKinds)
	}
	if m.repetitions < 1 {
		return fault.New(fault.Usage, "--repetitions must be at least 1, got %d", m.repetitions)
	}
	for flag, value := range map[string]string{"kernels": m.kernels, "compare": m.compare} {
		if err := llama.Kernels(value).Validate(); err != nil {
			return fault.Wrap(err, fault.Usage, "--%s", flag)
		}
	}
	if m.compare == m.kernels {
		return fault.New(fault.Usage, "--compare: %s are what is measured already", m.compare).WithHint("name the other set: --kernels ours --compare ggml")
	}
	if m.plot != "" && strings.ToLower(filepath.Ext(m.plot)) != ".svg" {
		return fault.New(fault.Usage, "--plot: %s is no .svg file", m.plot)
	}
	return m.options("").Validate()
}

// options open the model with a set of kernels.
func (m measuring) options(kernels llama.Kernels) engine.Options {
	return engine.Options{Threads: m.threads, Kernels: string(kernels), Attention: m.attention}
}

// run finds the model, measures within a profile if one is asked for, and prints
// the rows.
func (a *App) run(ctx context.Context, m *measuring, measure func(models.Resolved, bench.Setup) ([]bench.Row, error)) error {
	picked, file, err := a.pickModel(m.model)
	if err != nil {
		return err
	}
	sum, err := identify(ctx, picked)() // before anything is timed
	if err != nil {
		return err
	}
	if slices.Contains(m.sets(), llama.KernelsOurs) && llama.KernelISA() == "" {
		a.screen.warn("this CPU has no instruction set that our kernels use: ggml's serve as ours")
	}
	if m.profile != "" {
		defer profile.Start(profiles[m.profile], profile.ProfilePath("."), profile.NoShutdownHook, profile.Quiet).Stop()
	}
	// All contenders get what the first one is tuned to.
	if r, ok := engine.Tuned(file, m.options(m.sets()[0])); ok {
		m.threads, m.attention = cmp.Or(m.threads, r.Threads), r.Attention
	}
	setup := bench.NewSetup(buildVersion(), picked.Path, sum, m.threads)
	rows, limits, err := bench.Within(ctx, setup.Threads, func() ([]bench.Row, error) { return measure(picked, setup) })
	if err != nil {
		return err
	}
	bench.AddLimits(rows, file, limits)
	if m.showLimits {
		one, err := bench.MeasureLimits(ctx, 1)
		if err != nil {
			return err
		}
		rows = slices.Concat(one.Rows(setup), limits.Rows(setup), rows)
	}
	if m.plot != "" {
		if err := bench.WritePlot(m.plot, rows); err != nil {
			return err
		}
	}
	return bench.Write(a.Out, rows, m.format)
}

func (a *App) benchProgress(line string) { a.note("%s", line) }
