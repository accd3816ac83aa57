package sandbox

import (
	"context"
	"net"
	"os"
	"time"

	"viscoder/internal/fault"
)

// Channel is a line to a process in a box that stays and that has run what
// nobody has read: what comes over it is that program's claim.
type Channel struct{ conn *net.UnixConn }

// NewChannel makes a line; theirs goes into the box by Exchange and is then to
// be closed.
func NewChannel() (*Channel, *os.File, error) {
	conn, theirs, err := socketPair()
	if err != nil {
		return nil, nil, fault.Wrap(err, fault.Sandbox, "sandbox: a socket")
	}
	return &Channel{conn}, theirs, nil
}

// Fork asks the process to do something in a child of its own, and waits for
// the child's answer, which comes over the line next. The child gets the
// descriptors of that line and of its standard output and error. Result has
// output and time only. A child that ends, and l.Wall passing, are errors.
func (c *Channel) Fork(ctx context.Context, request []byte, l Limits) (next *Channel, message []byte, result Result, err error) {
	l = l.withDefaults()
	next, theirs, err := NewChannel()
	if err != nil {
		return nil, nil, Result{}, err
	}
	defer theirs.Close()
	out, err := newOutputs(l, func() {}) // the watch over the box bounds it
	if err != nil {
		return nil, nil, Result{}, fault.Wrap(err, fault.Sandbox, "sandbox: pipes for a step")
	}
	begin := time.Now()
	err = send(c.conn, request, append([]*os.File{theirs}, out.theirs...))
	theirs.Close() // or a child that ends would not be noticed
	out.start()
	stop := context.AfterFunc(ctx, func() { _ = next.conn.SetReadDeadline(time.Now()) })
	defer stop()
	if err == nil {
		_ = next.conn.SetReadDeadline(begin.Add(l.Wall))
		if ctx.Err() != nil {
			_ = next.conn.SetReadDeadline(begin)
		}
		a := receive(next.conn)
		message, err = a.message, a.err
	}
	out.finish()
	result.Wall = time.Since(begin)
	result.Stdout, _ = out.stdout.bytes()
	result.Stderr, _ = out.stderr.bytes()
	switch {
	case ctx.Err() != nil:
		err = stopped(ctx)
	case os.IsTimeout(err):
		result.Reason = ReasonTimeout
	}
	if err != nil {
		next.Close()
		return nil, nil, result, err
	}
	return next, message, result, nil
}

// Close tells the process that it is not needed any more.
func (c *Channel) Close() { c.conn.Close() }
