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
	slots []*slot
	ctx   context.Context // of their starts; nil: none was prepared
	stop  context.CancelFunc
	ends  sync.WaitGroup // of starts and closes under way
}

// slot is a worker, or one that is starting.
type slot struct {
	key    string
	job    Job // what it serves: a language and its data files
	taken  bool
	ready  chan struct{} // closed when worker or err is set
	worker *worker
	err    error
}

// started reports whether it is known what became of the start.
func (s *slot) started() bool {
	select {
	case <-s.ready:
		return true
	default:
		return false
	}
}

// Prepare starts a worker that will run programs of job's language with job's
// data files, and returns at once; Run waits for it, as starting anew would
// take as long. Each call makes one more, for runs at the same time. Where a
// language has none nothing happens, and where the worker does not start Run
// goes the cold way and says so in Outcome.Note. Close ends the workers.
func (r *Runner) Prepare(job Job) {
	if job.Language == nil || job.Language.Warm == nil {
		return
	}
	job.tools, job.Format = r.o.Tools, "png"
	w := &r.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil {
		w.ctx, w.stop = context.WithCancel(context.Background())
	}
	if w.ctx.Err() == nil {
		w.slots = append(w.slots, r.begin(job))
	}
}

// begin starts a worker; the caller holds the lock.
func (r *Runner) begin(job Job) *slot {
	s := &slot{key: fingerprint(&job), job: job, ready: make(chan struct{})}
	r.warm.ends.Go(func() {
		defer close(s.ready)
		s.worker, s.err = r.startWorker(r.warm.ctx, &s.job)
	})
	return s
}

// Close ends the warm workers, and waits until nothing of them is left. Run
// goes on to work without.
func (r *Runner) Close() error {
	w := &r.warm
	w.mu.Lock()
	slots := w.slots
	w.slots = nil
	if w.stop != nil {
		w.stop()
	}
	w.mu.Unlock()
	var errs []error
	for _, s := range slots {
		<-s.ready
		if s.worker != nil {
			errs = append(errs, s.worker.close())
		}
	}
	w.ends.Wait()
	return errors.Join(errs...)
}

// take gives out a worker for a job, or nil. One whose data files have changed
// since it started is replaced: it may still see the old ones.
func (r *Runner) take(job *Job) *slot {
	w := &r.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	key := fingerprint(job)
	for i, s := range w.slots {
		if s.taken || s.job.Language != job.Language || !sameFiles(s.job.Data, job.Data) {
			continue
		}
		if s.key != key {
			r.discard(s)
			w.slots[i] = r.begin(s.job)
		}
		w.slots[i].taken = true
		return w.slots[i]
	}
	return nil
}

// giveBack makes a worker free again. One that is used up gets a successor.
func (r *Runner) giveBack(s *slot) {
	w := &r.warm
	w.mu.Lock()
	defer w.mu.Unlock()
	s.taken = false
	i := slices.Index(w.slots, s)
	switch {
	case i < 0: // closed meanwhile, and Close has ended it or will
	case !s.started():
	case s.err != nil: // what did not start once is not tried again
		w.slots = slices.Delete(w.slots, i, i+1)
	case !s.worker.fit():
		r.discard(s)
		w.slots[i] = r.begin(s.job)
	}
}

// discard closes a worker in the background.
func (r *Runner) discard(s *slot) {
	r.warm.ends.Go(func() {
		<-s.ready
		if s.worker != nil {
			_ = s.worker.close() // its box has ended; what is left is a temporary folder
		}
	})
}

// runWarm runs a plan in a worker that was prepared for it. done is false where
// none was, or where it failed before the program could run.
func (r *Runner) runWarm(ctx context.Context, job *Job, plan Plan) (out Outcome, done bool, err error) {
	s := r.take(job)
	if s == nil {
		return Outcome{}, false, nil
	}
	defer r.giveBack(s)
	select {
	case <-s.ready:
	case <-ctx.Done():
		return Outcome{}, false, fmt.Errorf("waiting for the worker: %w", context.Cause(ctx))
	}
	if s.err != nil {
		return Outcome{Note: fmt.Sprintf("no warm worker for %s, so programs start anew: %v", job.Language.Title, s.err)}, false, nil
	}
	result, err := s.worker.run(ctx, plan, r.limits(job, plan))
	if errors.Is(err, errUsedUp) {
		return Outcome{Note: fmt.Sprintf("the warm worker for %s failed, so the program started anew: %v", job.Language.Title, err)}, false, nil
	}
	if err != nil {
		return Outcome{}, false, err
	}
	out, err = judge(job, plan, s.worker.work, result)
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
