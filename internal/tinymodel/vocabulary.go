package tinymodel

import (
	"slices"
	"strings"
)

// Types of tokens as llama.cpp numbers them (enum llama_token_type).
const (
	tokenNormal  int32 = 1
	tokenControl int32 = 3
)

// specials are the control tokens of ChatML, in Qwen's order.
var specials = []string{"<|endoftext|>", "<|im_start|>", "<|im_end|>"}

// words become tokens by merging their letters from left to right, so that
// texts about charts take fewer tokens than bytes, and fences are single tokens.
var words = []string{
	"```", "python", "import", " matplotlib", ".pyplot", " as", " plt", " the", " a", " of", " in",
	" sales", " month", "plot", "ly", "print", "()", "\n\n", "    ", "user", "assistant", "system",
	"bar", " chart", "fig", "ax", " =", "ing", "er", "00",
}

// vocabulary is a byte-level BPE vocabulary: the 256 bytes, the results of the
// merges, then the specials.
type vocabulary struct {
	tokens []string
	types  []int32
	merges []string
}

func newVocabulary() vocabulary {
	var v vocabulary
	spell := byteAlphabet()
	for _, r := range spell {
		v.add(string(r), tokenNormal)
	}
	for _, w := range words {
		v.merge(w, spell)
	}
	for _, s := range specials {
		v.add(s, tokenControl)
	}
	return v
}

func (v *vocabulary) add(token string, kind int32) {
	v.tokens = append(v.tokens, token)
	v.types = append(v.types, kind)
}

func (v *vocabulary) merge(word string, spell [256]rune) {
	left := string(spell[word[0]])
	for i := 1; i < len(word); i++ {
		right := string(spell[word[i]])
		if !slices.Contains(v.tokens, left+right) {
			v.merges = append(v.merges, left+" "+right)
			v.add(left+right, tokenNormal)
		}
		left += right
	}
}

func (v vocabulary) id(token string) uint32 {
	i := slices.Index(v.tokens, token)
	if i < 0 {
		panic("tinymodel: no token " + strings.TrimSpace(token))
	}
	return uint32(i)
}

// byteAlphabet gives each byte the visible character that stands for it in
// byte-level BPE vocabularies: itself where it is printable Latin-1, else the
// next free one from U+0100 on (Radford et al. 2019, GPT-2).
func byteAlphabet() [256]rune {
	var spell [256]rune
	next := rune(0x100)
	for b := range spell {
		r := rune(b)
		if r >= '!' && r <= '~' || r >= '¡' && r <= '¬' || r >= '®' && r <= 'ÿ' {
			spell[b] = r
			continue
		}
		spell[b] = next
		next++
	}
	return spell
}
