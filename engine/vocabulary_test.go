package engine

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine/llama"
	"viscoder/engine/vocab"
	"viscoder/gguf"
	"viscoder/internal/testweights"
	"viscoder/internal/tinymodel"
)

// bothVocabularies loads a model's vocabulary in llama.cpp, and as tables.
func bothVocabularies(t testing.TB, path string) (*llama.Weights, *vocab.Vocabulary) {
	t.Helper()
	llama.Start(nil)
	file, err := gguf.Open(path)
	require.NoError(t, err)
	w, err := llama.Load(path, llama.LoadOptions{NoRepack: true})
	require.NoError(t, err)
	t.Cleanup(w.Close)
	table, err := buildTables(file, w)
	require.NoError(t, err)
	v, err := vocab.Open(table)
	require.NoError(t, err)
	return w, v
}

// class is what the pattern by which texts are split asks of a code point.
func class(r rune) [3]bool {
	return [3]bool{unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsSpace(r)}
}

func requireSameTokens(t testing.TB, w *llama.Weights, v *vocab.Vocabulary, text string) {
	t.Helper()
	for _, parse := range []bool{false, true} {
		want, err := w.Tokenize(text, false, parse)
		require.NoError(t, err)
		got, err := v.Tokenize(text, parse)
		require.NoError(t, err)
		if len(want) == 0 {
			require.Empty(t, got, "%q", text)
			continue
		}
		require.Equal(t, want, got, "%q", text)
	}
}

func TestTablesGiveTheTokensOfLlamaCpp(t *testing.T) {
	w, v := bothVocabularies(t, testweights.Small(t))
	require.Equal(t, w.Info().VocabSize, v.Size())

	t.Run("pieces", func(t *testing.T) {
		for i := range Token(v.Size()) {
			for _, special := range []bool{false, true} {
				require.Equal(t, w.AppendPiece(nil, i, special), v.AppendPiece(nil, i, special), "token %d", i)
			}
			require.Equal(t, w.IsEOG(i), v.IsEOG(i), "token %d", i)
		}
		assert.Empty(t, v.AppendPiece(nil, -1, true))
		assert.Empty(t, v.AppendPiece(nil, Token(v.Size()), true))
		assert.False(t, v.IsEOG(Token(v.Size())))
	})

	t.Run("source text", func(t *testing.T) {
		for _, pattern := range []string{"*.go", "../renderers/*.go", "../docs/*.md", "../examples/*", "kernels/*.cc"} {
			names, err := filepath.Glob(pattern)
			require.NoError(t, err)
			for _, name := range names {
				if text, err := os.ReadFile(name); err == nil {
					requireSameTokens(t, w, v, string(text))
				}
			}
		}
	})

	t.Run("every code point", func(t *testing.T) {
		var text strings.Builder
		for r := rune(1); r <= unicode.MaxRune; r++ {
			if 0xd800 <= r && r < 0xe000 || r > 0x3400 && r%64 != 0 && class(r) == class(r-1) && class(r) == class(r+1) {
				continue // inside a range of equals
			}
			fmt.Fprintf(&text, "x%cx %c7%c\n%c%c", r, r, r, r, r)
			if text.Len() > 1<<14 {
				requireSameTokens(t, w, v, text.String())
				text.Reset()
			}
		}
		requireSameTokens(t, w, v, text.String())
	})

	t.Run("bytes at random", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		parts := []string{"'", "'s", "'RE", " ", "  ", "\n", "\r\n", "\t", "a", "Zz", "é", "数", "7", "½", "!", "-->", "\xff", "\xe2\x82",
			"<|im_end|>", "<|im_", "<tool_call>", "<|fim_prefix|>", "\u00a0", "\u2028", "e\u0301", "🎨", "ſ", "\xf5\x80\x80\x80", "\xed\xa0\x80"}
		for range 3000 {
			var text strings.Builder
			for range random.IntN(40) {
				text.WriteString(parts[random.IntN(len(parts))])
			}
			requireSameTokens(t, w, v, text.String())
		}
	})
}

func FuzzTokenize(f *testing.F) {
	path := filepath.Join(f.TempDir(), "tiny.gguf")
	require.NoError(f, tinymodel.Write(path, tinymodel.Options{}))
	w, v := bothVocabularies(f, path)
	f.Add("plot  monthly\r\n sales'll <|im_end|>é\xff")
	f.Fuzz(func(t *testing.T, text string) { requireSameTokens(t, w, v, text) })
}
