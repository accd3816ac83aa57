package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/sampler"
	"viscoder/selfdebug"
)

// drawing is what the root command's flags ask for.
type drawing struct {
	request   string
	data      []string
	language  string
	out       string
	model     string
	sampling  sampler.Config
	rounds    int
	policy    string
	strict    bool
	timeout   duration
	maxTokens int
	noDraft   bool
	context   int
	threads   int
	kernels   string
	show      showing
	unsafe    bool
}

const rootLong = `viscoder draws a picture from words, and from your data if you give it any.

A model on this machine writes a plotting program, the program runs in a
sandbox, the picture is checked, and what went wrong goes back to the model.
Nothing leaves this machine.

The path of the picture is printed on stdout, everything else on stderr.`

const rootExamples = `  viscoder "plot monthly sales" --data sales.csv
  viscoder "bar chart of share by source" --data energy.csv --out share.png
  viscoder --lang svg "a red circle in a blue square"
  echo "scatter of height and weight" | viscoder --json -

  viscoder doctor          what works on this machine, and what mends the rest
  viscoder setup python    install what Python programs draw with
  viscoder pull qwen2.5-coder-1.5b`

func (a *App) rootCommand() *cobra.Command {
	var d drawing
	root := &cobra.Command{
		Use:               `viscoder "what to draw" [--data FILE]...`,
		Short:             "Draws a picture from words and data, offline",
		Long:              rootLong,
		Example:           rootExamples,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		SilenceErrors:     true,
		SilenceUsage:      true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().NFlag() == 0 && len(args) == 0 {
				return cmd.Help()
			}
			if err := a.checkDrawing(cmd, &d, args); err != nil {
				return err
			}
			a.job = func(ctx context.Context) error { return a.draw(ctx, d) }
			return nil
		},
	}
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages", "FlagUsagesWrapped 80"))
	all := root.PersistentFlags()
	all.BoolVar(&a.settings.noColor, "no-color", false, "no colours, also by NO_COLOR=1")
	all.BoolVarP(&a.settings.quiet, "quiet", "q", false, "only errors and warnings on stderr")
	all.BoolVarP(&a.settings.verbose, "verbose", "v", false, "full errors, statistics and the log on stderr")
	all.SortFlags = false
	d.addFlags(root.Flags(), a)
	a.completeFlags(root)
	root.AddCommand(a.modelsCommand(), a.cacheCommand(), a.pullCommand(), a.renderCommand(), a.setupCommand(), a.doctorCommand(), a.benchCommand(), a.tuneCommand(), a.evalCommand(),
		a.manCommand(), a.versionCommand())
	return root
}

func (d *drawing) addFlags(f *pflag.FlagSet, a *App) {
	f.SortFlags = false
	f.StringArrayVarP(&d.data, "data", "d", nil, "data `FILE` to draw: csv, tsv, json, jsonl, xlsx or parquet (repeatable)")
	f.StringVarP(&d.language, "lang", "l", "", "`LANGUAGE` of the program, as doctor lists them (default: chosen from the request)")
	f.StringVarP(&d.out, "out", "o", "", "write the picture to `FILE` (default: a new name here)")
	f.StringVarP(&d.model, "model", "m", a.Getenv("VISCODER_MODEL"), "model `NAME` or .gguf file (default: $VISCODER_MODEL, else the best that is present and fits)")
	f.IntVar(&d.rounds, "rounds", selfdebug.DefaultRounds, "at most `N` repair rounds")
	f.Var(&d.timeout, "timeout", fmt.Sprintf("at most `SECONDS` for one run of the program (default %.0f)", renderers.DefaultTimeout.Seconds()))
	f.BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	f.Var(&d.show, "show", "show the picture in the terminal: `WHEN` is auto, always or never")
	f.Lookup("show").NoOptDefVal = string(showAlways)
	f.Uint64Var(&d.sampling.Seed, "seed", 0, "`NUMBER` that random choices start from")
	f.Float32Var(&d.sampling.Temperature, "temperature", 0, "how random the first answer is, as a `NUMBER`; 0 takes the likeliest token")
	f.IntVar(&d.sampling.TopK, "top-k", 0, "sample among the `N` likeliest tokens; 0 is all")
	f.Float32Var(&d.sampling.TopP, "top-p", 0, "sample among the likeliest tokens that together have this `SHARE`")
	f.Float32Var(&d.sampling.MinP, "min-p", 0, "drop tokens below this `SHARE` of the likeliest one")
	f.StringVar(&d.policy, "policy", "", "how to repair: the `NAME` "+strings.Join(selfdebug.Policies(), " or "))
	f.BoolVar(&d.strict, "strict", false, "repair what is only a warning about the picture, too")
	f.BoolVar(&d.noDraft, "no-draft", false, "decode one token at a time, without guessing the next ones; for comparisons")
	f.IntVar(&d.maxTokens, "max-tokens", 0, fmt.Sprintf("at most `N` tokens an answer (default %d)", selfdebug.DefaultMaxTokens))
	f.IntVar(&d.context, "ctx", 0, "context in `TOKENS` (default 8192, or what the model knows)")
	f.IntVar(&d.threads, "threads", 0, "`N` computing threads (default: the physical cores)")
	kernelsFlag(f, &d.kernels)
	f.BoolVar(&d.unsafe, "unsafe-no-sandbox", false, "run the program with all your rights (dangerous)")
}

// kernelsFlag adds the choice between our kernels and ggml's to a command that
// loads a model.
func kernelsFlag(f *pflag.FlagSet, to *string) {
	f.StringVar(to, "kernels", "", "whose matrix products compute, `SET` is ours or ggml (default: $VISCODER_KERNELS, else ours where the CPU has AVX2)")
}

// engine is how the model is to be loaded.
func (d *drawing) engine() engine.Options {
	return engine.Options{ContextTokens: d.context, Threads: d.threads, Kernels: d.kernels}
}

// checkDrawing finds what is wrong with the command line before anything slow
// begins.
func (a *App) checkDrawing(cmd *cobra.Command, d *drawing, args []string) error {
	request, err := a.readRequest(args)
	if err != nil {
		return err
	}
	if len(args) == 1 && !strings.Contains(request, " ") {
		if near := cmd.SuggestionsFor(request); len(near) > 0 {
			return fault.New(fault.Usage, "%q is no command", request).
				WithHint("did you mean: viscoder %s? To draw it, write more than one word.", near[0])
		}
	}
	d.request = request
	if _, known := renderers.ByName(d.language); d.language != "" && d.language != selfdebug.Auto && !known {
		return fault.New(fault.Usage, "--lang: unknown language %q", d.language).
			WithHint("known are: %s", strings.Join(renderers.Names(), ", "))
	}
	if known := selfdebug.Policies(); d.policy != "" && !slices.Contains(known, d.policy) {
		return fault.New(fault.Usage, "--policy: unknown policy %q", d.policy).WithHint("known are: %s", strings.Join(known, ", "))
	}
	if d.rounds < 0 {
		return fault.New(fault.Usage, "--rounds must not be negative, got %d", d.rounds)
	}
	if d.maxTokens < 0 {
		return fault.New(fault.Usage, "--max-tokens must not be negative, got %d", d.maxTokens)
	}
	if err := d.sampling.Validate(); err != nil {
		return fault.Wrap(err, fault.Usage, "sampling flags")
	}
	if err := d.engine().Validate(); err != nil {
		return err
	}
	if err := checkOut(d.out); err != nil {
		return err
	}
	return checkData(d.data)
}

// maxRequest bounds what is read as a request, in bytes.
const maxRequest = 1 << 20

// readRequest joins the arguments, or reads stdin for "-".
func (a *App) readRequest(args []string) (string, error) {
	request := strings.Join(args, " ")
	if request == "-" {
		if isTerminal(a.In) {
			a.note("Write what to draw, then press Ctrl-D.")
		}
		text, err := io.ReadAll(io.LimitReader(a.In, maxRequest+1))
		if err != nil {
			return "", fault.Wrap(err, fault.Usage, "reading the request from stdin")
		}
		request = string(text)
	}
	request = strings.TrimSpace(request)
	if request == "" {
		return "", fault.New(fault.Usage, "the request is empty").
			WithHint(`say what to draw, such as: viscoder "plot monthly sales"`)
	}
	if len(request) > maxRequest {
		return "", fault.New(fault.Usage, "the request is longer than %d bytes", maxRequest).
			WithHint("give data by --data instead")
	}
	return request, nil
}

// checkData makes sure that every data file can be read.
func checkData(files []string) error {
	for _, name := range files {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fault.New(fault.Usage, "--data: no such file: %s", name).WithHint("paths start from the current folder")
		case err != nil:
			return fault.Wrap(err, fault.Usage, "--data")
		case !info.Mode().IsRegular():
			return fault.New(fault.Usage, "--data: %s is not a file", name).WithHint("give each file of a folder by a --data of its own")
		}
		f, err := os.Open(name)
		if err != nil {
			return fault.Wrap(err, fault.Usage, "--data")
		}
		_ = f.Close()
	}
	return nil
}

// flagError says in plain words what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	wrong := fault.New(fault.Usage, "%s", err)
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		wrong = fault.New(fault.Usage, "--%s: %q is not good: %v", value.GetFlag().Name, value.GetValue(), value.Unwrap())
		switch value.GetFlag().Value.Type() {
		case "int", "uint64":
			wrong.Msg = fmt.Sprintf("--%s: %q is not a whole number", value.GetFlag().Name, value.GetValue())
		case "float32":
			wrong.Msg = fmt.Sprintf("--%s: %q is not a number", value.GetFlag().Name, value.GetValue())
		}
	}
	return wrong.WithHint("see %s --help", cmd.CommandPath())
}

// duration is a flag in seconds ("30", "1.5") or in Go's form ("2m").
type duration time.Duration

func (d *duration) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Type is what help shows.
func (d *duration) Type() string { return "seconds" }

// Set reads a flag's value.
func (d *duration) Set(text string) error {
	value, err := time.ParseDuration(text)
	if err != nil {
		value, err = time.ParseDuration(text + "s")
	}
	if err != nil || value <= 0 {
		return errors.New("want a number of seconds above 0, such as 30")
	}
	*d = duration(value)
	return nil
}

// showing says when the picture appears in the terminal.
type showing string

const (
	showAuto   showing = ""       // where the terminal shows real pixels
	showAlways showing = "always" // else as half blocks
	showNever  showing = "never"
)

func (s *showing) String() string { return string(*s) }

// Type is what help shows.
func (s *showing) Type() string { return "when" }

// Set reads a flag's value; --show alone is --show=always.
func (s *showing) Set(text string) error {
	switch text {
	case "auto":
		*s = showAuto
	case "always", "true", "yes":
		*s = showAlways
	case "never", "false", "no":
		*s = showNever
	default:
		return errors.New("want auto, always or never")
	}
	return nil
}
