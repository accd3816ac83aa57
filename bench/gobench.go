package bench

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// writeGo prints each sample as go test prints a benchmark, so that benchstat
// reads them (golang.org/design/14313-benchmark-format).
func writeGo(w io.Writer, rows []Row) error {
	var b strings.Builder
	var before Setup
	for _, r := range rows {
		if r.Setup != before {
			s := r.Setup
			fmt.Fprintf(&b, "commit: %s\ncpu: %s\nthreads: %d\nmodel: %s\nmodel-sha256: %s\nkv-type: %s\nnative-key: %s\n",
				s.Commit, s.CPU, s.Threads, s.Model, s.ModelSHA256, s.KVType, s.NativeKey)
			before = s
		}
		if r.Unit != "" {
			fmt.Fprintf(&b, "%s\t1\t%g %s\n", r.goName(), r.Rate, r.Unit)
		}
		for _, sample := range r.Samples {
			result := testing.BenchmarkResult{N: 1, T: sample}
			if r.Tokens > 0 {
				result.Extra = map[string]float64{"tok/s": perSecond(r.Tokens, sample)}
			}
			fmt.Fprintf(&b, "%s\t%s\n", r.goName(), strings.TrimSpace(result.String()))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// goName is the benchmark's name with its parameters.
func (r Row) goName() string {
	name := fmt.Sprintf("Benchmark%s/model=%s/test=%s/depth=%d", camel(r.Bench), r.Model, r.Test, r.Depth)
	if r.Engine != "" {
		name += "/engine=" + r.Engine
	}
	if r.Kernels != "" {
		name += "/kernels=" + r.Kernels
	}
	return strings.Join(strings.Fields(name), "_") + fmt.Sprintf("-%d", r.Threads)
}

// camel is "first-token" as "FirstToken".
func camel(name string) string {
	var b strings.Builder
	for _, word := range strings.Split(name, "-") {
		if word != "" {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}
