package bench

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// turn is what measures some rows in one go: one in this process, all of them
// where another program measures.
type turn struct {
	rows   []*Row
	sample func(context.Context) ([]time.Duration, error) // one for each row
}

// takeTurns lets each take its sample in every round, so that all meet the same
// machine, however it drifts. The first warmUps rounds are not counted.
func takeTurns(ctx context.Context, turns []turn, warmUps, rounds int, progress func(string)) error {
	for round := range warmUps + rounds {
		for _, t := range turns {
			if err := ctx.Err(); err != nil {
				return err
			}
			elapsed, err := t.sample(ctx)
			if err != nil {
				return err
			}
			if round < warmUps {
				continue
			}
			for i, row := range t.rows {
				row.Samples = append(row.Samples, elapsed[i])
			}
		}
		if round >= warmUps {
			progress(fmt.Sprintf("round %d of %d: %s", round+1-warmUps, rounds, lastSamples(turns)))
		}
	}
	return nil
}

// lastSamples is the newest sample of each row, in words; of long tables the
// first ones.
func lastSamples(turns []turn) string {
	const most = 6
	var parts []string
	for _, t := range turns {
		for _, r := range t.rows {
			if len(parts) == most {
				return strings.Join(parts, ", ") + ", …"
			}
			last := r.Samples[len(r.Samples)-1]
			text := fmt.Sprintf("%s %s %.1f ms", r.who(), r.Test, milliseconds(last))
			if r.Tokens > 0 {
				text = fmt.Sprintf("%s %s %.1f tok/s", r.who(), r.Test, perSecond(r.Tokens, last))
			}
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

// who took the row's samples.
func (r Row) who() string {
	if r.Engine == engineLlama {
		return engineLlama
	}
	return r.Kernels
}
