package engine

import (
	"viscoder/engine/llama"
	"viscoder/engine/vocab"
	"viscoder/gguf"
)

// vocabulary turns text into tokens and back: llama.cpp's own, or tables that
// were made from it.
type vocabulary interface {
	Tokenize(text string, addSpecial, parseSpecial bool) ([]Token, error)
	AppendPiece(out []byte, t Token, special bool) []byte
	IsEOG(t Token) bool
	ChatTemplate() string
}

// tables are a vocabulary in a mapped file.
type tables struct {
	*vocab.Vocabulary
	template string
}

// Tokenize adds nothing at the start: models whose tokenizer would are not kept
// as tables.
func (t tables) Tokenize(text string, _, parseSpecial bool) ([]Token, error) {
	return t.Vocabulary.Tokenize(text, parseSpecial)
}

func (t tables) ChatTemplate() string { return t.template }

// buildTables makes the tables of a loaded model; nil where its vocabulary is
// left to llama.cpp.
func buildTables(file *gguf.File, w *llama.Weights) ([]byte, error) {
	source := vocab.Source{}
	source.Model, _ = file.Meta.String("tokenizer.ggml.model")
	source.Pre, _ = file.Meta.String("tokenizer.ggml.pre")
	source.Texts, _ = file.Meta.Strings("tokenizer.ggml.tokens")
	source.Merges, _ = file.Meta.Strings("tokenizer.ggml.merges")
	switch types, _ := file.Meta.Get("tokenizer.ggml.token_type"); types := types.(type) {
	case []int32:
		source.Types = types
	case []uint32:
		for _, t := range types {
			source.Types = append(source.Types, int32(t))
		}
	}
	return vocab.Build(source, w)
}
