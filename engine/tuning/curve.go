package tuning

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Curve is what evaluating some tokens at once costs, each with logits: the price
// of verifying a draft of that length less one. It ascends in Rows.
type Curve []Point

// Point is one batch size.
type Point struct {
	Rows int     `json:"rows"` // tokens
	MS   float64 `json:"ms"`   // milliseconds
}

const mostPoints = 256

// Validate reports points that are out of order or no times.
func (c Curve) Validate() error {
	if len(c) == 0 || len(c) > mostPoints {
		return fmt.Errorf("a curve of %d points", len(c))
	}
	if c[0].Rows != 1 {
		return fmt.Errorf("a curve that begins at %d rows, not at 1", c[0].Rows)
	}
	for i, p := range c {
		if i > 0 && p.Rows <= c[i-1].Rows {
			return fmt.Errorf("%d rows after %d", p.Rows, c[i-1].Rows)
		}
		if !(p.MS > 0) || p.MS > math.MaxInt32 {
			return fmt.Errorf("%g ms for %d rows", p.MS, p.Rows)
		}
	}
	return nil
}

// Cost is the time of a batch of rows ≥ 1, linear between the points, and beyond
// them at the rate of the largest batch. An empty curve costs nothing.
func (c Curve) Cost(rows int) time.Duration {
	return time.Duration(c.ms(rows) * float64(time.Millisecond))
}

// Relative is the cost of a batch in units of one token's; 1 if the curve is empty.
func (c Curve) Relative(rows int) float64 {
	if len(c) == 0 {
		return 1
	}
	return c.ms(rows) / c.ms(1)
}

// ByRows is the curve as times in milliseconds by rows, as engine/draft takes it.
func (c Curve) ByRows() map[int]float64 {
	by := make(map[int]float64, len(c))
	for _, p := range c {
		by[p.Rows] = p.MS
	}
	return by
}

func (c Curve) ms(rows int) float64 {
	if len(c) == 0 || rows < 1 {
		return 0
	}
	i, exact := slices.BinarySearchFunc(c, rows, func(p Point, rows int) int { return p.Rows - rows })
	switch {
	case exact:
		return c[i].MS
	case i == len(c):
		last := c[i-1]
		return last.MS * float64(rows) / float64(last.Rows)
	case i == 0: // a curve that was not validated
		return c[0].MS
	}
	low, high := c[i-1], c[i]
	share := float64(rows-low.Rows) / float64(high.Rows-low.Rows)
	return low.MS + share*(high.MS-low.MS)
}
