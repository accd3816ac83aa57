package gguf

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	keyTokens  = "tokenizer.ggml.tokens"
	keyMerges  = "tokenizer.ggml.merges"
	keyTypes   = "tokenizer.ggml.token_type"
	keyScores  = "tokenizer.ggml.scores"
	keyModel   = "tokenizer.ggml.model"
	keyPre     = "tokenizer.ggml.pre"
	byteToken  = 6   // LLAMA_TOKEN_TYPE_BYTE
	leastVocab = 256 // both kinds of tokenizer fall back to bytes
)

// checkTokenizer returns the size of the vocabulary. llama.cpp asserts that no
// token stands twice, and looks up byte tokens without expecting a failure.
func (f *File) checkTokenizer() (uint64, error) {
	model, ok := f.Meta.String(keyModel)
	if !ok {
		return 0, damaged(keyModel, "the key is missing or is no string")
	}
	if model != "gpt2" && model != "llama" {
		return 0, unsupported(keyModel, "%q; viscoder runs gpt2 and llama", printable(model))
	}
	tokens, ok := f.Meta.Strings(keyTokens)
	if !ok {
		return 0, damaged(keyTokens, "the key is missing or is no array of strings")
	}
	if len(tokens) < leastVocab {
		return 0, damaged(keyTokens, "%d tokens are fewer than there are bytes", len(tokens))
	}
	index, err := indexTokens(tokens)
	if err != nil {
		return 0, err
	}
	for _, check := range []func() error{
		func() error { return f.checkTokenTypes(tokens) },
		func() error { return f.checkScores(len(tokens)) },
		func() error { return f.checkBytes(model, index) },
		func() error { return f.checkMerges(model) },
		func() error { return f.checkSpecials(len(tokens)) },
		f.checkTemplate,
	} {
		if err := check(); err != nil {
			return 0, err
		}
	}
	return uint64(len(tokens)), nil
}

func indexTokens(tokens []string) (map[string]struct{}, error) {
	index := make(map[string]struct{}, len(tokens))
	for i, t := range tokens {
		if strings.IndexByte(t, 0) >= 0 {
			return nil, damaged(fmt.Sprintf("%s[%d]", keyTokens, i), "the token holds a NUL, where C would cut it")
		}
		if t == "" {
			t = fmt.Sprintf("[EMPTY_%d]", i) // as llama.cpp calls it
		}
		if _, ok := index[t]; ok {
			return nil, damaged(fmt.Sprintf("%s[%d]", keyTokens, i), "the token %q stands twice", printable(t))
		}
		index[t] = struct{}{}
	}
	return index, nil
}

func (f *File) checkTokenTypes(tokens []string) error {
	v, ok := f.Meta.Get(keyTypes)
	if !ok {
		return nil
	}
	types, ok := v.([]int32)
	if !ok {
		return damaged(keyTypes, "%s instead of an array of int32", typeName(v))
	}
	if len(types) != len(tokens) {
		return damaged(keyTypes, "%d types for %d tokens", len(types), len(tokens))
	}
	for i, kind := range types {
		if kind == byteToken && !isByteToken(tokens[i]) {
			return damaged(fmt.Sprintf("%s[%d]", keyTokens, i), "byte token %q is not of the form <0xFF>", printable(tokens[i]))
		}
	}
	return nil
}

// isByteToken reports whether a token is of the form <0xFF>.
func isByteToken(t string) bool {
	if len(t) != len("<0xFF>") || t[:3] != "<0x" || t[5] != '>' {
		return false
	}
	_, err := strconv.ParseUint(t[3:5], 16, 8)
	return err == nil
}

func (f *File) checkScores(tokens int) error {
	v, ok := f.Meta.Get(keyScores)
	if !ok {
		return nil
	}
	switch v.(type) {
	case []float32, []int32:
	default:
		return damaged(keyScores, "%s instead of an array of float32", typeName(v))
	}
	if n, _ := f.Meta.Len(keyScores); n != tokens {
		return damaged(keyScores, "%d scores for %d tokens", n, tokens)
	}
	return nil
}

// checkBytes makes sure that a SentencePiece vocabulary can spell any byte.
func (f *File) checkBytes(model string, index map[string]struct{}) error {
	if model != "llama" {
		return nil
	}
	for b := range 256 {
		_, coded := index[fmt.Sprintf("<0x%02X>", b)]
		_, plain := index[string([]byte{byte(b)})]
		if !coded && !plain {
			return damaged(keyTokens, "there is no token for byte %#02x", b)
		}
	}
	return nil
}

func (f *File) checkMerges(model string) error {
	if model != "gpt2" {
		return nil
	}
	merges, ok := f.Meta.Strings(keyMerges)
	if !ok {
		return damaged(keyMerges, "the key is missing or is no array of strings")
	}
	for i, m := range merges {
		if len(m) < 3 || strings.IndexByte(m[1:len(m)-1], ' ') < 0 {
			return damaged(fmt.Sprintf("%s[%d]", keyMerges, i), "%q is not two parts with a space between", printable(m))
		}
	}
	if _, ok := f.Meta.String(keyPre); f.Meta.Has(keyPre) && !ok {
		return damaged(keyPre, "it is no string")
	}
	return nil
}

// checkSpecials makes sure that every special token is in the vocabulary, and
// that those which are to be added exist.
func (f *File) checkSpecials(tokens int) error {
	for key, v := range f.Meta.All() {
		if !strings.HasPrefix(key, "tokenizer.ggml.") || !strings.HasSuffix(key, "_token_id") {
			continue
		}
		id, ok := v.(uint32)
		if !ok {
			return damaged(key, "%s instead of uint32", typeName(v))
		}
		if uint64(id) >= uint64(tokens) {
			return damaged(key, "token %d is beyond the vocabulary of %d", id, tokens)
		}
	}
	for _, kind := range []struct{ add, id string }{
		{"tokenizer.ggml.add_bos_token", "tokenizer.ggml.bos_token_id"},
		{"tokenizer.ggml.add_eos_token", "tokenizer.ggml.eos_token_id"},
		{"tokenizer.ggml.add_sep_token", "tokenizer.ggml.seperator_token_id"}, // the specification's spelling
	} {
		v, ok := f.Meta.Get(kind.add)
		if _, isBool := v.(bool); ok && !isBool {
			return damaged(kind.add, "%s instead of bool", typeName(v))
		}
		if v == true && !f.Meta.Has(kind.id) {
			return damaged(kind.id, "the key is missing, though %s is set", kind.add)
		}
	}
	return nil
}

func (f *File) checkTemplate() error {
	if _, ok := f.Meta.String("tokenizer.chat_template"); f.Meta.Has("tokenizer.chat_template") && !ok {
		return damaged("tokenizer.chat_template", "it is no string")
	}
	return nil
}
