//go:build cgo

package llama

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/place"
)

// Each kernel against a scalar reference, under the address and
// undefined-behaviour sanitizers.
func TestKernelsUnderSanitizers(t *testing.T) {
	binary, err := filepath.Abs("../../.deps/kernels/kernels_test")
	require.NoError(t, err)
	out, err := exec.Command(binary).CombinedOutput()
	require.NoError(t, err, "%s\n(built by: make native)", out)
	assert.Contains(t, string(out), "kernels_test: passed")
}

func TestUnknownKernelsAreRefused(t *testing.T) {
	_, err := Load(tinyPath(t), LoadOptions{Kernels: "mine"})
	require.ErrorContains(t, err, `unknown kernels "mine"`)
}

// closeness is how near the predictions of one set of kernels are to another's
// over the positions of a text.
type closeness struct {
	positions  int
	same       float64 // share of positions with the same most likely token
	divergence float64 // mean Kullback-Leibler divergence, nats
	perplexity float64 // ratio, ours to ggml's
}

// Our kernels predict what ggml's do. VISCODER_KERNELS_MODEL names another model
// file and VISCODER_KERNELS_POSITIONS=all takes 2,048 positions, which takes
// minutes; the bounds are the same.
func TestKernelsPredictWhatGGMLsDo(t *testing.T) {
	path := os.Getenv("VISCODER_KERNELS_MODEL")
	if path == "" {
		path = filepath.Join(place.Models(), "qwen2.5-coder-0.5b.gguf")
	}
	require.FileExists(t, path, "make deps pulls it")
	require.NotEmpty(t, KernelISA(), "this CPU has no instruction set our kernels use")
	windows := 1
	if os.Getenv("VISCODER_KERNELS_POSITIONS") == "all" {
		windows = 8
	}
	text, err := os.ReadFile("weights.go")
	require.NoError(t, err)
	more, err := os.ReadFile("../session.go")
	require.NoError(t, err)
	ours, ggml := newPredictor(t, path, KernelsOurs), newPredictor(t, path, KernelsGGML)
	tokens, err := ours.weights.Tokenize(strings.Repeat(string(text)+string(more), 2), false, false)
	require.NoError(t, err)
	require.Greater(t, len(tokens), windows*window)

	var c closeness
	var oursLoss, ggmlLoss float64
	for i := range windows {
		part := tokens[i*window : (i+1)*window]
		a, b := ours.predict(t, part), ggml.predict(t, part)
		for p := range part {
			c.add(a(p), b(p))
			if p+1 < len(part) {
				oursLoss -= logProbability(a(p), part[p+1])
				ggmlLoss -= logProbability(b(p), part[p+1])
			}
		}
	}
	n := float64(c.positions)
	c.same /= n
	c.divergence /= n
	c.perplexity = math.Exp((oursLoss - ggmlLoss) / n)
	t.Logf("%s, %s: %d positions, same top token %.2f %%, KL %.2e, perplexity ratio %.5f (perplexity %.3f)",
		filepath.Base(path), KernelISA(), c.positions, 100*c.same, c.divergence, c.perplexity, math.Exp(ggmlLoss/n))
	assert.GreaterOrEqual(t, c.same, 0.995)
	assert.Less(t, c.divergence, 1e-3)
	assert.InDelta(t, 1, c.perplexity, 0.003)
}

const window = 256 // tokens predicted from an empty context

func (c *closeness) add(ours, ggml []float32) {
	c.positions++
	if slices.Index(ours, slices.Max(ours)) == slices.Index(ggml, slices.Max(ggml)) {
		c.same++
	}
	a, b := logSum(ours), logSum(ggml)
	for i := range ggml {
		p := float64(ggml[i]) - b
		c.divergence += math.Exp(p) * (p - (float64(ours[i]) - a))
	}
}

func logSum(logits []float32) float64 {
	top := float64(slices.Max(logits))
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}

func logProbability(logits []float32, t Token) float64 { return float64(logits[t]) - logSum(logits) }

// predictor holds a model loaded for one set of kernels.
type predictor struct {
	weights *Weights
	context *Context
}

func newPredictor(t *testing.T, path string, k Kernels) *predictor {
	t.Helper()
	Start(nil)
	w, err := Load(path, LoadOptions{Kernels: k})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	c, err := NewContext(w, ContextOptions{ContextTokens: window, BatchTokens: window, MicroBatch: window, Outputs: window, Sequences: 1, Threads: 2})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return &predictor{w, c}
}

// predict evaluates tokens and returns the logits by position, valid until the next call.
func (p *predictor) predict(t *testing.T, tokens []Token) func(int) []float32 {
	t.Helper()
	p.context.KVRemove(0, 0, -1)
	var b Batch
	for i, token := range tokens {
		b.Add(token, i, 0, true)
	}
	require.NoError(t, p.context.Decode(&b))
	return p.context.Logits
}
