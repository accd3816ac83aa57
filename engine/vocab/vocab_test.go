package vocab

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// loaded is a vocabulary of bytes and a few words, with the texts of its tokens
// as they are written out. It encodes by the same tables and so checks nothing
// of them; the engine's tests hold the tables against llama.cpp.
type loaded struct{ v *Vocabulary }

func (l loaded) Tokenize(text string, _, parse bool) ([]Token, error) {
	return l.v.Tokenize(text, parse)
}
func (l loaded) AppendPiece(out []byte, t Token, special bool) []byte {
	return l.v.AppendPiece(out, t, special)
}
func (l loaded) IsEOG(t Token) bool { return l.v.IsEOG(t) }

// spelled gives tokens their own texts.
type spelled struct{ texts []string }

func (s spelled) Tokenize(string, bool, bool) ([]Token, error) { return nil, nil }
func (s spelled) AppendPiece(out []byte, t Token, special bool) []byte {
	if strings.HasPrefix(s.texts[t], "<|") && !special {
		return out
	}
	return append(out, s.texts[t]...)
}
func (s spelled) IsEOG(t Token) bool { return s.texts[t] == "<|end|>" }

// small is a source with all bytes, three merges and a control token.
func small() Source {
	s := Source{Model: "gpt2", Pre: "qwen2"}
	texts := byteTexts()
	s.Texts = append(texts[:], "pl", "ot", "plot", "<|end|>")
	s.Merges = []string{"p l", "o t", "pl ot"}
	for range s.Texts {
		s.Types = append(s.Types, typeNormal)
	}
	s.Types[len(s.Types)-1] = typeControl
	return s
}

// table is small's, made by way of itself: the comparison in Build needs a
// vocabulary that encodes.
func table(t testing.TB) []byte {
	t.Helper()
	b, err := Build(small(), spelled{small().Texts})
	require.ErrorIs(t, err, ErrUnsupported, "a loaded vocabulary that says otherwise is believed")
	require.NotEmpty(t, b)
	v, err := Open(b)
	require.NoError(t, err)
	require.NoError(t, v.compare(loaded{v}, small()))
	return b
}

func TestMergesAndControlTokens(t *testing.T) {
	v, err := Open(table(t))
	require.NoError(t, err)
	plot, end := Token(258), Token(259)
	tokens, err := v.Tokenize("plot", false)
	require.NoError(t, err)
	assert.Equal(t, []Token{plot}, tokens)
	tokens, err = v.Tokenize("plot<|end|>", true)
	require.NoError(t, err)
	assert.Equal(t, []Token{plot, end}, tokens)
	tokens, err = v.Tokenize("<|end|>", false)
	require.NoError(t, err)
	assert.Len(t, tokens, len("<|end|>"))
	assert.True(t, v.IsEOG(end))
	assert.Empty(t, v.AppendPiece(nil, end, false))
	assert.Equal(t, "<|end|>", string(v.AppendPiece(nil, end, true)))

	// Words are merged one way, whether they are short or long.
	long, err := v.Tokenize(strings.Repeat("plot", 1000), false)
	require.NoError(t, err)
	assert.Len(t, long, 1000)
	assert.Equal(t, plot, long[999])
}

func TestOtherVocabulariesAreLeftToLlamaCpp(t *testing.T) {
	for name, change := range map[string]func(*Source){
		"another encoding":  func(s *Source) { s.Model = "llama" },
		"another pattern":   func(s *Source) { s.Pre = "gpt-2" },
		"no types":          func(s *Source) { s.Types = nil },
		"a byte is missing": func(s *Source) { s.Texts[0] = "x0" },
		"a merge of others": func(s *Source) { s.Merges[0] = "qq l" },
		"no pair":           func(s *Source) { s.Merges[0] = "pl" },
	} {
		s := small()
		change(&s)
		b, err := Build(s, spelled{s.Texts})
		require.ErrorIs(t, err, ErrUnsupported, name)
		assert.Empty(t, b, name)
	}
}

// FuzzOpen: no table makes reading it panic or go on forever.
func FuzzOpen(f *testing.F) {
	good := table(f)
	f.Add(good, "plot <|end|>")
	f.Add(good[:header], "")
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		v, err := Open(b)
		if err != nil {
			return
		}
		tokens, err := v.Tokenize(text, true)
		require.NoError(t, err)
		require.LessOrEqual(t, len(tokens), utf8.UTFMax*len(text))
		for _, token := range append(tokens, -1, 1<<30) {
			v.AppendPiece(nil, token, true)
			v.IsEOG(token)
		}
	})
}
