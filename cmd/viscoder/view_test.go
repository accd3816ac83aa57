package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/selfdebug"
)

const answer = "```python\nimport os\n\tx = 1\n\nprint(x)\n\n\n```"

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

func TestARunThatIsRepaired(t *testing.T) {
	s, out := onTerminal()
	s.colour = false
	v := newView(s, false)
	v.rounds = 4
	for _, e := range []selfdebug.Event{
		selfdebug.Started{Folder: "/runs/1", Notes: []string{"language python, as the request names none"}},
		selfdebug.RoundStarted{Move: selfdebug.MoveFirst},
		selfdebug.Prefilled{Evaluated: 400},
		selfdebug.Text{Text: "import os\nos.plot("},
		selfdebug.Text{Text: ")\n```"},
		selfdebug.Generated{Tokens: 9, Stopped: "fence"},
		selfdebug.Executing{},
		selfdebug.Judged{Verdict: selfdebug.Verdict{Message: "AttributeError: no\x1b[2J plot", Line: 2, Full: "Traceback …"}},
		selfdebug.RoundStarted{Round: 1, Move: selfdebug.MoveRepair},
		selfdebug.Prefilled{Round: 1, Evaluated: 60, Reused: 409},
		selfdebug.Text{Round: 1, Text: "import os\n"},
		selfdebug.Generated{Round: 1},
		selfdebug.Repeated{Round: 1, Tries: 1},
		selfdebug.Text{Round: 1, Text: "print(1)"},
		selfdebug.Generated{Round: 1},
		selfdebug.Judged{Round: 1, Verdict: selfdebug.Verdict{Passed: true}},
	} {
		v.event(e)
	}
	v.end()
	assert.Equal(t, []string{
		"language python, as the request names none",
		"│ import os",
		"│ os.plot()",
		"✗ AttributeError: no[2J plot (line 2)",
		"round 2 of 4",
		"│ import os",
		"↺ the same program again; asking for another",
		"│ print(1)",
		"",
	}, emulate(t, out.String()))
}

func TestVerboseTellsMore(t *testing.T) {
	var out bytes.Buffer
	v := newView(newScreen(&out, noEnv), false)
	v.verbose = true
	v.event(selfdebug.Started{Folder: "/runs/1"})
	v.event(selfdebug.Prefilled{Evaluated: 60, Reused: 409, Elapsed: 2 * time.Second})
	v.event(selfdebug.Generated{Tokens: 100, Elapsed: 5 * time.Second, Stopped: "fence"})
	v.event(selfdebug.Judged{Verdict: selfdebug.Verdict{Message: "bad", Full: "Traceback\n  line"}, Exec: time.Second})
	assert.Equal(t, "run folder /runs/1\n60 tokens read in 2.0 s, 409 kept from before\n100 tokens written in 5.0 s, 0 of them foreseen, ended by fence\n✗ bad\n  Traceback\n    line\n", out.String())
}
