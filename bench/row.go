package bench

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"viscoder/engine/llama"
	"viscoder/internal/hostinfo"
)

// Setup is what a figure holds for. Every row carries it, so that rows of several
// runs can be thrown together.
type Setup struct {
	Commit      string `json:"commit"`
	CPU         string `json:"cpu"`
	Threads     int    `json:"threads"`
	Model       string `json:"model"`
	ModelSHA256 string `json:"model_sha256"`
	KVType      string `json:"kv_type"`
	NativeKey   string `json:"native_key"` // hash of the native libraries
}

// NewSetup describes this machine and a model file; threads 0 are the physical
// cores.
func NewSetup(commit, path, sha256 string, threads int) Setup {
	cpu := hostinfo.Read().CPU
	if threads == 0 {
		threads = cpu.PhysicalCores
	}
	return Setup{
		Commit:      commit,
		CPU:         strings.Join(strings.Fields(cpu.Model), " "),
		Threads:     threads,
		Model:       strings.TrimSuffix(filepath.Base(path), ".gguf"),
		ModelSHA256: sha256,
		KVType:      "f16",
		NativeKey:   llama.NativeKey,
	}
}

// Row is one measured quantity, timed several times.
type Row struct {
	Setup
	Bench   string `json:"bench"`   // batch, decode, …: the command
	Test    string `json:"test"`    // pp512, tg128: llama-bench's names
	Engine  string `json:"engine"`  // viscoder or llama-bench
	Kernels string `json:"kernels"` // ours or ggml
	Depth   int    `json:"depth"`   // tokens in the KV cache before
	Rows    int    `json:"rows"`    // tokens evaluated at once
	Tokens  int    `json:"tokens"`  // evaluated in one sample

	MS           float64 `json:"ms"`             // the median of the samples
	BestMS       float64 `json:"best_ms"`        // the least: what an idle machine would need
	TokS         float64 `json:"tok_s"`          // of the median
	VsGGML       float64 `json:"vs_ggml"`        // × the speed of ggml's kernels, 0: not compared
	VsLlamaBench float64 `json:"vs_llama_bench"` // × the speed of llama-bench, 0: not compared

	Rate    float64 `json:"rate"`     // of a limit of the machine, in Unit
	Unit    string  `json:"unit"`     // GB/s or GMAC/s
	LimitMS float64 `json:"limit_ms"` // the least time that the machine's limits allow
	LimitBy string  `json:"limit_by"` // memory or compute
	OfLimit float64 `json:"of_limit"` // LimitMS / MS: the share of the limit that is reached

	Samples []time.Duration `json:"samples_ns"`
}

// The names in Row.Engine.
const (
	engineOurs  = "viscoder"
	engineLlama = "llama-bench"
)

// summarise fills in what follows from the samples.
func (r *Row) summarise() {
	if len(r.Samples) == 0 {
		return
	}
	median := middle(r.Samples)
	r.MS = milliseconds(median)
	r.BestMS = milliseconds(slices.Min(r.Samples))
	r.TokS = perSecond(r.Tokens, median)
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }

func perSecond(tokens int, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(tokens) / d.Seconds()
}

// spread is the lowest and highest rate.
func (r Row) spread() (low, high float64) {
	return perSecond(r.Tokens, slices.Max(r.Samples)), perSecond(r.Tokens, slices.Min(r.Samples))
}

// middle is the median of at least one value.
func middle[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// compare fills in the ratios to the rows of the same test that ggml's kernels
// and llama-bench took.
func compare(rows []*Row) {
	for _, r := range rows {
		if r.Engine != engineOurs {
			continue
		}
		for _, other := range rows {
			if other == r || other.Bench != r.Bench || other.Test != r.Test || other.Depth != r.Depth {
				continue
			}
			switch {
			case other.Engine == engineLlama:
				r.VsLlamaBench = pairedRatio(r, other)
			case other.Kernels == string(llama.KernelsGGML) && r.Kernels != other.Kernels:
				r.VsGGML = pairedRatio(r, other)
			}
		}
	}
}

// pairedRatio is the median over the turns of one row's speed by another's. A
// pair is taken within seconds, so it holds when the machine drifts over the run.
func pairedRatio(row, base *Row) float64 {
	var ratios []float64
	for i := range min(len(row.Samples), len(base.Samples)) {
		ratios = append(ratios, base.Samples[i].Seconds()/row.Samples[i].Seconds())
	}
	if len(ratios) == 0 {
		return 0
	}
	return middle(ratios)
}
