package renderers

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
)

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[1;31mError\x1b[0m: x":            "Error: x",
		"\x1b]8;;http://x\x1b\\link\x1b]8;;\a": "link",
		"a\r\nb\x00\x07c\td":                   "a\nbc\td",
		"bad \xff byte":                        "bad � byte",
	} {
		assert.Equal(t, want, plain(in))
	}
}

func TestExcerpt(t *testing.T) {
	program := "a\nb\nc\nd\ne\nf\n"
	assert.Equal(t, "    1 | a\n>   2 | b\n    3 | c\n    4 | d", excerpt(program, 2, 0))
	assert.Equal(t, "    4 | d\n    5 | e\n>   6 | f\n      | ^", excerpt(program, 6, 1))
	assert.Empty(t, excerpt(program, 0, 0))
	assert.Empty(t, excerpt(program, 7, 0))
}

func TestLongLinesAreCutAroundTheColumn(t *testing.T) {
	program := strings.Repeat("x", 500) + "HERE" + strings.Repeat("y", 500)
	got := strings.Split(excerpt(program, 1, 501), "\n")
	assert.Contains(t, got[0], "…xx")
	assert.Contains(t, got[0], "xHEREy")
	assert.Equal(t, strings.Index(plainDots(got[0]), "HERE"), strings.Index(got[1], "^"), "the caret is under the column:\n%s\n%s", got[0], got[1])
	assert.Less(t, utf8.RuneCountInString(got[0]), 140)
}

func plainDots(s string) string { return strings.ReplaceAll(s, "…", ".") }

func TestLongMessagesAreCutAtTheFirstParagraph(t *testing.T) {
	assert.Equal(t, "wrong colour", gist("wrong colour\n\nValid ones: "+strings.Repeat("red ", 200)))
	assert.Equal(t, "wrong\n\nred", gist("wrong\n\nred"))
	assert.Equal(t, maxMessage, utf8.RuneCountInString(gist(strings.Repeat("é", 1000))))
}

func TestFeedbackHidesPlaces(t *testing.T) {
	got := feedback("cannot read '/home/ann/.local/lib/x.py'", "a", 1, 0, "see /tmp/abc/y.txt")
	assert.Equal(t, "cannot read 'x.py' (line 1)\n>   1 | a\nNote: see y.txt", got)
	assert.Equal(t, `see "https://a.b/c/d", 3/4 and n.csv`, withoutPaths(`see "https://a.b/c/d", 3/4 and /x/n.csv`))
}

func TestPosition(t *testing.T) {
	for offset, want := range map[int64][2]int{1: {1, 1}, 2: {1, 2}, 4: {2, 1}, 7: {2, 3}, 99: {2, 4}, 0: {1, 1}} {
		line, column := position("ab\nçde", offset)
		assert.Equal(t, want, [2]int{line, column}, "offset %d", offset)
	}
}

func FuzzFeedback(f *testing.F) {
	f.Add("message\n\nmore", "a\nb\nc", 2, 3, "note")
	f.Add("\x1b[31m", strings.Repeat("x", 300), 1, 200, "")
	f.Fuzz(func(t *testing.T, message, program string, line, column int, note string) {
		got := feedback(message, program, line, column, note)
		assert.True(t, utf8.ValidString(got))
		assert.NotContains(t, got, "\x1b")
		// Five lines, a caret, a message and a note, each within its bound.
		assert.Less(t, utf8.RuneCountInString(got), 6*(maxLine+20)+maxMessage+maxNote+60)
	})
}
