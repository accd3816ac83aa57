package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"viscoder/bench/eval"
	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/models"
	"viscoder/renderers"
	"viscoder/selfdebug"
)

// evaluation is what the flags of `viscoder eval` ask for.
type evaluation struct {
	files    []string
	out      string
	settings eval.Settings
	shard    eval.Shard
	model    string
	options  engine.Options
	jobs     int
	budget   duration
	judge    eval.Judge
	part     string // of --shard
	unsafe   bool
}

func (a *App) evalCommand() *cobra.Command {
	var e evaluation
	command := &cobra.Command{
		Use:   "eval FILE... --out DIR",
		Short: "Measure a model on files of tasks: draw, repair, score",
		Long: `Takes every task of the files through the loop that draws for a user, with
self-debug rounds as in VisPlotBench, and reports pass rates, repairs, fidelity
and cost for each language and in all.

Files are JSON lines or Parquet in viscoder's own form, or with VisPlotBench's or
PandasPlotBench's columns; "builtin" stands for viscoder's own tasks. The same
command again goes on where it was stopped.`,
		Example: `  viscoder eval builtin --out bin/eval --split dev --policy paper
  viscoder eval visplotbench/svg/*.parquet --out svg --limit 20
  viscoder eval tasks.jsonl --out part2 --shard 2/8
  viscoder eval merge part1 part2 --out whole`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			e.files = args
			if err := e.check(); err != nil {
				return err
			}
			a.job = func(ctx context.Context) error { return a.eval(ctx, e) }
			return nil
		},
	}
	e.addFlags(a, command)
	command.AddCommand(a.evalMergeCommand(), a.evalCompareCommand())
	return command
}

func (e *evaluation) addFlags(a *App, command *cobra.Command) {
	f, s := command.Flags(), &e.settings
	f.SortFlags = false
	f.StringVarP(&e.out, "out", "o", "", "`DIR` for results, pictures and reports (required)")
	f.StringVarP(&e.model, "model", "m", a.Getenv("VISCODER_MODEL"), "model `NAME` or .gguf file")
	f.StringVar(&s.Policy, "policy", selfdebug.Policies()[0], "how to repair: the `NAME` "+strings.Join(selfdebug.Policies(), " or "))
	f.IntVar(&s.Rounds, "rounds", selfdebug.DefaultRounds, "at most `N` repair rounds")
	f.StringSliceVarP(&s.Choice.Languages, "lang", "l", nil, "only tasks of these `LANGUAGES`; also the language of files that name none")
	f.StringVar(&s.Choice.Split, "split", eval.SplitAll, "only tasks of this `SPLIT`: dev, test or all")
	f.IntVar(&s.Choice.Limit, "limit", 0, "only `N` tasks, drawn by --seed; 0 is all")
	f.Uint64Var(&s.Choice.Seed, "seed", 42, "`NUMBER` that random choices start from")
	f.StringVar(&e.part, "shard", "", "only `I/N` of the tasks; `viscoder eval merge` joins the parts")
	f.StringVar(&s.Timeouts, "timeouts", eval.TimeoutsPaper, "time limits of programs: the `SET` paper (VisPlotBench's) or ours")
	f.Var(&e.budget, "budget", "at most `SECONDS` for one task (default: no limit)")
	f.BoolVar(&s.References, "references", false, "draw the reference programs too, and compare with them")
	f.StringVar(&e.judge.URL, "judge", "", "let a vision model score pictures: base `URL` of an OpenAI-style endpoint; requests and pictures are sent there, with $VISCODER_JUDGE_KEY")
	f.StringVar(&e.judge.Model, "judge-model", "", "`NAME` of the judge's model")
	f.IntVar(&s.MaxTokens, "max-tokens", selfdebug.DefaultMaxTokens, "at most `N` tokens an answer")
	f.IntVar(&s.Context, "ctx", 8192, "context of one task in `TOKENS`")
	f.IntVar(&e.options.Threads, "threads", 0, "`N` computing threads (default: the physical cores)")
	f.StringVar(&s.Kernels, "kernels", "", "`SET` of matrix kernels: ours or ggml")
	f.BoolVar(&s.NoDraft, "no-draft", false, "decode one token at a time, without guessing the next ones; for comparisons")
	f.IntVar(&e.jobs, "jobs", 1, "`N` tasks under way at a time: one decodes while programs of the others run")
	f.BoolVar(&a.json, "json", false, "print the report as one JSON document on stdout")
	f.BoolVar(&e.unsafe, "unsafe-no-sandbox", false, "run the programs with all your rights (dangerous)")
	_ = command.RegisterFlagCompletionFunc("lang", a.completeLanguages())
}

// check finds what is wrong with the command line before anything slow begins.
func (e *evaluation) check() (err error) {
	switch {
	case e.out == "":
		return fault.New(fault.Usage, "--out: say where results go").WithHint("such as --out bin/eval")
	case e.jobs < 1 || e.jobs > 64:
		return fault.New(fault.Usage, "--jobs must be from 1 to 64, got %d", e.jobs)
	case e.settings.Context < 512:
		return fault.New(fault.Usage, "--ctx must be at least 512, got %d", e.settings.Context)
	}
	if e.part != "" {
		if e.shard, err = eval.ParseShard(e.part); err != nil {
			return err
		}
	}
	if e.judge.URL != "" {
		if err := e.judge.Validate(); err != nil {
			return err
		}
		e.settings.Judge = e.judge.URL + " " + e.judge.Model
	}
	e.settings.Shard, e.settings.Budget = e.shard.String(), time.Duration(e.budget)
	e.options.ContextTokens, e.options.Sequences, e.options.Kernels = e.settings.Context*e.jobs, 8*e.jobs, e.settings.Kernels
	if err := e.options.Validate(); err != nil {
		return err
	}
	if err := e.settings.Choice.Validate(); err != nil {
		return err
	}
	return e.settings.Validate()
}

// eval runs the tasks and reports. What can be known to be missing is looked
// for before the weights are loaded.
func (a *App) eval(ctx context.Context, e evaluation) error {
	tasks, err := e.tasks(ctx)
	if err != nil {
		return err
	}
	if err := haveAllTools(ctx, tasks); err != nil {
		return err
	}
	box, err := a.openBox(e.unsafe)
	if err != nil {
		return err
	}
	picked, file, err := a.pickModel(e.model)
	if err != nil {
		return err
	}
	sum := identify(ctx, picked)
	model, err := a.openModel(ctx, picked, file, e.options)
	if err != nil {
		return err
	}
	e.settings.Threads, e.settings.Jobs = model.Info().Threads, e.jobs
	e.settings.Versions = map[string]string{"viscoder": buildVersion(), "native": model.Info().NativeKey}
	if err := e.identify(ctx, picked, sum); err != nil {
		return err
	}
	store, err := eval.OpenStore(e.out, e.settings)
	if err != nil {
		return err
	}
	defer store.Close()
	deps := eval.Deps{Model: model, Runner: renderers.NewRunner(box, renderers.Options{}), Jobs: e.jobs, ModelName: picked.Name,
		ModelSHA256: e.settings.ModelSHA256, Versions: e.settings.Versions, Progress: a.evalProgress, Checker: eval.FactsChecker{}}
	if e.judge.URL != "" {
		e.judge.Key = a.Getenv("VISCODER_JUDGE_KEY")
		deps.Judge = &e.judge
	}
	a.note("%s, policy %s, %s in %s", clean(picked.Name), e.settings.Policy, plural(len(tasks), "task"), clean(store.Dir))
	runErr := eval.Run(ctx, deps, store, tasks)
	a.screen.setLive()
	if err := a.evalReport(store, len(tasks)); runErr == nil {
		runErr = err
	}
	if runErr != nil && ctx.Err() != nil {
		a.note("what is done is kept; the same command goes on with it")
	}
	return runErr
}

// tasks are the chosen ones of the files.
func (e *evaluation) tasks(ctx context.Context) ([]eval.Task, error) {
	fallback := ""
	if len(e.settings.Choice.Languages) == 1 {
		fallback = e.settings.Choice.Languages[0]
	}
	all, err := eval.Read(ctx, e.files, fallback)
	if err != nil {
		return nil, err
	}
	tasks := e.shard.From(e.settings.Choice.From(all))
	if len(tasks) == 0 {
		return nil, fault.New(fault.Usage, "none of the %s is left by --lang, --split, --limit and --shard", plural(len(all), "task"))
	}
	return tasks, nil
}

// identify notes in the settings which weights and which files take part.
func (e *evaluation) identify(ctx context.Context, picked models.Resolved, sum func() (string, error)) (err error) {
	e.settings.Model = picked.Name
	if e.settings.ModelSHA256, err = sum(); err != nil {
		return err
	}
	for _, file := range e.files {
		sum, err := "", error(nil)
		if file == eval.Builtin {
			sum, err = eval.BuiltinSHA256()
		} else {
			sum, err = hashFile(ctx, file)
		}
		if err != nil {
			return err
		}
		e.settings.Files = append(e.settings.Files, eval.TaskFile{Name: filepath.Base(file), SHA256: sum})
	}
	return nil
}

// haveAllTools makes sure that every language of the tasks can be drawn: a
// missing tool must not count against a model.
func haveAllTools(ctx context.Context, tasks []eval.Task) error {
	var looked []string
	for _, t := range tasks {
		if slices.Contains(looked, t.Language) {
			continue
		}
		looked = append(looked, t.Language)
		if err := haveTools(ctx, selfdebug.Task{Prompt: t.Instruction, Language: t.Language}); err != nil {
			return err
		}
	}
	return nil
}
