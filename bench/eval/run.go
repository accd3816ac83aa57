package eval

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/selfdebug"
)

// Deps are what a run needs.
type Deps struct {
	Model       *engine.Model
	Runner      selfdebug.Runner
	Jobs        int            // tasks under way at a time, of which one decodes; 0 = 1
	Checker     Checker        // nil: no fidelity
	Judge       *Judge         // nil: no scores
	Progress    func(Progress) // nil: none; one call at a time
	ModelName   string
	ModelSHA256 string
	Versions    map[string]string
}

// Progress is how far a run is.
type Progress struct {
	Done, Total int           // tasks, those of earlier sessions included
	Passed      int           // of Done
	Left        time.Duration // by the pace of this session; 0 = unknown
	Last        Result
}

// Run takes every task that the store has no result of through the loop. Faults
// of a single task, such as one too long for the context, are results; the error
// is the machine's, its tools', or of an ended ctx.
func Run(ctx context.Context, d Deps, store *Store, tasks []Task) error {
	r := &run{Deps: d, store: store, total: len(tasks), turns: newTurns(), start: time.Now()}
	if r.Runner == nil {
		return fault.New(fault.Internal, "an evaluation without a runner")
	}
	done := map[string]bool{}
	for _, one := range store.Results() {
		done[one.Key] = true
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(d.Jobs, 1))
	for _, t := range tasks {
		if done[t.Key()] {
			continue
		}
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error { return r.one(ctx, t) })
	}
	return group.Wait()
}

// run is one session of an evaluation.
type run struct {
	Deps
	store    *Store
	total    int
	turns    turns
	start    time.Time
	told     sync.Mutex
	finished int // tasks of this session
}

// one takes a task through the loop, scores it and keeps the result.
func (r *run) one(ctx context.Context, t Task) error {
	runner := &yielding{Runner: r.Runner, turns: r.turns, sole: r.Jobs <= 1, outcomes: map[string]renderers.Outcome{}}
	result, err := r.draw(ctx, t, runner)
	if err != nil {
		return err
	}
	if err := r.score(ctx, t, &result, runner.outcomes); err != nil {
		return err
	}
	result.Session, result.ElapsedS = r.start.UTC(), time.Since(r.start).Seconds()
	if err := r.store.Add(result); err != nil {
		return err
	}
	r.report(result)
	return nil
}

// draw is the loop on one task.
func (r *run) draw(ctx context.Context, t Task, runner *yielding) (Result, error) {
	out := Result{Key: t.Key(), Language: t.Language, Category: t.Category, Instruction: t.Instruction, Style: t.Style,
		HasFacts: r.Checker != nil && len(t.Facts) > 0, Attempts: []Attempt{}, Folder: runsFolder + "/" + t.slug()}
	dir := filepath.Join(r.store.Dir, runsFolder, t.slug())
	if err := fresh(dir); err != nil {
		return out, err
	}
	request, err := t.request(dir)
	if err != nil {
		return out, err
	}
	if err := r.turns.take(ctx); err != nil {
		return out, err
	}
	start, heard := time.Now(), &listener{verdicts: map[int]selfdebug.Verdict{}}
	report, err := selfdebug.Run(ctx, selfdebug.Deps{Model: r.Model, Runner: runner, Journal: &selfdebug.Journal{Dir: dir},
		ModelName: r.ModelName, ModelSHA256: r.ModelSHA256, Versions: r.Versions}, request, r.store.Settings.options(t.Language), heard.event)
	out.WorkS = (time.Since(start) - runner.waited).Seconds()
	r.turns.give()
	if err != nil {
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != fault.Usage || ctx.Err() != nil {
			return out, err
		}
		out.Error = err.Error()
	}
	if report != nil {
		out.Attempts = heard.attempts(report, r.store.Dir)
		out.Passed, out.Best = report.Status == selfdebug.StatusOK, report.Best
		out.Picture = relative(r.store.Dir, report.Picture)
	}
	return out, nil
}

// report tells how far the run is.
func (r *run) report(last Result) {
	if r.Progress == nil {
		return
	}
	r.told.Lock()
	defer r.told.Unlock()
	r.finished++
	p := Progress{Total: r.total, Last: last}
	for _, one := range r.store.Results() {
		p.Done++
		if one.Passed {
			p.Passed++
		}
	}
	p.Left = time.Duration(float64(time.Since(r.start)) / float64(r.finished) * float64(p.Total-p.Done))
	r.Progress(p)
}
