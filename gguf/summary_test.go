package gguf_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
	"viscoder/internal/place"
	"viscoder/internal/tinymodel"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got))
}

func inspectTiny(t *testing.T, o tinymodel.Options) gguf.Summary {
	t.Helper()
	f, err := gguf.Open(tinyPath(t, o))
	require.NoError(t, err)
	s := gguf.Inspect(f)
	s.File = "models/tiny.gguf" // not the folder of one run
	return s
}

func TestSummaryAsText(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, inspectTiny(t, tinymodel.Options{Type: gguf.Q8_0}).WriteText(&out, 0))
	golden(t, "tiny.txt", out.Bytes())
}

func TestSummaryAsJSON(t *testing.T) {
	out, err := json.MarshalIndent(inspectTiny(t, tinymodel.Options{Untied: true, Type: gguf.F16}), "", "  ")
	require.NoError(t, err)
	golden(t, "tiny.json", append(out, '\n'))
}

func TestTextKeepsToItsWidthAndIsHarmless(t *testing.T) {
	s := inspectTiny(t, tinymodel.Options{})
	s.Name = "\x1b]0;owned\a" + strings.Repeat("long ", 40) + "\u202e\n"
	for _, width := range []int{1, 20, 40, 80, 200} {
		var out bytes.Buffer
		require.NoError(t, s.WriteText(&out, width))
		for line := range strings.Lines(out.String()) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), width)
		}
		assert.NotContains(t, out.String(), "\x1b")
		assert.NotContains(t, out.String(), "\a")
		assert.NotContains(t, out.String(), "\u202e")
	}
}

func TestMixOfTypesAddsUp(t *testing.T) {
	f, err := gguf.Open(tinyPath(t, tinymodel.Options{Type: gguf.Q8_0, Untied: true}))
	require.NoError(t, err)
	var tensors int
	var size, parameters uint64
	for _, share := range f.TensorTypes() {
		tensors += share.Tensors
		size += share.Bytes
		parameters += share.Parameters
	}
	assert.Equal(t, len(f.Tensors), tensors)
	assert.Equal(t, f.WeightBytes(), size)
	assert.Equal(t, f.ParameterCount(), parameters)
	assert.False(t, f.Tied())
	table := f.Tensors[0]
	require.Equal(t, "token_embd.weight", table.Name)
	assert.Equal(t, f.WeightBytes()-table.Bytes, f.BytesPerDecodedToken())
}

func TestKVBytes(t *testing.T) {
	f, err := gguf.Open(tinyPath(t, tinymodel.Options{}))
	require.NoError(t, err)
	elements := 2 * 2 * 2 * 16 // keys and values, layers, heads, elements
	assert.Equal(t, uint64(2*elements), f.KVBytesPerToken(2))
	assert.Equal(t, uint64(136), f.KVBytesPerToken(34./32))
	assert.Equal(t, uint64(elements/2+1), f.KVBytesPerToken(0.501), "rounded up")
}

// qwen is the tensor table of Qwen2.5-Coder-1.5B as llama.cpp's Q4_K_M mix
// stores it: Q6_K for the output and for values and down projections of every
// other layer.
func qwen() *gguf.File {
	f := &gguf.File{}
	add := func(name string, kind gguf.Type, shape ...uint64) {
		_, size, err := kind.Size(shape)
		if err != nil {
			panic(err)
		}
		f.Tensors = append(f.Tensors, gguf.Tensor{Name: name, Type: kind, Shape: shape, Bytes: size})
	}
	add("output.weight", gguf.Q6_K, 1536, 151936)
	add("token_embd.weight", gguf.Q4_K, 1536, 151936)
	add("output_norm.weight", gguf.F32, 1536)
	for i := range 28 {
		better := gguf.Q4_K
		if i%2 == 0 {
			better = gguf.Q6_K
		}
		blk := fmt.Sprintf("blk.%d.", i)
		for _, n := range []string{"attn_norm.weight", "ffn_norm.weight", "attn_q.bias"} {
			add(blk+n, gguf.F32, 1536)
		}
		add(blk+"attn_k.bias", gguf.F32, 256)
		add(blk+"attn_v.bias", gguf.F32, 256)
		add(blk+"attn_q.weight", gguf.Q4_K, 1536, 1536)
		add(blk+"attn_k.weight", gguf.Q4_K, 1536, 256)
		add(blk+"attn_v.weight", better, 1536, 256)
		add(blk+"attn_output.weight", gguf.Q4_K, 1536, 1536)
		add(blk+"ffn_gate.weight", gguf.Q4_K, 1536, 8960)
		add(blk+"ffn_up.weight", gguf.Q4_K, 1536, 8960)
		add(blk+"ffn_down.weight", better, 8960, 1536)
	}
	return f
}

func TestFiguresOfQwen(t *testing.T) {
	f := qwen()
	assert.Equal(t, uint64(980097536), f.BytesPerDecodedToken(), "0.98 GB a token")
	assert.Equal(t, uint64(1777088000), f.ParameterCount())
	assert.Equal(t, "Q4_K", f.Quantization(), "without general.file_type, the type with most bytes")
	assert.Equal(t, []string{"Q4_K", "Q6_K", "F32"}, []string{f.TensorTypes()[0].Type, f.TensorTypes()[1].Type, f.TensorTypes()[2].Type})
}

func TestRealWeights(t *testing.T) {
	for name, want := range map[string]struct {
		parameters, decoded uint64
		quantization        string
	}{
		"qwen2.5-coder-0.5b": {630167424, 391859712, "Q4_K_M"},
		"qwen2.5-coder-1.5b": {1777088000, 980097536, "Q4_K_M"},
		"smollm2-135m":       {134515008, 96576768, "Q4_1"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(place.Models(), name+".gguf")
			if _, err := os.Stat(path); err != nil {
				t.Skipf("NOT CHECKED AGAINST REAL WEIGHTS: %v; fetch them with: viscoder pull %s", err, name)
			}
			f, err := gguf.Open(path)
			require.NoError(t, err)
			assert.Equal(t, want.parameters, f.ParameterCount())
			assert.Equal(t, want.decoded, f.BytesPerDecodedToken())
			assert.Equal(t, want.quantization, f.Quantization())
			assert.True(t, slices.ContainsFunc([]string{"qwen2", "llama"}, func(a string) bool { return a == f.Architecture() }))
			assert.Contains(t, f.ChatTemplate(), "<|im_start|>")
		})
	}
}
