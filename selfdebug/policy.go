package selfdebug

import (
	"slices"
	"strings"

	"viscoder/internal/fault"
)

// Move is a way of getting the next program.
type Move string

// The moves.
const (
	MoveFirst    Move = "first"    // the request
	MoveGiven    Move = "given"    // a program the user brought; nothing is generated
	MoveRepair   Move = "repair"   // a turn with the error, in the same conversation
	MoveResample Move = "resample" // the same turn again, sampled at a higher temperature
	MoveRestart  Move = "restart"  // the request alone, sampled: earlier programs are forgotten
	MoveStop     Move = "stop"
)

// Step is what to do next.
type Step struct {
	Move        Move
	Temperature float32 // of a resample or restart; 0 = as configured
	Reason      string  // for people, at a stop
}

// Attempt is what a policy knows of one program.
type Attempt struct {
	Round     int // 0 = the first program, then one for each repair turn
	Move      Move
	Program   string
	Identical bool // the same program as an earlier attempt; it was not run again
	Verdict   Verdict
}

// History is what a policy decides from.
type History struct {
	Rounds   int // repair rounds allowed
	Attempts []Attempt
}

func (h History) last() *Attempt {
	if len(h.Attempts) == 0 {
		return nil
	}
	return &h.Attempts[len(h.Attempts)-1]
}

// inRound counts the attempts of a round.
func (h History) inRound(round int) int {
	n := 0
	for _, a := range h.Attempts {
		if a.Round == round {
			n++
		}
	}
	return n
}

// repeats says whether a program equals an earlier attempt's.
func (h History) repeats(program string) bool {
	text := normalised(program)
	return slices.ContainsFunc(h.Attempts, func(a Attempt) bool { return normalised(a.Program) == text })
}

// verdictOn is the verdict that an earlier, equal program got.
func (h History) verdictOn(program string) Verdict {
	text := normalised(program)
	for _, a := range h.Attempts {
		if normalised(a.Program) == text {
			return a.Verdict
		}
	}
	return Verdict{}
}

// best is the index of the attempt that came furthest, the earliest in doubt;
// -1 without attempts.
func (h History) best() int {
	best := -1
	for i, a := range h.Attempts {
		if best < 0 || a.Verdict.Rank > h.Attempts[best].Verdict.Rank {
			best = i
		}
	}
	return best
}

// Policy decides the next move from what has happened; it holds no state.
type Policy interface {
	Name() string
	Next(History) Step
	wording() wording
}

// Policies are the names that Options.Policy may hold; the first is the default.
func Policies() []string {
	var names []string
	for _, p := range policies {
		names = append(names, p.Name())
	}
	return names
}

var policies = []Policy{persistent{}, paper{}}

func policyByName(name string) (Policy, error) {
	if name == "" {
		return policies[0], nil
	}
	for _, p := range policies {
		if p.Name() == name {
			return p, nil
		}
	}
	return nil, fault.New(fault.Usage, "unknown policy %q (--policy)", name).
		WithHint("Known are %s.", strings.Join(Policies(), ", "))
}

// paper is VisCoder2's self-debug protocol (arXiv 2510.23642v2): a repair turn
// with the whole error after each failure, and nothing else. It knows errors of
// programs only, none of looks.
type paper struct{}

func (paper) Name() string     { return "paper" }
func (paper) wording() wording { return paperWords{} }

func (paper) Next(h History) Step {
	if last := h.last(); last != nil && last.Verdict.Usable {
		return Step{Move: MoveStop, Reason: "there is a picture"}
	}
	return plainRounds(h)
}

func plainRounds(h History) Step {
	last := h.last()
	switch {
	case last == nil:
		return Step{Move: MoveFirst}
	case last.Verdict.Passed:
		return Step{Move: MoveStop, Reason: "passed"}
	case last.Round >= h.Rounds:
		return Step{Move: MoveStop, Reason: "all rounds are spent"}
	}
	return Step{Move: MoveRepair}
}

// persistent is the default: as the paper's, with short feedback, and it does
// not accept the same program twice. A small model asked to mend its program
// mostly copies it. Then the turn is sampled; where the copy in sight is too
// strong even so, the request is, without it.
type persistent struct{}

func (persistent) Name() string     { return "default" }
func (persistent) wording() wording { return conciseWords{} }

// escapes are the moves after a repeated program, one after the other until
// another program comes.
var escapes = []Step{
	{Move: MoveResample, Temperature: 0.8},
	{Move: MoveResample, Temperature: 1.0},
	{Move: MoveRestart, Temperature: 0.8},
	{Move: MoveRestart, Temperature: 1.0},
}

func (persistent) Next(h History) Step {
	last := h.last()
	if last != nil && last.Identical {
		if tries := h.inRound(last.Round) - 1; tries < len(escapes) {
			return escapes[tries]
		}
	}
	return plainRounds(h)
}
