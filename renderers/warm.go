package renderers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// workers are the warm workers of a Runner. Each has a box of its own and runs
// one program at a time; the boxes of one Runner serve one user's jobs.
type workers struct {
	mu    sync.Mutex
	seats []*seat
	ctx   context.Context // of their starts; nil: none was prepared
	stop  context.CancelFunc
	ends  sync.WaitGroup // of starts and closes under way
}

// seat is a place for one worker after the other.
type seat struct {
	job    Job // what it serves: a language and its data files
	taken  bool
	worker *start
}

// start is a worker, or one that is not there yet.
type start struct {
	key   string        // fingerprint of the job at that time
	ready chan struct{} // closed when the rest is set
	*worker
	err error
}

// Prepare starts a worker that will run programs of job's language with job's
// data files, and returns at once; Run waits for it, as starting anew would
// take as long. Each call makes one more, for runs at the same time. Where a
// language has none nothing happens, and where the worker does not start Run
// goes the cold way and says so in Outcome.Note. dismiss ends the worker, and
// may be left to Close where no more are made than can be kept.
func (r *Runner) Prepare(job Job) (dismiss func()) {
	if job.Language == nil || job.Language.Warm == nil {
		return func() {}
	}
	job.tools, job.Format = r.o.Tools, "png"
	job.Data = slices.Clone(job.Data)
	w := &r.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil {
		w.ctx, w.stop = context.WithCancel(context.Background())
	}
	if w.ctx.Err() != nil {
		return func() {}
	}
	p := &seat{job: job, worker: r.begin(job)}
	w.seats = append(w.seats, p)
	return func() { r.dismiss(p) }
}

// dismiss ends the worker of a seat, unless it runs something: then it goes
// when it is given back.
func (r *Runner) dismiss(p *seat) {
	w := &r.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.Index(w.seats, p)
	if i < 0 {
		return
	}
	w.seats = slices.Delete(w.seats, i, i+1)
	if !p.taken {
		r.discard(p.worker)
	}
}

// begin starts a worker; the caller holds the lock.
func (r *Runner) begin(job Job) *start {
	s := &start{key: fingerprint(&job), ready: make(chan struct{})}
	r.warm.ends.Go(func() {
		defer close(s.ready)
		s.worker, s.err = r.startWorker(r.warm.ctx, &job)
	})
	return s
}

// known reports whether it is known what became of a start.
func (s *start) known() bool {
	select {
	case <-s.ready:
		return true
	default:
		return false
	}
}

// Close ends the warm workers, and waits until nothing of them is left. Run
// goes on to work without.
func (r *Runner) Close() error {
	w := &r.warm
	w.mu.Lock()
	seats := w.seats
	w.seats = nil
	if w.stop != nil {
		w.stop()
	}
	w.mu.Unlock()
	var errs []error
	for _, p := range seats {
		<-p.worker.ready
		if p.worker.worker != nil {
			errs = append(errs, p.worker.close())
		}
	}
	w.ends.Wait()
	return errors.Join(errs...)
}

// take gives out a worker for a job, or nil. One whose data files have changed
// since it started is replaced: it may still see the old ones.
func (r *Runner) take(job *Job) *seat {
	w := &r.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.seats {
		if p.taken || p.job.Language != job.Language || !sameFiles(p.job.Data, job.Data) {
			continue
		}
		if p.worker.key != fingerprint(job) {
			r.replace(p)
		}
		p.taken = true
		return p
	}
	return nil
}

// giveBack makes a worker free again. One that is used up gets a successor.
func (r *Runner) giveBack(p *seat) {
	w := &r.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	p.taken = false
	i := slices.Index(w.seats, p)
	switch {
	case i < 0: // dismissed meanwhile
		r.discard(p.worker)
	case !p.worker.known():
	case p.worker.err != nil: // what did not start once is not tried again
		w.seats = slices.Delete(w.seats, i, i+1)
	case !p.worker.fit():
		r.replace(p)
	}
}

// replace lets another worker take a seat; the caller holds the lock.
func (r *Runner) replace(p *seat) {
	r.discard(p.worker)
	p.worker = r.begin(p.job)
}

// discard closes a worker in the background.
func (r *Runner) discard(s *start) {
	r.warm.ends.Go(func() {
		<-s.ready
		if s.worker != nil {
			_ = s.close() // its box has ended; what is left is a temporary folder
		}
	})
}

// runWarm runs a plan in a worker that was prepared for it. done is false where
// none was, or where it failed before the program could run.
func (r *Runner) runWarm(ctx context.Context, job *Job, plan Plan) (out Outcome, done bool, err error) {
	p := r.take(job)
	if p == nil {
		return Outcome{}, false, nil
	}
	defer r.giveBack(p)
	s := p.worker
	select {
	case <-s.ready:
	case <-ctx.Done():
		return Outcome{}, false, fmt.Errorf("waiting for the worker: %w", context.Cause(ctx))
	}
	if s.err != nil {
		return Outcome{Note: fmt.Sprintf("no warm worker for %s, so programs start anew: %v", job.Language.Title, s.err)}, false, nil
	}
	result, err := s.run(ctx, plan, r.limits(job, plan))
	if errors.Is(err, errUsedUp) {
		return Outcome{Note: fmt.Sprintf("the warm worker for %s failed, so the program started anew: %v", job.Language.Title, err)}, false, nil
	}
	if err != nil {
		return Outcome{}, false, err
	}
	out, err = judge(job, plan, s.work, result)
	out.Warm = true
	return out, true, err
}

// fingerprint says which worker can serve a job: the language, and the data
// files as they are now.
func fingerprint(job *Job) string {
	var b strings.Builder
	b.WriteString(job.Language.Name)
	for _, d := range job.Data {
		var st unix.Stat_t
		_ = unix.Stat(d.Path, &st) // one that is gone differs from every other
		fmt.Fprintf(&b, "\x00%s\x00%s\x00%d %d %d %d.%d", d.dataName(), d.Path, st.Dev, st.Ino, st.Size, st.Mtim.Sec, st.Mtim.Nsec)
	}
	return b.String()
}

func sameFiles(a, b []DataFile) bool {
	return slices.EqualFunc(a, b, func(x, y DataFile) bool { return x.Path == y.Path && x.dataName() == y.dataName() })
}
