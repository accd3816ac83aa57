package main

import (
	"context"
	"slices"
	"strings"

	"github.com/pkg/profile"
	"github.com/spf13/cobra"

	"viscoder/bench"
	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
)

// measuring is what the flags of `viscoder bench decode` ask for.
type measuring struct {
	bench.DecodeOptions
	model   string
	options engine.Options
	format  string
	profile string
}

// profiles are the kinds of --profile.
var profiles = map[string]func(*profile.Profile){
	"cpu": profile.CPUProfile, "mem": profile.MemProfile, "block": profile.BlockProfile,
	"mutex": profile.MutexProfile, "trace": profile.TraceProfile,
}

func (a *App) benchCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "bench",
		Short: "Measures this machine with a model",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(a.benchDecodeCommand())
	return command
}

func (a *App) benchDecodeCommand() *cobra.Command {
	var m measuring
	command := &cobra.Command{
		Use:   "decode",
		Short: "Times prefill and decoding, beside llama-bench if asked",
		Long: `Times prefill (pp512) and decoding of single tokens (tg64) through the same
sessions that draw pictures. With --vs it takes turns with llama-bench, on the
same file with as many threads, and prints the median ratio of the turns.`,
		Example: `  viscoder bench decode --model qwen2.5-coder-1.5b
  viscoder bench decode --vs .deps/bin/llama-bench --output go | tee new.txt`,
		Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			if err := m.check(); err != nil {
				return err
			}
			a.job = func(ctx context.Context) error { return a.benchDecode(ctx, m) }
			return nil
		},
	}
	f := command.Flags()
	f.SortFlags = false
	f.StringVarP(&m.model, "model", "m", a.Getenv("VISCODER_MODEL"), "model `NAME` or .gguf file")
	f.IntVarP(&m.Prompt, "prompt", "p", 512, "prefill `TOKENS`")
	f.IntVarP(&m.Generate, "generate", "n", 64, "decode `TOKENS`")
	f.IntVarP(&m.Repetitions, "repetitions", "r", 5, "`N` samples of each row")
	f.StringVar(&m.Versus, "vs", "", "take turns with this llama-bench `BINARY`")
	f.IntVar(&m.options.ContextTokens, "ctx", 2048, "context in `TOKENS`")
	f.IntVar(&m.options.Threads, "threads", 0, "`N` computing threads (default: the physical cores)")
	f.StringVar(&m.format, "output", "md", "`FORMAT`: "+strings.Join(bench.Formats(), ", "))
	f.StringVar(&m.profile, "profile", "", "write a profile of this `KIND` here: cpu, mem, block, mutex, trace")
	return command
}

func (m measuring) check() error {
	if !slices.Contains(bench.Formats(), m.format) {
		return fault.New(fault.Usage, "--output: unknown format %q", m.format).WithHint("known are: %s", strings.Join(bench.Formats(), ", "))
	}
	if _, known := profiles[m.profile]; m.profile != "" && !known {
		return fault.New(fault.Usage, "--profile: unknown kind %q", m.profile).WithHint("known are: cpu, mem, block, mutex, trace")
	}
	if err := m.options.Validate(); err != nil {
		return err
	}
	return m.DecodeOptions.Validate()
}

func (a *App) benchDecode(ctx context.Context, m measuring) error {
	picked, err := a.store().Resolve(m.model, hostinfo.Read().Memory.Available)
	if err != nil {
		return err
	}
	model, err := a.openModel(ctx, picked, m.options)
	if err != nil {
		return err
	}
	if m.profile != "" {
		defer profile.Start(profiles[m.profile], profile.ProfilePath("."), profile.NoShutdownHook).Stop()
	}
	m.Progress = func(line string) { a.note("%s", line) }
	report, err := bench.Decode(ctx, model, m.DecodeOptions)
	if err != nil {
		return err
	}
	return report.Write(a.Out, m.format)
}
