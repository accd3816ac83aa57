package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// Row is one measured quantity: N tokens, timed several times.
type Row struct {
	Test    string          `json:"test"` // pp512, tg64: llama-bench's names
	Engine  string          `json:"engine"`
	Tokens  int             `json:"tokens"`
	Samples []time.Duration `json:"samples_ns"`
}

// TokensPerSecond is the median rate, 0 without samples.
func (r Row) TokensPerSecond() float64 {
	if len(r.Samples) == 0 {
		return 0
	}
	return float64(r.Tokens) / r.median().Seconds()
}

func (r Row) median() time.Duration {
	sorted := slices.Sorted(slices.Values(r.Samples))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// pairedRatio is the median over the turns of our rate by theirs. A pair is taken
// within seconds, so it holds when the machine drifts over the run.
func pairedRatio(ours, theirs *Row) float64 {
	var ratios []float64
	for i := range min(len(ours.Samples), len(theirs.Samples)) {
		ratios = append(ratios, theirs.Samples[i].Seconds()/ours.Samples[i].Seconds())
	}
	if len(ratios) == 0 {
		return 0
	}
	slices.Sort(ratios)
	return (ratios[(len(ratios)-1)/2] + ratios[len(ratios)/2]) / 2
}

// spread is the lowest and highest rate.
func (r Row) spread() (low, high float64) {
	return float64(r.Tokens) / slices.Max(r.Samples).Seconds(), float64(r.Tokens) / slices.Min(r.Samples).Seconds()
}

// benchLines prints each sample as go test prints a benchmark, so that benchstat
// reads them.
func (r Row) benchLines(model string) (lines []string) {
	for _, s := range r.Samples {
		result := testing.BenchmarkResult{N: 1, T: s, Extra: map[string]float64{"tok/s": float64(r.Tokens) / s.Seconds()}}
		lines = append(lines, fmt.Sprintf("BenchmarkDecode/model=%s/test=%s/engine=%s\t%s", model, r.Test, r.Engine, result))
	}
	return lines
}
