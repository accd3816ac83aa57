package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const answer = "```python\nimport os\n\tx = 1\n\nprint(x)\n```"

// inPieces cuts text as a model writes it.
func inPieces(v *view, text string) {
	for _, r := range text {
		v.code(string(r), 1)
	}
}

func TestCodeAppearsLineByLine(t *testing.T) {
	var out bytes.Buffer
	v := newView(newScreen(&out, noEnv), false)
	v.begin()
	v.code("```python\nimport", 1)
	assert.Empty(t, out.String())
	v.code(" os\nx", 1)
	assert.Equal(t, "import os\n", out.String())
	v.end()
	assert.Equal(t, "import os\nx\n", out.String())
}

func TestOnATerminalCodeHasABarAndNoFence(t *testing.T) {
	s, out := onTerminal()
	v := newView(s, false)
	v.rounds = 4
	v.next(1)
	v.say("writing")
	inPieces(v, answer+"\n")
	v.end()
	s.setLive()
	assert.Equal(t, []string{"│ import os", "│     x = 1", "│", "│ print(x)", ""}, emulate(t, out.String()))
}

func TestTheUnfinishedLineIsLive(t *testing.T) {
	s, out := onTerminal()
	v := newView(s, false)
	v.rounds = 4
	v.next(2)
	v.say("writing")
	inPieces(v, "a = 1\nb = ")
	rows := emulate(t, out.String())
	require.Len(t, rows, 3)
	assert.Equal(t, []string{"│ a = 1", "│ b ="}, rows[:2])
	assert.Contains(t, rows[2], "round 2 of 4 · writing · 10 tokens")
}

func TestLongLinesAreCutAtTheWidth(t *testing.T) {
	s, out := onTerminal()
	v := newView(s, false)
	v.code(strings.Repeat("x", 200)+"\n", 1)
	s.setLive()
	for _, row := range emulate(t, out.String()) {
		assert.Less(t, ansi.StringWidth(row), defaultWidth)
	}
	assert.Equal(t, 200, strings.Count(strings.Join(emulate(t, out.String()), ""), "x"))
}

func TestStatus(t *testing.T) {
	now := time.Now()
	v := &view{started: now.Add(-6 * time.Second)}
	assert.Equal(t, "6.0 s", v.status(now))
	v.round, v.rounds, v.phase, v.tokens, v.writing = 1, 4, "writing", 68, now.Add(-2*time.Second)
	assert.Equal(t, "round 1 of 4 · writing · 68 tokens · 34 tok/s · 6.0 s", v.status(now))
}

func TestQuietShowsNothing(t *testing.T) {
	s, out := onTerminal()
	v := newView(s, true)
	v.begin()
	inPieces(v, answer)
	v.end()
	assert.Empty(t, out.String())
}
