package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// Run runs one program in a box of its own and returns when nothing of it is
// left. A program that fails, or is stopped by a limit, is a Result and no
// error. The error is a fault.Sandbox when the box did not start, a
// fault.Toolchain when it did and the program is not there, or wraps the
// cause when ctx ended; the Result is then what there is.
//
// After Run the work folder holds only regular files and folders, all
// belonging to the caller; still, read them with Collect or with os.Root, and
// never read configuration from there.
func (b *Box) Run(ctx context.Context, c Command) (Result, error) {
	if err := c.Validate(); err != nil {
		return Result{}, err
	}
	return b.run(ctx, c, false)
}

func (b *Box) run(ctx context.Context, c Command, selfCheck bool) (Result, error) {
	if ctx.Err() != nil {
		return Result{}, stopped(ctx)
	}
	p, err := b.prepare(c, selfCheck)
	var r Result
	if err == nil {
		r, err = p.supervise(ctx)
	}
	if undone := p.undo(); err == nil {
		err = undone
	}
	return r, err
}

func stopped(ctx context.Context) error {
	return fmt.Errorf("the program in the sandbox was stopped: %w", context.Cause(ctx))
}

// supervision is a run while it goes on.
type supervision struct {
	*process
	watcher *watcher
	found   chan Reason // by the watcher, or a flood
	reason  Reason
	killed  bool
	said    string // by the launcher
}

// supervise starts the process, ends it when a limit or ctx says so, and
// waits until nothing is left.
func (p *preparation) supervise(ctx context.Context) (Result, error) {
	s := &supervision{watcher: newWatcher(p), found: make(chan Reason, 4)}
	begin := time.Now()
	q, err := start(p, func() { s.found <- ReasonOutput })
	p.closeExtra()
	if err != nil {
		return Result{}, fault.Wrap(err, fault.Sandbox, "sandbox: starting %s", p.argv[0])
	}
	s.process = q
	s.follow(ctx, p.limits.Wall)
	s.watcher.close()
	left := q.finish()
	r := s.result(time.Since(begin))
	switch {
	case left != nil:
		return r, fault.Wrap(left, fault.Sandbox, "sandbox")
	case ctx.Err() != nil:
		return r, stopped(ctx)
	case s.reason == "" && s.said != statusReady:
		return r, s.failure(p, r)
	}
	return r, nil
}

// follow returns when the process has ended.
func (s *supervision) follow(ctx context.Context, wall time.Duration) {
	limit := time.NewTimer(wall)
	defer limit.Stop()
	done, first, status := ctx.Done(), s.first, s.status
	for running := true; running; {
		select {
		case <-done:
			s.stop("")
			done = nil
		case <-limit.C:
			s.stop(ReasonTimeout)
		case why := <-s.found:
			s.stop(why)
		case s.init = <-first:
			first = nil
			if s.killed {
				s.kill()
			}
		case s.said = <-status:
			status = nil
			if s.said == statusReady && !s.killed {
				go s.watcher.watch(s.cmd.Process.Pid, s.found)
			} else {
				s.watcher.never()
			}
		case <-s.ended:
			running = false
		}
	}
	if first != nil {
		s.init = <-first
	}
	if s.init >= 0 {
		// Bubblewrap has ended, and its first process is dying of that; waiting need not.
		_ = unix.PidfdSendSignal(s.init, unix.SIGKILL, nil, 0)
	}
	if status != nil {
		s.said = <-status
		s.watcher.never()
	}
}

func (s *supervision) stop(why Reason) {
	if s.reason == "" && !s.killed {
		s.reason = why
	}
	s.killed = true
	s.kill()
}

func (s *supervision) result(wall time.Duration) Result {
	r := Result{Wall: wall, CPU: s.watcher.cpu, Reason: s.reason}
	r.ExitCode, r.Signal = s.exit()
	var cut1, cut2 bool
	r.Stdout, cut1 = s.stdout.bytes()
	r.Stderr, cut2 = s.stderr.bytes()
	r.Truncated = cut1 || cut2
	if r.Reason == "" && !s.killed {
		r.Reason = reasonOf(r.Signal)
	}
	return r
}

// reasonOf names the limit that the kernel kept by sending a signal.
func reasonOf(signal string) Reason {
	switch signal {
	case "SIGXCPU":
		return ReasonTimeout
	case "SIGXFSZ":
		return ReasonDisk
	}
	return ""
}

// failure explains a run in which the program never started.
func (s *supervision) failure(p *preparation, r Result) error {
	if what, ok := strings.CutPrefix(s.said, statusMissing); ok {
		return fault.New(fault.Toolchain, "%s cannot be started in the sandbox: %s", p.command.Args[0], what).
			WithHint("Run `viscoder doctor` to see which toolchains are there.")
	}
	if what, ok := strings.CutPrefix(s.said, statusRefused); ok {
		return fault.New(fault.Sandbox, "the sandbox refused to run a program: %s", what)
	}
	return explain(lastLines(r.Stderr), r.ExitCode)
}
