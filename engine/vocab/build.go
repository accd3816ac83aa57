package vocab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Loaded is the vocabulary as llama.cpp has loaded it.
type Loaded interface {
	Tokenize(text string, addSpecial, parseSpecial bool) ([]Token, error)
	AppendPiece(out []byte, t Token, special bool) []byte
	IsEOG(t Token) bool
}

// Source is what a model file says of its vocabulary.
type Source struct {
	Model, Pre string   // tokenizer.ggml.model and tokenizer.ggml.pre
	Texts      []string // of tokens, as the file writes them
	Types      []int32  // of tokens
	Merges     []string // pairs "left right", the first merges earliest
}

// The types of tokens in a file that this package knows.
const (
	typeNormal      = 1
	typeUnknown     = 2
	typeControl     = 3
	typeUserDefined = 4
	typeUnused      = 5
)

// ErrUnsupported says that a vocabulary is left to llama.cpp.
var ErrUnsupported = errors.New("vocabulary: not one that this package encodes")

// Build makes the table of a vocabulary, and compares what it gives for samples
// with what llama.cpp gives.
func Build(source Source, loaded Loaded) ([]byte, error) {
	if source.Model != "gpt2" || source.Pre != "qwen2" || len(source.Types) != len(source.Texts) ||
		len(source.Texts) > maxTokens {
		return nil, ErrUnsupported
	}
	ids := make(map[string]uint32, len(source.Texts))
	for i, text := range source.Texts {
		ids[text] = uint32(i) // the last of equals
	}
	b := binary.LittleEndian.AppendUint32(nil, magic)
	number := func(n uint32) { b = binary.LittleEndian.AppendUint32(b, n) }

	specials, flags, err := classify(source, loaded)
	if err != nil {
		return nil, err
	}
	slots := uint32(1) << bits.Len(uint(2*len(source.Merges)))
	var pieces []byte
	offsets := []uint32{0}
	for i := range source.Texts {
		pieces = loaded.AppendPiece(pieces, Token(i), true)
		offsets = append(offsets, uint32(len(pieces)))
	}
	number(uint32(len(source.Texts)))
	number(slots)
	number(uint32(len(specials)))
	number(uint32(len(pieces)))
	for _, text := range byteTexts() {
		id, ok := ids[text]
		if !ok {
			return nil, fmt.Errorf("%w: no token for the byte %q", ErrUnsupported, text)
		}
		number(id)
	}
	for _, o := range offsets {
		number(o)
	}
	merges, err := mergeTable(source.Merges, ids, slots)
	if err != nil {
		return nil, err
	}
	b = append(b, merges...)
	for _, s := range specials {
		number(s)
	}
	b = append(b, flags...)
	b = append(b, pieces...)
	v, err := Open(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return b, v.compare(loaded, source)
}

// classify returns the special tokens, longest first, and the flags of all.
func classify(source Source, loaded Loaded) (specials []uint32, flags []byte, err error) {
	flags = make([]byte, len(source.Texts))
	for i := range source.Texts {
		full := loaded.AppendPiece(nil, Token(i), true)
		plain := loaded.AppendPiece(nil, Token(i), false)
		switch {
		case len(plain) == 0 && len(full) > 0:
			flags[i] |= flagSpecial | flagParsed
			specials = append(specials, uint32(i))
		case !bytes.Equal(plain, full):
			return nil, nil, fmt.Errorf("%w: token %d has two texts", ErrUnsupported, i)
		case source.Types[i] == typeUserDefined && len(full) > 0:
			specials = append(specials, uint32(i))
		}
		if loaded.IsEOG(Token(i)) {
			flags[i] |= flagEOG
		}
	}
	slices.SortStableFunc(specials, func(a, b uint32) int { return len(source.Texts[b]) - len(source.Texts[a]) })
	return specials, flags, nil
}

// mergeTable is the hash table of merges.
func mergeTable(merges []string, ids map[string]uint32, slots uint32) ([]byte, error) {
	table := bytes.Repeat([]byte{0xff}, slot*int(slots))
	for rank, m := range merges {
		space := strings.IndexByte(m[min(1, len(m)):], ' ') + 1
		if space == 0 {
			return nil, fmt.Errorf("%w: merge %q", ErrUnsupported, m)
		}
		left, okLeft := ids[m[:space]]
		right, okRight := ids[m[space+1:]]
		result, okResult := ids[m[:space]+m[space+1:]]
		if !okLeft || !okRight || !okResult {
			return nil, fmt.Errorf("%w: merge %q is not of tokens", ErrUnsupported, m)
		}
		at := hash(left, right)
		for {
			entry := table[slot*int(at&(slots-1)):][:slot]
			l := u32(entry, 0)
			if l == left && u32(entry, 1) == right {
				break // the first of equals
			}
			if l == none {
				for i, n := range []uint32{left, right, uint32(rank), result} {
					binary.LittleEndian.PutUint32(entry[4*i:], n)
				}
				break
			}
			at++
		}
	}
	return table, nil
}

// byteTexts are the characters by which GPT-2 writes bytes: printable ones for
// themselves, the others from 256 on.
func byteTexts() [256]string {
	var texts [256]string
	next := rune(256)
	for b := range 256 {
		if '!' <= b && b <= '~' || 0xa1 <= b && b <= 0xac || 0xae <= b && b <= 0xff {
			texts[b] = string(rune(b))
		} else {
			texts[b] = string(next)
			next++
		}
	}
	return texts
}

// samples exercise every part of the pattern and of the rules for special tokens.
var samples = []string{
	"", " ", "plot monthly sales", "It's  what they'LL've\tdone\r\n\r\n  in 2024, 12345.67 €!?\n\n",
	"import pandas as pd\n\ndf = pd.read_csv('a.csv')\nif x:\n        y = 1\n    \t z\n   ",
	"naïve Ünïcödé 数据图表 データ 한국어 العربية עברית ไทย 🎨🧪👩‍💻 ①½² ſ 'ſ", "\xff\xc3(\xe2\x28\xa1 broken \xf0\x9f",
	strings.Repeat("abcdefghij", 40), strings.Repeat("日", 70), strings.Repeat(" ", 50) + "x",
}

// compare holds the table against llama.cpp's own tokens.
func (v *Vocabulary) compare(loaded Loaded, source Source) error {
	texts := slices.Clone(samples)
	var all strings.Builder
	for _, s := range v.specials {
		fmt.Fprintf(&all, "a %s b%s\n%s  ", s.text, s.text, s.text)
	}
	texts = append(texts, all.String())
	for _, text := range texts {
		for _, parse := range []bool{false, true} {
			got, err := v.Tokenize(text, parse)
			if err != nil {
				return err
			}
			want, err := loaded.Tokenize(text, true, parse)
			if err != nil {
				return err
			}
			if !slices.Equal(got, want) {
				return fmt.Errorf("%w: it differs from llama.cpp for %.40q", ErrUnsupported, text)
			}
		}
	}
	return nil
}
