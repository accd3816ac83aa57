package gguf_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
)

// change is an alteration of the tiny model that must be refused.
type change struct {
	set   map[string]any
	drop  string
	shape func(tensors []gguf.Tensor) []gguf.Tensor
	field string
	words string
}

func set(key string, value any) map[string]any { return map[string]any{key: value} }

// edit changes the tensor of the given name.
func edit(name string, how func(*gguf.Tensor)) func([]gguf.Tensor) []gguf.Tensor {
	return func(list []gguf.Tensor) []gguf.Tensor {
		list = slices.Clone(list)
		i := slices.IndexFunc(list, func(t gguf.Tensor) bool { return t.Name == name })
		how(&list[i])
		return list
	}
}

func without(name string) func([]gguf.Tensor) []gguf.Tensor {
	return func(list []gguf.Tensor) []gguf.Tensor {
		return slices.DeleteFunc(slices.Clone(list), func(t gguf.Tensor) bool { return t.Name == name })
	}
}

func with(t gguf.Tensor) func([]gguf.Tensor) []gguf.Tensor {
	return func(list []gguf.Tensor) []gguf.Tensor { return append(slices.Clone(list), t) }
}

func apply(t testing.TB, c change) error {
	t.Helper()
	meta, tensors := parts(t)
	for key, value := range c.set {
		require.NoError(t, meta.Set(key, value))
	}
	if c.drop != "" {
		require.True(t, meta.Has(c.drop))
		meta.Delete(c.drop)
	}
	if c.shape != nil {
		tensors = c.shape(tensors)
	}
	_, err := gguf.ReadBytes(build(t, meta, tensors))
	return err
}

func TestModelsThatCWouldNotSurvive(t *testing.T) {
	meta, _ := parts(t)
	tokens, _ := meta.Strings("tokenizer.ggml.tokens")
	types, _ := meta.Get("tokenizer.ggml.token_type")
	merges, _ := meta.Strings("tokenizer.ggml.merges")
	vocab := len(tokens)
	replaced := func(i int, token string) []string {
		list := slices.Clone(tokens)
		list[i] = token
		return list
	}
	byteTyped := slices.Clone(types.([]int32))
	byteTyped[7] = 6
	pair := map[string]any{"qwen2.attention.head_count": uint32(8), "qwen2.attention.head_count_kv": uint32(4)}
	float := func(v float64) any { return float32(v) }

	for name, c := range map[string]change{
		"no architecture":      {drop: "general.architecture", field: "general.architecture", words: "missing"},
		"other architecture":   {set: set("general.architecture", "mamba"), field: "general.architecture", words: "mamba"},
		"architecture escapes": {set: set("general.architecture", "\x1b[31m"), field: "general.architecture", words: `"` + "\uFFFD[31m"},
		"architecture number":  {set: set("general.architecture", uint32(1)), field: "general.architecture", words: "no string"},
		"no layers":            {set: set("qwen2.block_count", uint32(0)), field: "qwen2.block_count", words: "0"},
		"too many layers":      {set: set("qwen2.block_count", uint32(513)), field: "qwen2.block_count", words: "512"},
		"more layers":          {set: set("qwen2.block_count", uint32(2)), field: `tensor "blk.1.attn_norm.weight"`, words: "lacks"},
		"fewer layers":         {shape: with(gguf.Tensor{Name: "blk.1.attn_norm.weight", Type: gguf.F32, Shape: []uint64{8}}), field: `tensor "blk.1.attn_norm.weight"`, words: "no such tensor"},
		"layers of 64 bits":    {set: set("qwen2.block_count", uint64(1)), field: "qwen2.block_count", words: "uint64 instead"},
		"layers by list":       {set: set("qwen2.attention.head_count", []uint32{2}), field: "qwen2.attention.head_count", words: "array of uint32 instead"},
		"no context":           {drop: "qwen2.context_length", field: "qwen2.context_length", words: "missing"},
		"no feed-forward":      {drop: "qwen2.feed_forward_length", field: "qwen2.feed_forward_length", words: "missing"},
		"wrong feed-forward":   {set: set("qwen2.feed_forward_length", uint32(8)), field: `tensor "blk.0.ffn_gate.weight"`, words: "shape"},
		"wrong width":          {set: set("qwen2.embedding_length", uint32(16)), field: `tensor "token_embd.weight"`, words: "shape"},
		"no heads":             {set: set("qwen2.attention.head_count", uint32(0)), field: "qwen2.attention.head_count", words: "0"},
		"heads do not divide":  {set: set("qwen2.attention.head_count", uint32(3)), field: "qwen2.attention.head_count", words: "do not divide"},
		"kv heads":             {set: set("qwen2.attention.head_count_kv", uint32(4)), field: "qwen2.attention.head_count_kv", words: "evenly"},
		"kv heads 0":           {set: set("qwen2.attention.head_count_kv", uint32(0)), field: "qwen2.attention.head_count_kv", words: "0"},
		"odd heads":            {set: pair, field: "qwen2.attention.head_count", words: "rotated"},
		"key length":           {set: set("qwen2.attention.key_length", uint32(8)), field: "qwen2.attention.key_length", words: "embedding"},
		"value length":         {set: set("qwen2.attention.value_length", uint32(8)), field: "qwen2.attention.value_length", words: "head"},
		"rotation":             {set: set("qwen2.rope.dimension_count", uint32(2)), field: "qwen2.rope.dimension_count", words: "head"},
		"negative epsilon":     {set: set("qwen2.attention.layer_norm_rms_epsilon", float(-1)), field: "qwen2.attention.layer_norm_rms_epsilon", words: "-1"},
		"epsilon not a number": {set: set("qwen2.attention.layer_norm_rms_epsilon", float(math.NaN())), field: "qwen2.attention.layer_norm_rms_epsilon", words: "NaN"},
		"epsilon of 64 bits":   {set: set("qwen2.attention.layer_norm_rms_epsilon", 1e-6), field: "qwen2.attention.layer_norm_rms_epsilon", words: "float64"},
		"no epsilon":           {drop: "qwen2.attention.layer_norm_rms_epsilon", field: "qwen2.attention.layer_norm_rms_epsilon", words: "missing"},
		"rotation base":        {set: set("qwen2.rope.freq_base", float(math.Inf(1))), field: "qwen2.rope.freq_base", words: "Inf"},
		"rotation scaling":     {set: set("qwen2.rope.scaling.type", "bogus"), field: "qwen2.rope.scaling.type", words: "bogus"},
		"experts":              {set: set("qwen2.expert_used_count", uint32(2)), field: "qwen2.expert_used_count", words: "experts"},
		"extra predictions":    {set: set("qwen2.nextn_predict_layers", uint32(1)), field: "qwen2.nextn_predict_layers", words: "not run"},
		"not causal":           {set: set("qwen2.attention.causal", false), field: "qwen2.attention.causal", words: "causal"},
		"embedding model":      {set: set("qwen2.pooling_type", uint32(1)), field: "qwen2.pooling_type", words: "no text"},
		"split file":           {set: set("split.count", uint16(3)), field: "split.count", words: "3 parts"},

		"tokenizer":             {set: set("tokenizer.ggml.model", "bert"), field: "tokenizer.ggml.model", words: "bert"},
		"no tokens":             {drop: "tokenizer.ggml.tokens", field: "tokenizer.ggml.tokens", words: "missing"},
		"few tokens":            {set: set("tokenizer.ggml.tokens", tokens[:255]), field: "tokenizer.ggml.tokens", words: "255"},
		"one token less":        {set: set("tokenizer.ggml.tokens", tokens[:vocab-1]), field: "tokenizer.ggml.token_type", words: "types for"},
		"tokens of numbers":     {set: set("tokenizer.ggml.tokens", []uint32{1}), field: "tokenizer.ggml.tokens", words: "strings"},
		"same token twice":      {set: set("tokenizer.ggml.tokens", replaced(9, tokens[8])), field: "tokenizer.ggml.tokens[9]", words: "twice"},
		"same as an empty one":  {set: map[string]any{"tokenizer.ggml.tokens": slices.Replace(slices.Clone(tokens), 3, 5, "", "[EMPTY_3]")}, field: "tokenizer.ggml.tokens[4]", words: "twice"},
		"token with NUL":        {set: set("tokenizer.ggml.tokens", replaced(9, "a\x00")), field: "tokenizer.ggml.tokens[9]", words: "NUL"},
		"byte token":            {set: set("tokenizer.ggml.token_type", byteTyped), field: "tokenizer.ggml.tokens[7]", words: "<0xFF>"},
		"types of 8 bits":       {set: set("tokenizer.ggml.token_type", make([]int8, vocab)), field: "tokenizer.ggml.token_type", words: "int8"},
		"scores":                {set: set("tokenizer.ggml.scores", []float32{1}), field: "tokenizer.ggml.scores", words: "1 scores"},
		"scores of 64 bits":     {set: set("tokenizer.ggml.scores", make([]float64, vocab)), field: "tokenizer.ggml.scores", words: "float64"},
		"no merges":             {drop: "tokenizer.ggml.merges", field: "tokenizer.ggml.merges", words: "missing"},
		"merge of one part":     {set: set("tokenizer.ggml.merges", []string{"a b", "ab"}), field: "tokenizer.ggml.merges[1]", words: "two parts"},
		"merge with nothing":    {set: set("tokenizer.ggml.merges", append(slices.Clone(merges), "a ")), field: "tokenizer.ggml.merges[", words: "two parts"},
		"pre-tokenizer":         {set: set("tokenizer.ggml.pre", uint32(1)), field: "tokenizer.ggml.pre", words: "no string"},
		"end beyond vocabulary": {set: set("tokenizer.ggml.eos_token_id", uint32(vocab)), field: "tokenizer.ggml.eos_token_id", words: "beyond"},
		"start of 64 bits":      {set: set("tokenizer.ggml.bos_token_id", uint64(1)), field: "tokenizer.ggml.bos_token_id", words: "uint64"},
		"start added, not there": {
			set: set("tokenizer.ggml.add_bos_token", true), drop: "tokenizer.ggml.bos_token_id",
			field: "tokenizer.ggml.bos_token_id", words: "add_bos_token",
		},
		"added or not":        {set: set("tokenizer.ggml.add_eos_token", uint8(1)), field: "tokenizer.ggml.add_eos_token", words: "uint8"},
		"template":            {set: set("tokenizer.chat_template", []string{"x"}), field: "tokenizer.chat_template", words: "no string"},
		"SentencePiece bytes": {set: set("tokenizer.ggml.model", "llama"), field: "tokenizer.ggml.tokens", words: "byte 0x00"},

		"no weights":         {shape: func([]gguf.Tensor) []gguf.Tensor { return nil }, field: "tensor count", words: "no weights"},
		"no embedding":       {shape: without("token_embd.weight"), field: `tensor "token_embd.weight"`, words: "lacks"},
		"no norm":            {shape: without("blk.0.ffn_norm.weight"), field: `tensor "blk.0.ffn_norm.weight"`, words: "lacks"},
		"unknown tensor":     {shape: with(gguf.Tensor{Name: "extra", Type: gguf.F32, Shape: []uint64{1}}), field: `tensor "extra"`, words: "no such"},
		"bias of wrong size": {shape: edit("blk.0.attn_q.bias", func(t *gguf.Tensor) { t.Shape = []uint64{4} }), field: `tensor "blk.0.attn_q.bias"`, words: "shape"},
		"bias in F16":        {shape: edit("blk.0.attn_q.bias", func(t *gguf.Tensor) { t.Type = gguf.F16 }), field: `tensor "blk.0.attn_q.bias"`, words: "F32"},
		"norm in BF16":       {shape: edit("output_norm.weight", func(t *gguf.Tensor) { t.Type = gguf.BF16 }), field: `tensor "output_norm.weight"`, words: "F32"},
		"matrix of integers": {shape: edit("blk.0.attn_q.weight", func(t *gguf.Tensor) { t.Type = gguf.I32 }), field: `tensor "blk.0.attn_q.weight"`, words: "multiply"},
		"matrix turned":      {shape: edit("blk.0.ffn_up.weight", func(t *gguf.Tensor) { t.Shape = []uint64{4, 8} }), field: `tensor "blk.0.ffn_up.weight"`, words: "shape"},
		"output too small":   {shape: with(gguf.Tensor{Name: "output.weight", Type: gguf.F32, Shape: []uint64{8, 7}}), field: `tensor "output.weight"`, words: "shape"},
	} {
		t.Run(name, func(t *testing.T) {
			err := apply(t, c)
			require.Error(t, err)
			assert.True(t, strings.HasPrefix(gguf.Field(err), c.field), err.Error())
			assert.Contains(t, err.Error(), c.words)
		})
	}
}

func TestModelsThatAreFine(t *testing.T) {
	meta, _ := parts(t)
	tokens, _ := meta.Strings("tokenizer.ggml.tokens")
	for name, c := range map[string]change{
		"unchanged":               {},
		"unknown keys":            {set: set("general.quantized_by", "someone")},
		"pre-tokenizer not given": {drop: "tokenizer.ggml.pre"},
		"head sizes given": {set: map[string]any{
			"qwen2.attention.key_length": uint32(4), "qwen2.attention.value_length": uint32(4), "qwen2.rope.dimension_count": uint32(4),
		}},
		"yarn":               {set: set("qwen2.rope.scaling.type", "yarn")},
		"no experts":         {set: set("qwen2.expert_count", uint32(0))},
		"one part":           {set: set("split.count", uint16(1))},
		"scores":             {set: set("tokenizer.ggml.scores", make([]float32, len(tokens)))},
		"no types":           {drop: "tokenizer.ggml.token_type"},
		"an empty token":     {set: set("tokenizer.ggml.tokens", slices.Replace(slices.Clone(tokens), 3, 4, ""))},
		"added start":        {set: set("tokenizer.ggml.add_bos_token", true)},
		"no biases":          {shape: without("blk.0.attn_q.bias")},
		"untied":             {shape: with(gguf.Tensor{Name: "output.weight", Type: gguf.F16, Shape: []uint64{8, uint64(len(tokens))}})},
		"ones at the end":    {shape: edit("output_norm.weight", func(t *gguf.Tensor) { t.Shape = []uint64{8, 1, 1} })},
		"no chat template":   {drop: "tokenizer.chat_template"},
		"an alignment of 1k": {set: set("general.alignment", uint32(1024))},
	} {
		assert.NoError(t, apply(t, c), name)
	}
}

// asLlama renames the tiny model's keys, as the llama architecture has the
// same layers.
func asLlama(t *testing.T, extra map[string]any) change {
	t.Helper()
	meta, _ := parts(t)
	c := change{set: set("general.architecture", "llama")}
	for key, value := range meta.All() {
		if rest, ok := strings.CutPrefix(key, "qwen2."); ok {
			c.set["llama."+rest] = value
		}
	}
	for key, value := range extra {
		c.set[key] = value
	}
	return c
}

func TestLlamaArchitecture(t *testing.T) {
	require.NoError(t, apply(t, asLlama(t, nil)))

	c := asLlama(t, nil)
	c.shape = with(gguf.Tensor{Name: "rope_freqs.weight", Type: gguf.F32, Shape: []uint64{2}})
	require.NoError(t, apply(t, c))
	c.shape = with(gguf.Tensor{Name: "blk.0.ffn_up.bias", Type: gguf.F32, Shape: []uint64{4}})
	require.NoError(t, apply(t, c))
	c.shape = with(gguf.Tensor{Name: "rope_freqs.weight", Type: gguf.F16, Shape: []uint64{2}})
	require.ErrorContains(t, apply(t, c), "F32", "ggml asserts the type of rotation factors")
	c.shape = with(gguf.Tensor{Name: "output.bias", Type: gguf.F32, Shape: []uint64{8}})
	require.ErrorContains(t, apply(t, c), "no such tensor")

	free := asLlama(t, map[string]any{"llama.attention.key_length": uint32(2), "llama.attention.value_length": uint32(2)})
	require.ErrorContains(t, apply(t, free), `tensor "blk.0.attn_q.weight": shape`, "heads need not fill the width, but tensors must follow")

	pieces := make([]string, 256)
	for b := range pieces {
		pieces[b] = "<0x" + strings.ToUpper(string([]byte{"0123456789abcdef"[b>>4], "0123456789abcdef"[b&15]})) + ">"
	}
	_, tensors := parts(t)
	tensors[0].Shape = []uint64{8, 256}
	sp := asLlama(t, map[string]any{
		"tokenizer.ggml.model": "llama", "tokenizer.ggml.tokens": pieces, "tokenizer.ggml.token_type": slices.Repeat([]int32{6}, 256),
		"tokenizer.ggml.bos_token_id": uint32(1), "tokenizer.ggml.eos_token_id": uint32(2), "tokenizer.ggml.padding_token_id": uint32(3),
	})
	sp.shape = func([]gguf.Tensor) []gguf.Tensor { return tensors }
	assert.NoError(t, apply(t, sp), "SentencePiece with its 256 bytes")
}
