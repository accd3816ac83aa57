package bench

import (
	"context"
)

// Rows are the limits as rows of a table.
func (l Limits) Rows(setup Setup) []Row {
	setup.Threads = l.Threads
	row := func(test string, rate float64, unit string) Row {
		return Row{Setup: setup, Bench: "roofline", Test: test, Rate: rate / 1e9, Unit: unit}
	}
	return []Row{
		row("memory read", l.Read, "GB/s"),
		row("int8", l.Int8, "GMAC/s"),
		row("f32", l.F32, "GMAC/s"),
	}
}

// Within measures the limits before and after a benchmark, because they drift as
// everything does, and joins them.
func Within(ctx context.Context, threads int, measure func() ([]Row, error)) ([]Row, Limits, error) {
	before, err := MeasureLimits(ctx, threads)
	if err != nil {
		return nil, before, err
	}
	rows, err := measure()
	if err != nil {
		return nil, before, err
	}
	after, err := MeasureLimits(ctx, threads)
	return rows, before.best(after), err
}
