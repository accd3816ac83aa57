package models

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"viscoder/internal/fault"
)

// What is tried again, and for how long.
const (
	firstDelay    = time.Second
	longestDelay  = 30 * time.Second
	mostAttempts  = 7 // in a row without a byte: two minutes
	longestBidden = 15 * time.Minute
)

// transient is a failure that may pass by itself.
type transient struct {
	err   error
	after time.Duration // the server's Retry-After; 0 = our own delay
}

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// retrier runs an operation until it succeeds, fails for good, or has failed
// too often without getting on.
type retrier struct {
	wait func(ctx context.Context, d time.Duration) error
	m    *meter
}

// do calls op; progressed says that the failed attempt was worth something.
func (r retrier) do(ctx context.Context, op func() (progressed bool, err error)) error {
	delay, attempts := firstDelay, 0
	for {
		progressed, err := op()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var t *transient
		if !errors.As(err, &t) {
			return err
		}
		if progressed {
			delay, attempts = firstDelay, 0
		}
		attempts++
		if attempts == mostAttempts || t.after > longestBidden {
			return giveUp(t, attempts)
		}
		pause := max(delay, t.after)
		r.m.stage(StageRetry, fmt.Sprintf("in %s: %v", pause, t.err))
		if err := r.wait(ctx, pause); err != nil {
			return err
		}
		delay = min(2*delay, longestDelay)
	}
}

func giveUp(t *transient, attempts int) error {
	f := fault.Wrap(t.err, fault.Model, "gave up after %d attempts", attempts)
	if t.after > longestBidden {
		f = fault.Wrap(t.err, fault.Model, "the hub asks to wait %s", t.after)
	}
	return f.WithHint("what has arrived is kept: the same `viscoder pull` goes on from there. Behind a proxy set HTTPS_PROXY, with a mirror HF_ENDPOINT; without a network, pull a file: viscoder pull PATH.gguf")
}

// wait sleeps for d or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// retryAfter reads the header's two forms, seconds and date (RFC 9110, 10.2.3).
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(v, 10, 32); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
