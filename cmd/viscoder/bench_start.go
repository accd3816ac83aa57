package main

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"viscoder/bench"
	"viscoder/engine"
	"viscoder/engine/llama"
	"viscoder/internal/fault"
	"viscoder/models"
	"viscoder/selfdebug"
)

func (a *App) benchLoadCommand() *cobra.Command {
	var m measuring
	command := &cobra.Command{
		Use:   "load",
		Short: "Times opening the model: cold, at first, and again",
		Long: `Times how long a new process takes to open the model: with the file not in memory
(cold), with the file in memory (first start), and again with what the first start
has kept (second start).`,
		Example: `  viscoder bench load --compare ggml`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.measureStarts(&m, func(path string) []string {
				return []string{"bench", "probe-load", "--model", path, "--threads", strconv.Itoa(m.threads)}
			}, bench.Load)
		},
	}
	m.addFlags(command.Flags(), a)
	return command
}

func (a *App) benchFirstTokenCommand() *cobra.Command {
	var m measuring
	d := drawing{}
	command := &cobra.Command{
		Use:   "first-token [REQUEST]",
		Short: "Times a drawing from the start of the process to its first token",
		Long: `Starts a drawing in a new process and times when its command line is read, the
model is open, the prompt is evaluated, and the first token is there; then the
drawing is given up.`,
		Example: `  viscoder bench first-token --compare ggml
  viscoder bench first-token "bar chart of share by source" --data energy.csv`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			d.request = strings.Join(args, " ")
			if d.request == "" {
				d.request = "plot monthly sales"
			}
			if err := checkData(d.data); err != nil {
				return err
			}
			return a.measureStarts(&m, func(string) []string {
				line := []string{"bench", "probe-first-token", "--model", m.model, "--threads", strconv.Itoa(m.threads),
					"--lang", d.language}
				for _, file := range d.data {
					line = append(line, "--data", file)
				}
				return append(line, "--", d.request)
			}, func(ctx context.Context, _ string, o bench.StartOptions) ([]bench.Row, error) {
				return bench.FirstToken(ctx, o)
			})
		},
	}
	f := command.Flags()
	m.addFlags(f, a)
	f.StringVarP(&d.language, "lang", "l", "", "`LANGUAGE` of the program (default: chosen from the request)")
	f.StringArrayVarP(&d.data, "data", "d", nil, "data `FILE` to draw (repeatable)")
	return command
}

// measureStarts notes the job of measuring this program started anew, by the
// command lines of line.
func (a *App) measureStarts(m *measuring, line func(path string) []string,
	measure func(context.Context, string, bench.StartOptions) ([]bench.Row, error),
) error {
	if err := m.check(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fault.Wrap(err, fault.Internal, "cannot find this program to start it")
	}
	a.job = func(ctx context.Context) error {
		return a.run(ctx, m, func(picked models.Resolved, setup bench.Setup) ([]bench.Row, error) {
			return measure(ctx, picked.Path, bench.StartOptions{
				Setup: setup, Kernels: m.sets(), Repetitions: m.repetitions, Progress: a.benchProgress,
				Command: func(kernels llama.Kernels, path string) *exec.Cmd {
					command := exec.Command(self, line(path)...)
					command.Env = append(command.Environ(), "VISCODER_KERNELS="+string(kernels))
					return command
				},
			})
		})
	}
	return nil
}

// probeLoadCommand is the process that `bench load` measures.
func (a *App) probeLoadCommand() *cobra.Command {
	var m measuring
	command := &cobra.Command{
		Use: "probe-load", Hidden: true, Args: cobra.NoArgs,
		RunE: a.does(func(ctx context.Context, _ []string) error {
			if err := bench.WriteMark(a.Out, bench.MarkOpening); err != nil {
				return err
			}
			model, err := engine.Open(ctx, m.model, m.options(llama.Kernels(m.kernels)))
			if err != nil {
				return err
			}
			a.onClose(model.Close)
			return bench.WriteMark(a.Out, bench.MarkOpened)
		}),
	}
	m.addFlags(command.Flags(), a)
	return command
}

// probeFirstTokenCommand is the process that `bench first-token` measures: the
// real drawing, given up after the first piece of an answer.
func (a *App) probeFirstTokenCommand() *cobra.Command {
	var d drawing
	command := &cobra.Command{
		Use: "probe-first-token REQUEST", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			d.request = args[0]
			a.job = func(ctx context.Context) error { return a.probeFirstToken(ctx, d) }
			return nil
		},
	}
	d.addFlags(command.Flags(), a)
	return command
}

func (a *App) probeFirstToken(ctx context.Context, d drawing) error {
	ctx, enough := context.WithCancel(ctx)
	defer enough()
	seen := map[string]bool{}
	mark := func(name string) {
		if !seen[name] {
			seen[name] = true
			_ = bench.WriteMark(a.Out, name) // the reader misses it
		}
	}
	mark(bench.MarkStarted)
	a.watch = func(e selfdebug.Event) {
		switch e.(type) {
		case selfdebug.Started:
			mark(bench.MarkLoaded)
		case selfdebug.Prefilled:
			mark(bench.MarkPrefilled)
		case selfdebug.Text:
			mark(bench.MarkFirst)
			enough()
		}
	}
	a.settings.quiet = true
	err := a.draw(ctx, d)
	if seen[bench.MarkFirst] {
		return nil
	}
	return err
}
