package bench

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

// curveRows are batches of a machine that reads 50 GB/s.
func curveRows() []Row {
	var rows []*Row
	for _, k := range []int{1, 2, 3, 4, 8, 16, 32, 64} {
		for _, kernels := range []string{"ours", "ggml"} {
			ms := max(20, 4*float64(k))
			if kernels == "ggml" {
				ms = 25 * float64(k)
			}
			r := &Row{Bench: "batch", Test: fmt.Sprintf("batch%d", k), Engine: engineOurs, Kernels: kernels, Rows: k, Tokens: k, Depth: 512}
			r.Model, r.CPU, r.Threads, r.KVType = "qwen2.5-coder-1.5b", "Xeon", 2, "f16"
			for _, factor := range []float64{1, 0.9, 1.2} {
				r.Samples = append(r.Samples, time.Duration(factor*ms*float64(time.Millisecond)))
			}
			r.LimitMS = max(18, 3*float64(k))
			rows = append(rows, r)
		}
	}
	return finish(rows)
}

// texts are what an SVG file writes; it must be well-formed.
func texts(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var all []string
	decoder := xml.NewDecoder(strings.NewReader(string(data)))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(all, "\n")
		}
		require.NoError(t, err)
		if chars, ok := token.(xml.CharData); ok {
			all = append(all, strings.TrimSpace(string(chars)))
		}
	}
}

func TestPlotDrawsEachCurveAndOneLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "curve.svg")
	require.NoError(t, WritePlot(path, curveRows()))
	text := texts(t, path)
	for _, want := range []string{"ours", "ggml", "tokens per second", "qwen2.5-coder-1.5b on Xeon, 2 threads, KV f16", "64"} {
		assert.Contains(t, text, want)
	}
	assert.Equal(t, 1, strings.Count(text, "limit of the machine"))
}

func TestPlotOverDepthHasALimitForEachTest(t *testing.T) {
	var rows []*Row
	for _, depth := range []int{0, 2048, 8192} {
		for _, test := range []string{"pp512", "tg128"} {
			r := &Row{Bench: "decode", Test: test, Engine: engineLlama, Depth: depth, Rows: 1, Tokens: 128, LimitMS: 10}
			r.Samples = []time.Duration{time.Duration(depth+1000) * time.Microsecond}
			rows = append(rows, r)
		}
	}
	path := filepath.Join(t.TempDir(), "curve.svg")
	require.NoError(t, WritePlot(path, finish(rows)))
	text := texts(t, path)
	assert.Contains(t, text, "llama-bench, pp512")
	assert.Contains(t, text, "limit of the machine, tg128")
	assert.Contains(t, text, "8192")
}

func TestPlotNeedsACurveAndAFolder(t *testing.T) {
	dir := t.TempDir()
	err := WritePlot(filepath.Join(dir, "a.svg"), curveRows()[:1])
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	assert.NoFileExists(t, filepath.Join(dir, "a.svg"))
	err = WritePlot(filepath.Join(dir, "absent", "a.svg"), curveRows())
	assert.ErrorContains(t, err, "absent")
}
