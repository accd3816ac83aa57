package sandbox

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// Resident is a program of ours that stays in a box and is asked over a socket,
// its standard input, to run what nobody has read. It has to see to it that a
// run cannot reach it, and that nothing of a run is left when it answers. One
// Exchange at a time; not safe for concurrent use.
type Resident struct {
	p    *preparation
	q    *process
	conn *net.UnixConn
	dead bool // the box has ended, or is not to be used again

	finish func() error // waits for the end of the box, once
}

// maxMessage bounds one request or answer.
const maxMessage = 1 << 16

// Start puts a program into a box and returns once it runs there; what it says
// first has to be waited for with Receive. c.Limits hold for the box as a
// whole, those of single runs come with each Exchange. The error is a
// fault.Sandbox where programs cannot be kept: only bubblewrap's box has a
// process list of its own, which ending a run for certain needs.
func (b *Box) Start(ctx context.Context, c Command) (*Resident, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if b.unsafe || b.bwrap == "" {
		return nil, fault.New(fault.Sandbox, "without a box of its own a program cannot be kept running")
	}
	conn, theirs, err := socketPair()
	if err != nil {
		return nil, fault.Wrap(err, fault.Sandbox, "sandbox: a socket")
	}
	c.control = theirs
	r := &Resident{conn: conn, finish: func() error { return nil }}
	if r.p, err = b.prepare(c, false); err == nil {
		r.q, err = start(r.p, func() {})
	}
	if r.q != nil {
		r.finish = sync.OnceValue(r.q.finish)
	}
	r.p.closeExtra()
	theirs.Close() // where prepare did not come to take it over
	if err == nil {
		err = r.arrive(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// socketPair makes a socket that keeps messages apart.
func socketPair() (*net.UnixConn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return conn.(*net.UnixConn), theirs, nil
}

// arrive waits until the launcher has become the program.
func (r *Resident) arrive(ctx context.Context) error {
	s := &supervision{process: r.q, watcher: newWatcher(r.p), found: make(chan Reason, 1)}
	first, status := r.q.first, r.q.status
	for first != nil || status != nil {
		select {
		case s.init = <-first:
			first = nil
		case s.said = <-status:
			status = nil
		case <-ctx.Done():
			r.q.kill()
			if first != nil {
				s.init = <-first
			}
			return stopped(ctx)
		}
	}
	if s.said == statusReady {
		return nil
	}
	r.end()
	left := r.finish()
	return errors.Join(s.failure(r.p, s.result(0)), left)
}

// Receive waits for a message that was not asked for, such as the first one.
// What the program wrote to its standard error stands in the error when it
// ended instead.
func (r *Resident) Receive(ctx context.Context) ([]byte, error) {
	answers := make(chan answer, 1)
	go func() { answers <- receive(r.conn) }()
	select {
	case a := <-answers:
		if a.err != nil {
			r.end()
			said, _ := r.q.stderr.bytes()
			return nil, fault.Wrap(a.err, fault.Sandbox, "the kept program ended: %s", lastLines(said))
		}
		return a.message, nil
	case <-ctx.Done():
		r.end()
		<-answers
		return nil, stopped(ctx)
	}
}

type answer struct {
	message []byte
	err     error
}

var errEnded = errors.New("it has ended")

func receive(conn *net.UnixConn) answer {
	buf := make([]byte, maxMessage)
	n, _, flags, _, err := conn.ReadMsgUnix(buf, nil)
	switch {
	case err != nil:
		return answer{err: err}
	case n == 0:
		return answer{err: errEnded}
	case flags&unix.MSG_TRUNC != 0:
		return answer{err: errors.New("its answer is too long")}
	}
	return answer{message: buf[:n]}
}

// Exchange sends a request, together with two descriptors for the standard
// output and error of what it runs and those in more, and waits for the answer. A limit that is
// exceeded, or the end of ctx, ends the box: Alive says whether it can be used
// again. Result has all but ExitCode and Signal, which only the answer tells.
func (r *Resident) Exchange(ctx context.Context, request []byte, l Limits, more ...*os.File) ([]byte, Result, error) {
	if ctx.Err() != nil {
		return nil, Result{}, stopped(ctx)
	}
	l = l.withDefaults()
	found := make(chan Reason, 4)
	out, err := newOutputs(l, func() { found <- ReasonOutput })
	if err != nil {
		return nil, Result{}, fault.Wrap(err, fault.Sandbox, "sandbox: pipes for a run")
	}
	begin := time.Now()
	err = send(r.conn, request, append(slices.Clone(out.theirs), more...))
	out.start()
	if err != nil {
		r.end()
		out.finish()
		return nil, Result{}, fault.Wrap(err, fault.Sandbox, "asking the kept program")
	}
	watcher := newWatcher(r.p)
	watcher.limits = l
	go watcher.watch(r.q.cmd.Process.Pid, found)
	message, reason, err := r.await(ctx, found, l.Wall)
	watcher.close()
	out.finish()
	result := Result{Wall: time.Since(begin), CPU: watcher.cpu, Reason: reason}
	var cut1, cut2 bool
	result.Stdout, cut1 = out.stdout.bytes()
	result.Stderr, cut2 = out.stderr.bytes()
	result.Truncated = cut1 || cut2
	return message, result, err
}

// await returns the answer, or why there is none.
func (r *Resident) await(ctx context.Context, found <-chan Reason, wall time.Duration) ([]byte, Reason, error) {
	answers := make(chan answer, 1)
	go func() { answers <- receive(r.conn) }()
	limit := time.NewTimer(wall)
	defer limit.Stop()
	var reason Reason
	select {
	case a := <-answers:
		if a.err == nil {
			return a.message, "", nil
		}
		r.end()
		return nil, "", fault.Wrap(a.err, fault.Sandbox, "waiting for the kept program")
	case reason = <-found:
	case <-limit.C:
		reason = ReasonTimeout
	case <-ctx.Done():
	}
	r.end()
	<-answers
	if reason == "" {
		return nil, "", stopped(ctx)
	}
	return nil, reason, nil
}

func send(conn *net.UnixConn, request []byte, files []*os.File) error {
	if len(request) > maxMessage {
		return errors.New("the request is too long")
	}
	var fds []int
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	_, _, err := conn.WriteMsgUnix(request, unix.UnixRights(fds...), nil)
	return err
}

// Alive reports whether another Exchange may be tried.
func (r *Resident) Alive() bool {
	select {
	case <-r.q.ended:
		r.dead = true
	default:
	}
	return !r.dead
}

// Retire ends the box: what was asked of it may have harmed it.
func (r *Resident) Retire() { r.end() }

// end ends the box, and with it whatever waits for an answer.
func (r *Resident) end() {
	if r.dead {
		return
	}
	r.dead = true
	r.q.kill()
	<-r.q.ended
	r.conn.Close()
}

// Close ends the box and leaves its work folder as Run does.
func (r *Resident) Close() error {
	if r.q != nil {
		r.end()
	}
	r.conn.Close()
	return errors.Join(r.finish(), r.p.undo())
}
