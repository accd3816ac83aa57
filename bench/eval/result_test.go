package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/selfdebug"
)

func TestAttemptsOfAReport(t *testing.T) {
	heard := &listener{verdicts: map[int]selfdebug.Verdict{}}
	heard.event(selfdebug.Judged{Round: 0, Verdict: selfdebug.Verdict{Kind: "program", Full: "TypeError: x", Pictures: []string{"/o/runs/a/round-0/p.png"}}})
	heard.event(selfdebug.Judged{Round: 2, Verdict: selfdebug.Verdict{Passed: true, Pictures: []string{"/o/runs/a/round-2/p.png"}}})
	rounds := []selfdebug.Round{
		{Round: 0, Program: "draw(1)\n", ErrorKind: "program", Error: "TypeError: x", Generated: 9, Tries: 1},
		{Round: 1, Program: "# again\ndraw(1)\n", ErrorKind: "program", Error: "TypeError: x", Identical: true, Tries: 1},
		{Round: 2, Program: "draw(2)\n", Identical: true, Tries: 2},
	}
	all := heard.attempts(&selfdebug.Report{Language: "python", Rounds: rounds}, "/o")
	require.Len(t, all, 3)
	assert.Equal(t, "Type", all[0].Class)
	assert.Equal(t, "runs/a/round-0/p.png", all[0].Picture)
	assert.True(t, all[1].Identical, "a comment makes no other program")
	assert.True(t, all[2].Passed)
	assert.True(t, all[2].Repeated)
	assert.False(t, all[2].Identical, "another answer was taken")
	f := Summarise([]Result{{Language: "python", Passed: true, Attempts: all}}, 2)
	assert.InDelta(t, 0.5, *f.IdenticalRate, 1e-9)
	assert.InDelta(t, 1, *f.RepeatRate, 1e-9)
}
