package gguf

import (
	"cmp"
	"slices"
	"strings"
)

// Summary is what there is to say about a model file.
type Summary struct {
	File                 string      `json:"file"`
	SizeBytes            int64       `json:"size_bytes"`
	Version              uint32      `json:"version"`
	Architecture         string      `json:"architecture"`
	Name                 string      `json:"name"`
	Licence              string      `json:"licence"`
	Parameters           uint64      `json:"parameters"`
	Quantization         string      `json:"quantization"`
	BitsPerWeight        float64     `json:"bits_per_weight"`
	TensorTypes          []TypeShare `json:"tensor_types"` // most bytes first
	ContextLength        uint64      `json:"context_length"`
	EmbeddingLength      uint64      `json:"embedding_length"`
	Layers               uint64      `json:"layers"`
	Heads                uint64      `json:"heads"`
	KVHeads              uint64      `json:"kv_heads"`
	FeedForwardLength    uint64      `json:"feed_forward_length"`
	VocabSize            uint64      `json:"vocab_size"`
	TiedOutput           bool        `json:"tied_output"`
	Tokenizer            Tokenizer   `json:"tokenizer"`
	ChatTemplate         string      `json:"chat_template"`
	KVBytesPerTokenF16   uint64      `json:"kv_bytes_per_token_f16"`
	BytesPerDecodedToken uint64      `json:"bytes_per_decoded_token"`
}

// TypeShare is how much of a file is stored in one tensor type.
type TypeShare struct {
	Type       string `json:"type"`
	Tensors    int    `json:"tensors"`
	Bytes      uint64 `json:"bytes"`
	Parameters uint64 `json:"parameters"`
}

// Tokenizer describes the vocabulary. Token ids are -1 where the file has none.
type Tokenizer struct {
	Model  string `json:"model"` // "gpt2" is byte-level BPE, "llama" SentencePiece
	Pre    string `json:"pre"`   // how text is cut into words first
	Tokens int    `json:"tokens"`
	Merges int    `json:"merges"`
	BOS    int64  `json:"bos_token_id"`
	EOS    int64  `json:"eos_token_id"`
}

// Inspect collects the summary of a file.
func Inspect(f *File) Summary {
	return Summary{
		File: f.Path, SizeBytes: f.Size, Version: f.Version,
		Architecture: f.Architecture(), Name: f.Name(), Licence: f.Licence(),
		Parameters: f.ParameterCount(), Quantization: f.Quantization(), BitsPerWeight: f.bitsPerWeight(),
		TensorTypes:   f.TensorTypes(),
		ContextLength: f.ContextLength(), EmbeddingLength: f.EmbeddingLength(), Layers: f.Layers(),
		Heads: f.Heads(), KVHeads: f.KVHeads(), FeedForwardLength: f.FeedForwardLength(),
		VocabSize: f.VocabSize(), TiedOutput: f.Tied(), Tokenizer: f.Tokenizer(), ChatTemplate: f.ChatTemplate(),
		KVBytesPerTokenF16:   f.KVBytesPerToken(2),
		BytesPerDecodedToken: f.BytesPerDecodedToken(),
	}
}

func (f *File) bitsPerWeight() float64 {
	n := f.ParameterCount()
	if n == 0 {
		return 0
	}
	return 8 * float64(f.WeightBytes()) / float64(n)
}

// TensorTypes sums the tensors up by type, most bytes first.
func (f *File) TensorTypes() []TypeShare {
	var mix []TypeShare
	for _, t := range f.Tensors {
		name := t.Type.String()
		i := slices.IndexFunc(mix, func(s TypeShare) bool { return s.Type == name })
		if i < 0 {
			i = len(mix)
			mix = append(mix, TypeShare{Type: name})
		}
		mix[i].Tensors++
		mix[i].Bytes += t.Bytes
		mix[i].Parameters += t.Elements()
	}
	slices.SortStableFunc(mix, func(a, b TypeShare) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return mix
}

// Tokenizer describes the file's vocabulary.
func (f *File) Tokenizer() Tokenizer {
	tokens, _ := f.Meta.Len(keyTokens)
	merges, _ := f.Meta.Len(keyMerges)
	return Tokenizer{
		Model: f.text(keyModel), Pre: f.text(keyPre), Tokens: tokens, Merges: merges,
		BOS: f.tokenID("tokenizer.ggml.bos_token_id"), EOS: f.tokenID("tokenizer.ggml.eos_token_id"),
	}
}

func (f *File) tokenID(key string) int64 {
	id, ok := f.Meta.Uint(key)
	if !ok {
		return -1
	}
	return int64(id)
}

// templateKind names the family of a chat template by its marks.
func templateKind(template string) string {
	switch {
	case template == "":
		return "none"
	case strings.Contains(template, "<|im_start|>"):
		return "ChatML"
	case strings.Contains(template, "<|start_header_id|>"):
		return "Llama 3"
	case strings.Contains(template, "[INST]"):
		return "Llama 2 or Mistral"
	}
	return "of its own kind"
}
