package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"viscoder/internal/fault"
)

// interruptible returns a context that the first Ctrl-C (or SIGTERM, SIGHUP)
// cancels. The second one ends the program on the spot; children die with it.
func interruptible(parent context.Context, s *screen) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	done := make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		for count := 0; ; count++ {
			select {
			case <-done:
				return
			case <-signals:
			}
			if count > 0 {
				s.leaveLine()
				os.Exit(fault.ExitCode(context.Canceled))
			}
			cancel(fault.New(fault.Interrupted, "interrupted"))
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel(nil)
	}
}
