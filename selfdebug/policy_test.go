package selfdebug

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

func failed(round int, program string, rank int) Attempt {
	return Attempt{Round: round, Program: program, Verdict: Verdict{Kind: renderers.KindProgram, Rank: rank}}
}

// trace plays a policy against programs that fail until one passes (""), and
// returns its moves.
func trace(p Policy, rounds int, answers ...Attempt) []Move {
	h := History{Rounds: rounds}
	var moves []Move
	round := -1
	for i := 0; ; i++ {
		step := p.Next(h)
		moves = append(moves, step.Move)
		if step.Move == MoveStop {
			return moves
		}
		if step.Move != MoveResample && step.Move != MoveRestart {
			round++
		}
		a := answers[i]
		a.Round, a.Move, a.Identical = round, step.Move, h.repeats(a.Program)
		h.Attempts = append(h.Attempts, a)
	}
}

func TestPaperRepeatsWhateverComes(t *testing.T) {
	same := failed(0, "a", 1)
	assert.Equal(t, []Move{MoveFirst, MoveRepair, MoveRepair, MoveRepair, MoveStop}, trace(paper{}, 3, same, same, same, same))
	assert.Equal(t, []Move{MoveFirst, MoveStop}, trace(paper{}, 0, same))
	assert.Equal(t, []Move{MoveFirst, MoveStop}, trace(paper{}, 3, Attempt{Verdict: Verdict{Passed: true}}))
}

func TestDefaultResamplesWhatItHasSeen(t *testing.T) {
	a, b, c := failed(0, "a", 1), failed(0, "b", 1), Attempt{Program: "c", Verdict: Verdict{Passed: true}}
	assert.Equal(t, []Move{MoveFirst, MoveRepair, MoveResample, MoveRepair, MoveStop}, trace(persistent{}, 3, a, a, b, c))
	assert.Equal(t, []Move{MoveFirst, MoveRepair, MoveResample, MoveResample, MoveRestart, MoveRestart, MoveStop},
		trace(persistent{}, 1, a, a, a, a, a, a), "tries are bounded, and rounds too")
	assert.Equal(t, []Move{MoveFirst, MoveRepair, MoveRepair, MoveResample, MoveStop},
		trace(persistent{}, 2, a, b, a, c), "any earlier program counts")
}

func TestEscapesAreHot(t *testing.T) {
	for _, e := range escapes {
		assert.GreaterOrEqual(t, e.Temperature, float32(0.8))
	}
}

func TestBestIsTheFurthestAndFirst(t *testing.T) {
	assert.Equal(t, -1, History{}.best())
	h := History{Attempts: []Attempt{failed(0, "a", 30), failed(1, "b", 40), failed(2, "c", 40)}}
	assert.Equal(t, 1, h.best())
}

func TestPolicyNames(t *testing.T) {
	assert.Equal(t, []string{"default", "paper"}, Policies())
	_, err := policyByName("no")
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	p, err := policyByName("")
	require.NoError(t, err)
	assert.Equal(t, "default", p.Name())
}

func TestRanks(t *testing.T) {
	program := "a\nb\nc\nd\n"
	r := func(kind string, line, pictures int) int {
		return rank(&renderers.Diagnostic{Kind: kind, Line: line}, program, pictures)
	}
	order := []int{rankNothing, r(renderers.KindSyntax, 1, 0), r(renderers.KindTimeout, 0, 0), r(renderers.KindProgram, 1, 0),
		r(renderers.KindProgram, 4, 0), r(renderers.KindNoPicture, 0, 0), r(renderers.KindProgram, 2, 1), rankPassed}
	assert.IsIncreasing(t, order)
}
