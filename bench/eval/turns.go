package eval

import (
	"context"
	"sync"
	"time"

	"viscoder/renderers"
	"viscoder/selfdebug"
)

// turns lets one task at a time use the model: while its program runs, another
// task decodes. Interleaving two decodes would only slow both.
type turns chan struct{}

func newTurns() turns { return make(turns, 1) }

// take waits for the model; it fails only when ctx ends.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turns) give() { <-t }

// yielding is the runner of one task: it gives the model away while programs
// run, and keeps what came of each.
type yielding struct {
	selfdebug.Runner
	turns turns
	sole  bool // nobody waits for the model

	mu       sync.Mutex
	running  int           // programs of this task; a policy may run several at once
	waited   time.Duration // for the model, after programs had ended
	outcomes map[string]renderers.Outcome
}

// Run runs a job and then waits for the model.
func (y *yielding) Run(ctx context.Context, job renderers.Job) (renderers.Outcome, error) {
	y.mu.Lock()
	if y.running++; y.running == 1 && !y.sole {
		y.turns.give()
	}
	y.mu.Unlock()
	out, err := y.Runner.Run(ctx, job)
	y.mu.Lock()
	defer y.mu.Unlock()
	y.outcomes[job.Program] = out
	if y.running--; y.running == 0 && !y.sole {
		start := time.Now()
		y.turns <- struct{}{} // whoever has it gives it back, an ending run too
		y.waited += time.Since(start)
	}
	return out, err
}
