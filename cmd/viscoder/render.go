package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

// rendering is what the flags of `viscoder render` ask for.
type rendering struct {
	files    []string
	language string
	out      string
	format   string
	data     []string
	timeout  duration
	show     showing
	strict   bool
	watch    bool
	unsafe   bool
}

// rendered is what became of one file, and an entry of --json's list.
type rendered struct {
	File     string   `json:"file"`
	Language string   `json:"language"`
	Status   string   `json:"status"` // ok or failed
	Pictures []string `json:"pictures"`
	ExecS    float64  `json:"exec_s"`
	Error    string   `json:"error,omitempty"`
	Line     int      `json:"error_line,omitempty"`
	Warnings []string `json:"warnings"`
}

// maxProgram bounds a program file, in bytes.
const maxProgram = 4 << 20

func (a *App) renderCommand() *cobra.Command {
	var r rendering
	command := &cobra.Command{
		Use:   "render FILE...",
		Short: "Draw programs that are already written, without a model",
		Long: `Runs programs of any language in the sandbox and checks their pictures. The
language follows from the ending of the file, or from --lang. A program sees no
file but those that --data names.`,
		Example: `  viscoder render chart.py --data sales.csv
  viscoder render spec.vl.json figure.tex --format svg
  viscoder render chart.py --data sales.csv --watch --show`,
		Args: cobra.MinimumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			r.files = args
			if err := r.check(); err != nil {
				return err
			}
			a.job = func(ctx context.Context) error { return a.render(ctx, r) }
			return nil
		},
	}
	f := command.Flags()
	f.SortFlags = false
	f.StringVarP(&r.language, "lang", "l", "", "`LANGUAGE` of the files (default: from their endings)")
	f.StringVarP(&r.out, "out", "o", "", "write the picture to `FILE`, or the pictures into a folder (default: new names here)")
	f.StringVarP(&r.format, "format", "f", "", "`KIND` of picture: png, svg or pdf (default: from --out, else png)")
	f.StringArrayVarP(&r.data, "data", "d", nil, "`FILE` that the programs may read (repeatable)")
	f.Var(&r.timeout, "timeout", "at most `SECONDS` for one run (default 30)")
	f.BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	f.Var(&r.show, "show", "show the pictures in the terminal: `WHEN` is auto, always or never")
	f.Lookup("show").NoOptDefVal = string(showAlways)
	f.BoolVar(&r.strict, "strict", false, "fail on what is only a warning about the picture, too")
	f.BoolVarP(&r.watch, "watch", "w", false, "draw again whenever a file changes, until Ctrl-C")
	f.BoolVar(&r.unsafe, "unsafe-no-sandbox", false, "run the programs with all your rights (dangerous)")
	_ = command.RegisterFlagCompletionFunc("lang", a.completeLanguages())
	return command
}

// check finds what is wrong with the command line before anything runs.
func (r *rendering) check() error {
	if r.format == "" {
		r.format = outFormat(r.out)
	}
	switch {
	case r.format != "png" && r.format != "svg" && r.format != "pdf":
		return fault.New(fault.Usage, "--format: unknown kind %q", r.format).WithHint("known are: png, svg, pdf")
	case len(r.files) > 1 && r.out != "" && !isFolder(r.out):
		return fault.New(fault.Usage, "--out: %s cannot hold the pictures of %d files", r.out, len(r.files)).WithHint("name a folder")
	case r.watch && len(r.files) > 1:
		return fault.New(fault.Usage, "--watch: one file at a time")
	}
	for _, file := range r.files {
		if _, err := r.languageOf(file); err != nil {
			return err
		}
		if err := checkProgram(file); err != nil {
			return err
		}
	}
	if err := checkOut(r.out); err != nil {
		return err
	}
	return checkData(r.data)
}

func (r *rendering) languageOf(file string) (*renderers.Language, error) {
	if r.language != "" {
		if l, known := renderers.ByName(r.language); known {
			return l, nil
		}
		return nil, fault.New(fault.Usage, "--lang: unknown language %q", r.language).
			WithHint("known are: %s", strings.Join(renderers.Names(), ", "))
	}
	if l, known := renderers.ByExtension(filepath.Base(file)); known {
		return l, nil
	}
	return nil, fault.New(fault.Usage, "%s: its ending names no language", file).
		WithHint("say which: --lang %s", strings.Join(renderers.Names(), "|"))
}

func checkProgram(file string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return fault.Wrap(err, fault.Usage, "cannot read the program")
	case !info.Mode().IsRegular():
		return fault.New(fault.Usage, "%s is no file", file)
	case info.Size() > maxProgram:
		return fault.New(fault.Usage, "%s is larger than a program may be (4 MiB)", file)
	}
	return nil
}

// render draws each file, and goes on after one that fails.
func (a *App) render(ctx context.Context, r rendering) error {
	box, err := a.openBox(r.unsafe)
	if err != nil {
		return err
	}
	runner := renderers.NewRunner(box, renderers.Options{})
	a.onClose(runner.Close)
	if !box.Unsafe() {
		if err := r.prepare(runner); err != nil {
			return err
		}
	}
	canvas := a.findCanvas(ctx, r.show)
	if r.watch {
		return a.renderOnChange(ctx, runner, r, canvas)
	}
	var all []rendered
	var failure error
	for _, file := range r.files {
		one, err := a.renderFile(ctx, runner, r, file, canvas)
		if err != nil {
			return err
		}
		if one.Status != "ok" {
			failure = reported{fault.New(fault.NoPicture, "%s: %s", file, one.Error)}
		}
		all = append(all, one)
	}
	if a.json {
		if err := a.printJSON(struct {
			Files []rendered `json:"files"`
		}{all}); err != nil {
			return err
		}
	}
	return failure
}

// renderFile draws one file and says what became of it. The error is the
// machine's; a program that fails is a result.
func (a *App) renderFile(ctx context.Context, runner *renderers.Runner, r rendering, file string, c canvas) (rendered, error) {
	language, err := r.languageOf(file)
	if err != nil {
		return rendered{}, err
	}
	program, err := os.ReadFile(file)
	if err != nil {
		return rendered{}, fault.Wrap(err, fault.Usage, "cannot read the program")
	}
	scratch, err := os.MkdirTemp("", "viscoder-render-*")
	if err != nil {
		return rendered{}, fault.Wrap(err, fault.Internal, "no temporary folder")
	}
	defer os.RemoveAll(scratch)
	job := renderers.Job{Language: language, Program: string(program), Out: scratch, Format: r.format, Timeout: time.Duration(r.timeout), Data: dataFiles(r.data), Strict: r.strict}
	outcome, err := runner.Run(ctx, job)
	if err != nil {
		return rendered{}, err
	}
	if outcome.Note != "" {
		a.note("%s", clean(outcome.Note))
	}
	one := rendered{File: file, Language: language.Name, Status: "ok", Pictures: []string{}, ExecS: outcome.Exec.Seconds(), Warnings: []string{}}
	if d := outcome.Diagnostic; d != nil && (r.strict || d.Kind != renderers.KindLooks) {
		one.Status, one.Error, one.Line = "failed", d.Message, d.Line
		a.note("%s %s: %s", a.screen.paint(red, "✗"), clean(file), clean(strings.TrimSpace(d.Text)))
		return one, nil
	}
	return one, a.deliverRendered(&one, outcome, r, c)
}

// deliverRendered puts the pictures where they belong and tells of them.
func (a *App) deliverRendered(one *rendered, outcome renderers.Outcome, r rendering, c canvas) error {
	for _, f := range outcome.Findings {
		one.Warnings = append(one.Warnings, f.Message)
	}
	visible := shown(outcome.Pictures)
	name := strings.TrimSuffix(filepath.Base(one.File), filepath.Ext(one.File))
	placed, err := deliver(outcome.Pictures, r.out, name)
	if err != nil {
		return err
	}
	one.Pictures = absolute(placed)
	a.note("%s %s · %s · %s", a.screen.paint(green, "✓"), clean(one.File), one.Language, seconds(outcome.Exec))
	for _, w := range one.Warnings {
		a.note("%s %s", a.screen.paint(yellow, "look:"), clean(w))
	}
	if !a.json {
		if err := a.printPaths(placed); err != nil {
			return err
		}
	}
	c.show(visible, a.note)
	return nil
}
