// Package vocab is a vocabulary that needs no loading: tables which are used
// where they lie, in a mapped file, instead of the hash maps that llama.cpp fills
// from 300,000 strings at each start. It knows the byte-pair encoding of Qwen2
// and gives the very tokens that llama.cpp gives; Build refuses vocabularies for
// which it would not.
package vocab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Token is an index into the vocabulary.
type Token = int32

const (
	magic  = 0x31636f76 // "voc1"
	none   = math.MaxUint32
	header = 4 * 5
	slot   = 4 * 4

	maxTokens   = 1 << 20
	maxSlots    = 1 << 23
	maxSpecials = 1 << 12

	flagSpecial = 1 // has text only where special tokens are asked for
	flagEOG     = 2
	flagParsed  = 4 // found in a text only where that may spell control tokens
)

// Vocabulary is an open table. It is immutable and shared.
type Vocabulary struct {
	tokens   int
	slots    uint32 // of the hash table of merges, a power of two
	bytes    []byte // [256] token of a byte
	offsets  []byte // [tokens+1] of pieces
	flags    []byte // [tokens]
	merges   []byte // [slots] left, right, rank, result
	specials []special
	pieces   []byte
}

// special is a token that is looked for in a text before its words are.
type special struct {
	id     Token
	text   string
	parsed bool
}

var errTable = errors.New("vocabulary: the table is damaged")

// Open checks a table that Build has made, which must stay as it is.
func Open(b []byte) (*Vocabulary, error) {
	if len(b) < header || u32(b, 0) != magic {
		return nil, errTable
	}
	tokens, slots, specials, pieces := u32(b, 1), u32(b, 2), u32(b, 3), u32(b, 4)
	if tokens == 0 || tokens > maxTokens || slots == 0 || slots > maxSlots || slots&(slots-1) != 0 || specials > maxSpecials {
		return nil, errTable
	}
	v := &Vocabulary{tokens: int(tokens), slots: slots}
	rest := b[header:]
	take := func(n int) []byte {
		if n > len(rest) {
			rest = nil
			return nil
		}
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	v.bytes = take(4 * 256)
	v.offsets = take(4 * (int(tokens) + 1))
	v.merges = take(slot * int(slots))
	ids := take(4 * int(specials))
	v.flags = take(int(tokens))
	v.pieces = take(int(pieces))
	if v.pieces == nil && pieces > 0 || len(rest) > 0 || v.flags == nil {
		return nil, errTable
	}
	for i := range int(specials) {
		id := u32(ids, i)
		text := v.piece(Token(id))
		if id >= tokens || len(text) == 0 {
			return nil, errTable
		}
		v.specials = append(v.specials, special{Token(id), string(text), v.flags[id]&flagParsed != 0})
	}
	return v, nil
}

func u32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }

// Size is the number of tokens.
func (v *Vocabulary) Size() int { return v.tokens }

// piece is the bytes of a token, nil for what is none.
func (v *Vocabulary) piece(t Token) []byte {
	if t < 0 || int(t) >= v.tokens {
		return nil
	}
	from, to := u32(v.offsets, int(t)), u32(v.offsets, int(t)+1)
	if from > to || int(to) > len(v.pieces) {
		return nil
	}
	return v.pieces[from:to]
}

// AppendPiece appends the bytes of a token to out; control tokens have none
// unless special is set. Bytes of a rune may be split over tokens.
func (v *Vocabulary) AppendPiece(out []byte, t Token, special bool) []byte {
	piece := v.piece(t)
	if piece == nil || !special && v.flags[t]&flagSpecial != 0 {
		return out
	}
	return append(out, piece...)
}

// IsEOG says whether the token ends a generation.
func (v *Vocabulary) IsEOG(t Token) bool {
	return t >= 0 && int(t) < v.tokens && v.flags[t]&flagEOG != 0
}

// Tokenize turns text into tokens. parseSpecial lets text spell control tokens,
// which foreign text must not.
func (v *Vocabulary) Tokenize(text string, parseSpecial bool) ([]Token, error) {
	if len(text) > math.MaxInt32 {
		return nil, fmt.Errorf("text of %d bytes is too long to tokenize", len(text))
	}
	e := encoder{v: v, out: make([]Token, 0, len(text)/3+8)}
	e.partition(text, v.specials, parseSpecial)
	return e.out, nil
}

// partition takes special tokens out of a text, longer ones first, and encodes
// what is between them.
func (e *encoder) partition(text string, specials []special, parse bool) {
	for i, s := range specials {
		if s.parsed && !parse {
			continue
		}
		for {
			at := strings.Index(text, s.text)
			if at < 0 {
				break
			}
			e.partition(text[:at], specials[i+1:], parse)
			e.out = append(e.out, s.id)
			text = text[at+len(s.text):]
		}
	}
	for text != "" {
		n := e.split(text)
		e.word()
		text = text[n:]
	}
}
