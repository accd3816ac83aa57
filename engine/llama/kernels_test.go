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
	perplexity float64 // ratio of perplexities
	loss       [2]float64
}

// Our kernels predict what ggml's do, as nearly as ggml's own two layouts of the
// same weights agree: every order of additions rounds other activations to other
// int8 values, so that even those differ. VISCODER_KERNELS_MODEL names another
// model file; VISCODER_KERNELS_POSITIONS=all takes 2,048 positions and minutes.
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
	ours := newPredictor(t, path, LoadOptions{Kernels: KernelsOurs})
	ggml := newPredictor(t, path, LoadOptions{Kernels: KernelsGGML})
	plain := newPredictor(t, path, LoadOptions{NoRepack: true})
	tokens, err := ours.weights.Tokenize(sourceText(t), false, false)
	require.NoError(t, err)
	require.Greater(t, len(tokens), windows*window)

	var got, floor closeness
	for i := range windows {
		part := tokens[i*window : (i+1)*window]
		a, b, c := ours.predict(t, part), ggml.predict(t, part), plain.predict(t, part)
		for p := range len(part) - 1 {
			got.add(a(p), b(p), part[p+1])
			floor.add(c(p), b(p), part[p+1])
		}
	}
	got.finish()
	floor.finish()
	t.Logf("%s, %s, %d positions: same top token %.2f %%, KL %.2e, perplexity ratio %.5f; ggml's layouts: %.2f %%, %.2e, %.5f",
		filepath.Base(path), KernelISA(), got.positions, 100*got.same, got.divergence, got.perplexity,
		100*floor.same, floor.divergence, floor.perplexity)
	// Counts of a few hundred positions scatter.
	assert.GreaterOrEqual(t, got.same, min(0.995, floor.same-0.015))
	assert.Less(t, got.divergence, max(1e-3, 1.4*floor.divergence))
	assert.InDelta(t, 1, got.perplexity, 0.003+math.Abs(floor.perplexity-1)+3*math.Sqrt(got.divergence/float64(got.positions)))
}

// sourceText is code, about 3,000 tokens.
func sourceText(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, name := range []string{"weights.go", "../session.go", "../generate.go", "../chat.go"} {
		part, err := os.ReadFile(name)
		require.NoError(t, err)
		text.Write(part)
	}
	return text.String()
}

const window = 256 // tokens predicted from an empty context

// add compares one position; next is the token that follows it.
func (c *closeness) add(a, b []float32, next Token) {
	c.positions++
	if slices.Index(a, slices.Max(a)) == slices.Index(b, slices.Max(b)) {
		c.same++
	}
	sumA, sumB := logSum(a), logSum(b)
	for i := range b {
		p := float64(b[i]) - sumB
		c.divergence += math.Exp(p) * (p - (float64(a[i]) - sumA))
	}
	c.loss[0] += sumA - float64(a[next])
	c.loss[1] += sumB - float64(b[next])
}

func (c *closeness) finish() {
	n := float64(c.positions)
	c.same /= n
	c.divergence /= n
	c.perplexity = math.Exp((c.loss[0] - c.loss[1]) / n)
}

func logSum(logits []float32) float64 {
	top := float64(slices.Max(logits))
	var sum float64
	for _, v := range logits {
		sum += math.Exp(float64(v) - top)
	}
	return top + math.Log(sum)
}

// predictor is a model loaded for one set of kernels.
type predictor struct {
	weights *Weights
	context *Context
}

func newPredictor(t *testing.T, path string, o LoadOptions) *predictor {
	t.Helper()
	Start(nil)
	w, err := Load(path, o)
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
