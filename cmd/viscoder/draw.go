package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"viscoder/engine"
	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
	"viscoder/models"
	"viscoder/renderers/sandbox"
	"viscoder/selfdebug"
)

// draw does the main job. While the toolchain and the terminal are tried, which
// takes longest, the weights are loaded.
func (a *App) draw(ctx context.Context, d drawing) error {
	picked, file, err := a.pickModel(d.model)
	if err != nil {
		return err
	}
	task := selfdebug.Task{Prompt: d.request, Language: d.language, Data: d.data}
	sum := identify(ctx, picked)
	loading, haveTools := a.tryTools(ctx, task)
	box, err := a.openBox(d.unsafe)
	if err != nil {
		return err
	}
	runner := a.warmRunner(box, task)
	canvas := a.findCanvas(ctx, d.show)
	model, err := a.openModel(loading, picked, file, d.engine())
	if missing := haveTools(); missing != nil {
		return missing
	}
	if err != nil {
		return err
	}
	kept := engine.Snapshots()
	deps := selfdebug.Deps{Model: model, Snapshots: &kept, ModelName: picked.Name, Runner: runner}
	deps.Versions = map[string]string{"viscoder": buildVersion(), "native": model.Info().NativeKey, "sandbox": box.Describe()}
	if deps.ModelSHA256, err = sum(); err != nil {
		return err
	}
	report, err := a.debug(ctx, task, d, deps)
	if err != nil {
		return a.stopped(report, err)
	}
	return a.present(report, d, canvas)
}

// stopped ends a run that something else than its programs ended. What there is
// of it is told all the same.
func (a *App) stopped(report *selfdebug.Report, err error) error {
	if report == nil || !a.json {
		return err
	}
	a.screen.failure(err)
	if perr := a.printJSON(report); perr != nil {
		return perr
	}
	return reported{err}
}

// openBox starts a sandbox, or says each time that there is none.
func (a *App) openBox(unsafe bool) (*sandbox.Box, error) {
	box, err := sandbox.New(sandbox.Options{Unsafe: unsafe})
	if err == nil && box.Unsafe() {
		a.screen.warn("--unsafe-no-sandbox: the program that the model writes runs with all your rights; it can read, change and send everything you can")
	}
	return box, err
}

// tryTools makes sure of a task's tools beside whatever else is done. The answer
// is waited for by calling the result; as soon as it is an error, the returned
// context ends.
func (a *App) tryTools(ctx context.Context, task selfdebug.Task) (context.Context, func() error) {
	trying, cancel := context.WithCancelCause(ctx)
	a.onClose(func() error { cancel(nil); return nil })
	answer := make(chan error, 1)
	go func() {
		err := haveTools(trying, task)
		if err != nil {
			cancel(err)
		}
		answer <- err
	}()
	return trying, func() error { return <-answer }
}

// haveTools makes sure that the language can be drawn before a model writes it.
func haveTools(ctx context.Context, task selfdebug.Task) error {
	language, _, sure, err := selfdebug.PickLanguage(task)
	if err != nil || !sure { // the model will choose among those that are ready
		return err
	}
	for _, tool := range language.Detect(ctx) {
		if !tool.OK {
			return fault.New(fault.Toolchain, "%s pictures need %s, which is not ready", language.Title, tool.Name).WithHint("%s", tool.Hint)
		}
	}
	return nil
}

// pickModel finds the model that a reference names and checks its header.
func (a *App) pickModel(ref string) (models.Resolved, *gguf.File, error) {
	picked, err := a.store().Resolve(ref, hostinfo.Read().Memory.Available)
	if err != nil {
		return picked, nil, err
	}
	file, err := engine.ReadHeader(picked.Path)
	return picked, file, err
}

// openModel loads a validated file; on a terminal a row shows how far it is.
func (a *App) openModel(ctx context.Context, picked models.Resolved, file *gguf.File, o engine.Options) (*engine.Model, error) {
	progress := a.screen.follow("loading "+clean(picked.Name), a.settings.quiet || !a.screen.tty)
	defer progress.finish()
	o.Log = a.log()
	o.Progress = func(share float32) bool {
		progress.set(float64(share), "")
		return true
	}
	model, err := engine.OpenFile(ctx, file, o)
	if err != nil {
		return nil, err
	}
	a.onClose(model.Close)
	return model, nil
}

// debug runs the loop and shows it.
func (a *App) debug(ctx context.Context, task selfdebug.Task, d drawing, deps selfdebug.Deps) (*selfdebug.Report, error) {
	show := newView(a.screen, a.settings.quiet)
	show.rounds, show.verbose = d.rounds+1, a.settings.verbose
	show.begin()
	defer show.end()
	rounds := d.rounds
	if rounds == 0 {
		rounds = selfdebug.NoRepair
	}
	return selfdebug.Run(ctx, deps, task, selfdebug.Options{
		Rounds: rounds, Policy: d.policy, Sampling: d.sampling, MaxTokens: d.maxTokens, NoDraft: d.noDraft,
		Timeout: time.Duration(d.timeout), Format: outFormat(d.out), Strict: d.strict,
	}, func(e selfdebug.Event) {
		show.event(e)
		a.watch(e)
	})
}

// present puts the pictures where they belong and says how it ended.
func (a *App) present(report *selfdebug.Report, d drawing, c canvas) error {
	failure := report.Fault()
	if failure == nil {
		visible := shown(report.Pictures)
		placed, err := deliver(report.Pictures, d.out, d.request)
		if err != nil {
			return err
		}
		report.Pictures = absolute(placed)
		report.Picture = report.Pictures[0]
		a.summary(report)
		if !a.json {
			if err := a.printPaths(placed); err != nil {
				return err
			}
		}
		c.show(visible, a.note)
	}
	if a.json {
		if err := a.printJSON(report); err != nil {
			return err
		}
	}
	if failure != nil {
		a.screen.failure(failure)
		return reported{failure}
	}
	return nil
}

func (a *App) printPaths(paths []string) error {
	for _, p := range paths {
		if _, err := fmt.Fprintln(a.Out, p); err != nil {
			return err
		}
	}
	return nil
}

func absolute(paths []string) []string {
	all := make([]string, len(paths))
	for i, p := range paths {
		all[i] = p
		if abs, err := filepath.Abs(p); err == nil {
			all[i] = abs
		}
	}
	return all
}

// summary says in a line or two what a person should know of a good run.
func (a *App) summary(r *selfdebug.Report) {
	parts := []string{r.Language, r.Model, seconds(time.Duration(r.WallS * float64(time.Second)))}
	if repairs := len(r.Rounds) - 1; repairs > 0 {
		parts = append(parts, plural(repairs, "repair"))
	}
	if r.MockData {
		parts = append(parts, "made-up data, as no --data was given")
	}
	a.note("%s %s", a.screen.paint(green, "✓"), clean(strings.Join(parts, " · ")))
	for _, w := range r.Warnings {
		a.note("%s %s", a.screen.paint(yellow, "look:"), clean(w))
	}
	if r.Asked != nil && len(r.Asked.Missing) > 0 {
		a.note("%s of what was asked, %s", a.screen.paint(yellow, "look:"), clean(r.Asked.String()))
	}
	if a.settings.verbose {
		a.note("everything of this run is in %s", r.Folder)
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, what)
	}
	return fmt.Sprintf("%d %ss", n, what)
}
