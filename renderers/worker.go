package renderers

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"syscall"
	"time"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// worker is a program of ours that waits in a box of its own with its imports
// done, and runs programs, each in a process that it forks.
type worker struct {
	resident *sandbox.Resident
	work     string // its folder on the host
	filter   string // keeps programs away from it; hexadecimal
	runs     int
	dirty    bool // the folder holds what the last run left
}

// maxRuns is after how many runs a worker is replaced: what no check sees, such
// as memory of the kernel, does not grow without end.
const maxRuns = 1000

// workerCPU is the processor time of a worker's own process, imports included.
// Runs have limits of their own.
const workerCPU = time.Hour

// errUsedUp says that a worker could not run a program; another way can.
var errUsedUp = errors.New("the worker ended")

// greeting is a worker's first message.
type greeting struct {
	PID int `json:"pid"` // in its box
}

// order is what a worker is told to run.
type order struct {
	Args   []string `json:"args"`
	CPU    int      `json:"cpu_s"`
	Filter string   `json:"filter"`
	Steps  bool     `json:"steps"` // statement by statement, over the channel
}

// ending is what a worker says of a run.
type ending struct {
	Exit   int    `json:"exit"`
	Signal int    `json:"signal"` // that ended it; 0: none
	Left   int    `json:"left"`   // processes that it left behind, killed since
	Fault  string `json:"fault"`  // why the worker should not be used again
}

func (r *Runner) startWorker(ctx context.Context, job *Job) (*worker, error) {
	plan, err := job.Language.Warm(job)
	if err != nil {
		return nil, err
	}
	work, err := plan.prepare(r.o.Scratch)
	if err != nil {
		return nil, err
	}
	w := &worker{work: work}
	if err := w.start(ctx, r, job, plan); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *worker) start(ctx context.Context, r *Runner, job *Job, plan Plan) error {
	limits := r.limits(job, plan)
	limits.CPU = workerCPU
	c, err := plan.command(job, w.work, limits)
	if err != nil {
		return err
	}
	if w.resident, err = r.box.Start(ctx, c); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	message, err := w.resident.Receive(ctx)
	if err != nil {
		return err
	}
	var hello greeting
	if err := json.Unmarshal(message, &hello); err != nil || hello.PID <= 1 {
		return fault.New(fault.Internal, "the worker said %.100q instead of who it is", message)
	}
	filter, err := sandbox.KeepAway(hello.PID)
	w.filter = hex.EncodeToString(filter)
	return err
}

// run runs a plan. The folder then holds what the run left, safe to look at,
// until the next run. errUsedUp: the program has to be run elsewhere.
func (w *worker) run(ctx context.Context, plan Plan, limits sandbox.Limits) (sandbox.Result, error) {
	return w.serve(ctx, plan, limits, limits)
}

// serve is run. With a channel the program is not run but taken over that,
// within the limits of the whole; each is for a process of it.
func (w *worker) serve(ctx context.Context, plan Plan, each, whole sandbox.Limits, channel ...*os.File) (sandbox.Result, error) {
	if err := w.makeReady(plan); err != nil {
		return sandbox.Result{}, fmt.Errorf("%w: %w", errUsedUp, err)
	}
	cpu := cmp.Or(each.CPU, each.Wall*time.Duration(runtime.NumCPU()))
	request, err := json.Marshal(order{Args: plan.Turn, CPU: int(math.Ceil(cpu.Seconds())), Filter: w.filter, Steps: len(channel) > 0})
	if err != nil {
		return sandbox.Result{}, err
	}
	message, result, err := w.resident.Exchange(ctx, request, whole, channel...)
	switch {
	case err != nil && ctx.Err() == nil:
		return result, fmt.Errorf("%w: %w", errUsedUp, err)
	case err != nil:
		return result, err
	case result.Reason != "": // the box has ended of it
		result.Ended(0, syscall.SIGKILL)
		return result, w.leave()
	}
	var e ending
	if err := json.Unmarshal(message, &e); err != nil {
		w.resident.Retire()
		return result, fmt.Errorf("%w: it said %.100q", errUsedUp, message)
	}
	result.Ended(e.Exit, syscall.Signal(e.Signal))
	if e.Fault != "" {
		w.resident.Retire()
	}
	return result, w.leave()
}

func (w *worker) makeReady(plan Plan) error {
	if !w.resident.Alive() {
		return errUsedUp
	}
	if w.dirty {
		if err := w.resident.Clear(); err != nil {
			return err
		}
	}
	w.runs++
	w.dirty = true
	return w.resident.Put(plan.Files)
}

// leave makes the folder safe to look at.
func (w *worker) leave() error {
	if w.resident.Alive() && w.resident.Settle() == nil {
		return nil
	}
	return w.resident.Close()
}

// fit reports whether another run may be asked of it.
func (w *worker) fit() bool { return w.runs < maxRuns && w.resident.Alive() }

func (w *worker) close() error {
	var err error
	if w.resident != nil {
		err = w.resident.Close()
	}
	return errors.Join(err, os.RemoveAll(w.work))
}
