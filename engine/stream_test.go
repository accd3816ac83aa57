package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pieces spells token i as its i-th entry.
type pieces []string

func (p pieces) AppendPiece(out []byte, t Token, _ bool) []byte { return append(out, p[t]...) }

// feed runs all pieces through a stream; sent is what was handed on.
func feed(p pieces, stops ...string) (s *stream, sent []string, stop string) {
	s = newStream(stops, func(text string) { sent = append(sent, text) })
	for i := range p {
		if stop = s.add(p, Token(i)); stop != "" {
			break
		}
	}
	s.flush()
	return s, sent, stop
}

func TestStreamHandsOnWholeRunes(t *testing.T) {
	s, sent, _ := feed(pieces{"a", "\xe2", "\x82", "\xac", "b"})
	assert.Equal(t, []string{"a", "€", "b"}, sent)
	assert.Equal(t, "a€b", s.text())
}

func TestStreamReplacesBytesThatNeverBecomeARune(t *testing.T) {
	s, sent, _ := feed(pieces{"a", "\xe2", "b", "\xff"})
	assert.True(t, utf8.ValidString(s.text()))
	assert.True(t, utf8.ValidString(strings.Join(sent, "")))
	assert.Equal(t, "a\uFFFDb\uFFFD", s.text())
}

func TestStreamEndsBeforeTheStopString(t *testing.T) {
	for name, p := range map[string]pieces{
		"in one piece":     {"code", "\n```", "\n"},
		"over pieces":      {"code", "\n", "`", "``", "x"},
		"inside a piece":   {"code\n```python"},
		"after a near hit": {"code\n``", "\n```"},
	} {
		s, sent, stop := feed(p, "\n```")
		assert.Equal(t, "\n```", stop, name)
		assert.NotContains(t, strings.Join(sent, ""), "```", name)
		assert.Equal(t, s.text(), strings.Join(sent, ""), name)
	}
}

func TestStreamHoldsBackOnlyWhatMayBeAStop(t *testing.T) {
	_, sent, stop := feed(pieces{"a\n", "`b", "c"}, "\n```")
	assert.Empty(t, stop)
	assert.Equal(t, []string{"a", "\n`b", "c"}, sent)
}

// FuzzStream: what is handed on is the text up to the first stop, whatever the
// pieces are cut into.
func FuzzStream(f *testing.F) {
	f.Add("x = 1\n```\n", uint8(2), "\n```")
	f.Add("a\xe2\x82\xac", uint8(1), "b")
	f.Fuzz(func(t *testing.T, whole string, size uint8, stop string) {
		var p pieces
		for n := int(size%7) + 1; len(whole) > 0; whole = whole[min(n, len(whole)):] {
			p = append(p, whole[:min(n, len(whole))])
		}
		s, sent, hit := feed(p, stop)
		text := strings.Join(p, "")
		if i := strings.Index(text, stop); i >= 0 && stop != "" {
			require.Equal(t, stop, hit)
			text = text[:i]
		}
		require.Equal(t, strings.ToValidUTF8(text, "\uFFFD"), s.text())
		require.True(t, utf8.ValidString(strings.Join(sent, "")))
	})
}
