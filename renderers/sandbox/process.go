package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// process is a started box, from the host's side.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when cmd has been waited for

	guard  sync.Mutex // of reaped
	reaped bool       // the group's number may belong to others

	status chan string // what the launcher said; one message
	first  chan int    // pidfd of the first process in the box, or -1; one message
	init   int         // that pidfd once it was received

	stdout, stderr *capture
	readers        sync.WaitGroup
	pipes          []*os.File // read ends of stdout and stderr
}

// start runs a prepared command. Ownership of the files in p.extra passes on.
func start(p *preparation, flood func()) (*process, error) {
	q := &process{
		ended: make(chan struct{}), status: make(chan string, 1), first: make(chan int, 1), init: -1,
		stdout: newCapture(p.limits.OutputBytes, flood), stderr: newCapture(p.limits.OutputBytes, flood),
	}
	q.cmd = exec.Command(p.argv[0], p.argv[1:]...)
	q.cmd.Env, q.cmd.Dir, q.cmd.ExtraFiles, q.cmd.Stdin = p.hostEnv, p.dir, p.extra, p.stdin
	// A group of its own, so that it can be killed as one, and so that the
	// terminal's Ctrl-C reaches only viscoder, which then decides.
	q.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := q.connect(); err != nil {
		return nil, err
	}
	err := q.run()
	q.closeWriteEnds()
	if err != nil {
		q.closePipes()
		return nil, err
	}
	q.listen(p.statusRead, p.infoRead)
	return q, nil
}

func (q *process) connect() error {
	for _, to := range []*io.Writer{&q.cmd.Stdout, &q.cmd.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			q.closeWriteEnds()
			q.closePipes()
			return err
		}
		*to = w
		q.pipes = append(q.pipes, r)
	}
	return nil
}

func (q *process) closeWriteEnds() {
	for _, w := range []io.Writer{q.cmd.Stdout, q.cmd.Stderr} {
		if f, ok := w.(*os.File); ok {
			f.Close()
		}
	}
}

func (q *process) closePipes() {
	for _, r := range q.pipes {
		r.Close()
	}
}

// run starts the process and waits for it on one thread that lives as long:
// the kernel sends the death signal when the thread that forked ends, not the
// process (see prctl(2), PR_SET_PDEATHSIG).
func (q *process) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := q.cmd.Start()
		started <- err
		if err == nil {
			q.reap()
		}
	}()
	return <-started
}

// reap waits for the process. What it left of its group is killed while the
// group's number cannot have passed to others: before the process is waited for.
func (q *process) reap() {
	pid := q.cmd.Process.Pid
	for errors.Is(unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil), unix.EINTR) {
	}
	q.guard.Lock()
	_ = unix.Kill(-pid, unix.SIGKILL)
	q.reaped = true
	q.guard.Unlock()
	_ = q.cmd.Wait() // the state says it all
	close(q.ended)
}

// listen reads everything that comes out of the box.
func (q *process) listen(status, info *os.File) {
	for i, c := range []*capture{q.stdout, q.stderr} {
		q.readers.Go(func() { c.drain(q.pipes[i]) })
	}
	go func() {
		defer status.Close()
		said, _ := io.ReadAll(io.LimitReader(status, 4096))
		q.status <- string(said)
	}()
	go func() {
		q.first <- firstProcess(info, q.cmd.Process.Pid)
	}()
}

// firstProcess opens the first process of the box, the one whose end is the
// end of all others there, once bubblewrap has told its number. -1: there is
// none, or it has ended.
func firstProcess(info *os.File, parent int) int {
	if info == nil {
		return -1
	}
	defer info.Close()
	var told struct {
		Child int `json:"child-pid"`
	}
	if err := json.NewDecoder(io.LimitReader(info, 1<<16)).Decode(&told); err != nil || told.Child <= 1 {
		return -1
	}
	fd, err := unix.PidfdOpen(told.Child, 0)
	if err != nil {
		return -1
	}
	// The number could have passed to a stranger before the descriptor held it.
	if st, err := readStat(told.Child); err != nil || st.parent != parent {
		unix.Close(fd)
		return -1
	}
	return fd
}

// kill ends everything in the box, now.
func (q *process) kill() {
	if q.init >= 0 {
		_ = unix.PidfdSendSignal(q.init, unix.SIGKILL, nil, 0)
	}
	q.guard.Lock()
	defer q.guard.Unlock()
	if !q.reaped {
		_ = unix.Kill(-q.cmd.Process.Pid, unix.SIGKILL)
	}
}

// drainGrace is how long output of an ended run is waited for. It passes only
// without a box, where a process that left the group may hold the pipe; in a
// box nobody is left.
const drainGrace = 250 * time.Millisecond

// reapGrace is how long the kernel may take to end killed processes.
const reapGrace = 30 * time.Second

// finish waits until nothing of the box is left, and all its output is read.
func (q *process) finish() error {
	<-q.ended
	err := q.gone()
	for _, r := range q.pipes {
		_ = r.SetReadDeadline(time.Now().Add(drainGrace))
	}
	q.readers.Wait()
	q.closePipes()
	return err
}

// gone waits for the end of the box's first process. The kernel ends that one
// only after every other process in its namespace has ended (pid_namespaces(7)).
func (q *process) gone() error {
	if q.init < 0 {
		return nil
	}
	defer unix.Close(q.init)
	deadline := time.Now().Add(reapGrace)
	for {
		fds := []unix.PollFd{{Fd: int32(q.init), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(time.Until(deadline).Milliseconds()))
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return err
		case n == 0:
			return fmt.Errorf("processes of the box did not end within %v of being killed", reapGrace)
		default:
			return nil
		}
	}
}

// exit translates how the process ended. Bubblewrap, like a shell, tells of a
// signal by adding 128 to it.
func (q *process) exit() (code int, signal string) {
	ws, ok := q.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && ws.Signaled() {
		return 128 + int(ws.Signal()), unix.SignalName(ws.Signal())
	}
	code = q.cmd.ProcessState.ExitCode()
	if code > 128 && code <= 128+64 {
		signal = unix.SignalName(syscall.Signal(code - 128))
	}
	return code, signal
}

// lastLines is the end of what a failed box said, for an error message.
func lastLines(b []byte) string {
	s := strings.TrimSpace(string(b))
	if len(s) > 400 {
		s = "…" + strings.ToValidUTF8(s[len(s)-400:], "")
	}
	return s
}
