package bench

import (
	"slices"
	"time"
)

// clock notes when pieces of an answer arrive.
type clock struct {
	start  time.Time
	latest time.Time
	gaps   []time.Duration
}

func newClock(start time.Time) *clock { return &clock{start: start} }

func (c *clock) piece(string) {
	now := time.Now()
	if !c.latest.IsZero() {
		c.gaps = append(c.gaps, now.Sub(c.latest))
	}
	c.latest = now
}

// fill sets the times of an answer that is complete now.
func (c *clock) fill(r *RepairRow, firstToken time.Duration) {
	wall := time.Since(c.start)
	r.WallS, r.TTFTMS = wall.Seconds(), milliseconds(firstToken)
	if r.Generated > 1 {
		r.TPOTMS = milliseconds(wall-firstToken) / float64(r.Generated-1)
	}
	if len(c.gaps) > 0 {
		slices.Sort(c.gaps)
		r.GapP50MS = milliseconds(c.gaps[len(c.gaps)/2])
		r.GapP99MS = milliseconds(c.gaps[len(c.gaps)*99/100])
	}
}
