package renderers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// Steps is a program that is run statement by statement. Before each statement
// a checkpoint is forked, to which Rewind goes back. Files that a later
// statement wrote stay. Every answer comes from a process in which the program
// ran, so it is the program's claim: what counts is Run of the whole program.
// Not safe for concurrent use.
type Steps struct {
	runner *Runner
	seat   *seat
	limits sandbox.Limits // of one statement
	points []*sandbox.Channel
	cancel context.CancelFunc
	ended  chan struct{}
}

// Step is what became of one statement.
type Step struct {
	Stdout  string
	Stderr  string
	Error   *ReportedError // nil: none; Line counts from the first statement on
	Ended   bool           // the program asked to end
	Figures []OpenFigure   // of matplotlib, after it
	Exec    time.Duration
}

// OpenFigure is one figure that a program has open.
type OpenFigure struct {
	Number  int `json:"number"`
	Axes    int `json:"axes"`
	Artists int `json:"artists"` // that the program added to the axes
}

// maxSteps is how long a program may be taken statement by statement.
const maxSteps = 15 * time.Minute

// closeGrace is how long a stepped program has to end by itself.
const closeGrace = time.Second

// Steps takes a worker that was prepared for job's language and data, until
// Close. job.Timeout bounds one statement. The error is fault.Toolchain where
// no worker is free or none started.
func (r *Runner) Steps(ctx context.Context, job Job) (*Steps, error) {
	if job.Language != python {
		return nil, fault.New(fault.Toolchain, "only Python programs are taken statement by statement")
	}
	p := r.take(&job)
	if p == nil {
		return nil, fault.New(fault.Toolchain, "no warm worker is free").WithHint("Prepare one for the job's language and data.")
	}
	s := &Steps{runner: r, seat: p, ended: make(chan struct{})}
	if err := s.begin(ctx, &job); err != nil {
		r.giveBack(p)
		return nil, err
	}
	return s, nil
}

func (s *Steps) begin(ctx context.Context, job *Job) error {
	select {
	case <-s.seat.worker.ready:
	case <-ctx.Done():
		return fmt.Errorf("waiting for the worker: %w", context.Cause(ctx))
	}
	if s.seat.worker.err != nil {
		return fault.Wrap(s.seat.worker.err, fault.Toolchain, "no warm worker for %s", job.Language.Title)
	}
	job.tools, job.Format = s.runner.o.Tools, "png"
	if job.Timeout == 0 {
		job.Timeout = DefaultTimeout
	}
	plan, err := job.Language.Plan(job)
	if err != nil {
		return err
	}
	first, theirs, err := sandbox.NewChannel()
	if err != nil {
		return err
	}
	s.points = []*sandbox.Channel{first}
	s.limits = s.runner.limits(job, plan)
	whole := s.limits
	whole.Wall = maxSteps
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(s.ended)
		defer theirs.Close()
		_, _ = s.seat.worker.serve(ctx, plan, s.limits, whole, theirs)
	}()
	return nil
}

// Len is the number of statements that have been run and not been taken back.
func (s *Steps) Len() int { return len(s.points) - 1 }

// Step runs one more statement, or several lines at once. A statement that
// fails is a Step with an Error and is not kept: the program stands where it
// stood before. The error says that the statement ended its process or took too
// long; the program then stands where it stood, too, unless it holds up all.
func (s *Steps) Step(ctx context.Context, source string) (Step, error) {
	request, err := json.Marshal(struct {
		Source string `json:"source"`
	}{source})
	if err != nil {
		return Step{}, err
	}
	next, message, result, err := s.points[len(s.points)-1].Fork(ctx, request, s.limits)
	step := Step{Stdout: plain(string(result.Stdout)), Stderr: plain(string(result.Stderr)), Exec: result.Wall}
	if err != nil {
		return step, err
	}
	var said struct {
		Error   *ReportedError `json:"error"`
		Ended   bool           `json:"ended"`
		Figures []OpenFigure   `json:"figures"`
	}
	if err := json.Unmarshal(message, &said); err != nil {
		next.Close()
		return step, fault.Wrap(err, fault.Sandbox, "a statement answered nonsense")
	}
	step.Error, step.Ended, step.Figures = said.Error, said.Ended, said.Figures
	if step.Error != nil || step.Ended {
		next.Close()
		return step, nil
	}
	s.points = append(s.points, next)
	return step, nil
}

// Rewind goes back to where the first n statements had been run.
func (s *Steps) Rewind(n int) error {
	if n < 0 || n > s.Len() {
		return fault.New(fault.Internal, "rewinding to statement %d of %d", n, s.Len())
	}
	for _, c := range s.points[n+1:] {
		c.Close()
	}
	s.points = s.points[:n+1]
	return nil
}

// Close ends the program and gives the worker back.
func (s *Steps) Close() error {
	if s.points == nil {
		return nil
	}
	err := s.Rewind(0)
	s.points[0].Close()
	s.points = nil
	late := time.AfterFunc(closeGrace, s.cancel)
	<-s.ended
	late.Stop()
	s.cancel()
	s.runner.giveBack(s.seat)
	return errors.Join(err)
}
