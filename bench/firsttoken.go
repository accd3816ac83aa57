package bench

import (
	"context"
	"os"
	"time"

	"viscoder/internal/fault"
)

// The marks of a process that FirstToken measures, in the order of time.
const (
	MarkStarted   = "started"     // its command line is read
	MarkLoaded    = "loaded"      // the model is open and the prompt laid out
	MarkPrefilled = "prefilled"   // the prompt is evaluated
	MarkFirst     = "first-token" // the first piece of the answer
)

// FirstToken times the way from the start of the process to the first token of
// an answer, and the stations on it. Nothing of a round is left out but the first
// round, which warms the caches.
func FirstToken(ctx context.Context, o StartOptions) ([]Row, error) {
	runs, err := os.MkdirTemp("", "viscoder-bench-*") // the drawings that are given up
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(runs)
	stations := []string{MarkStarted, MarkLoaded, MarkPrefilled, MarkFirst}
	var rows []*Row
	var turns []turn
	for _, kernels := range o.Kernels {
		var mine []*Row
		for _, station := range stations {
			mine = append(mine, o.row("first-token", station, kernels))
		}
		rows = append(rows, mine...)
		turns = append(turns, turn{mine, func(ctx context.Context) ([]time.Duration, error) {
			marks, err := started(ctx, o.Command(kernels, ""), "XDG_STATE_HOME="+runs)
			if err != nil {
				return nil, err
			}
			var samples []time.Duration
			for _, station := range stations {
				at, ok := marks[station]
				if !ok {
					return nil, fault.New(fault.Internal, "the measured process did not come to %q", station)
				}
				samples = append(samples, at)
			}
			return samples, nil
		}})
	}
	if err := takeTurns(ctx, turns, 1, o.Repetitions, o.Progress); err != nil {
		return nil, err
	}
	return finish(rows), nil
}
