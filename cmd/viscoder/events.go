package main

import (
	"fmt"
	"strings"

	"viscoder/selfdebug"
)

// event shows what the loop tells.
func (v *view) event(e selfdebug.Event) {
	switch e := e.(type) {
	case selfdebug.Started:
		for _, n := range e.Notes {
			v.line(v.screen.paint(dim, clean(n)))
		}
		v.detail("run folder " + e.Folder)
		v.say("reading the request")
	case selfdebug.RoundStarted:
		v.next(e.Round + 1)
		if e.Round > 0 {
			v.line(v.screen.paint(bold, fmt.Sprintf("round %d of %d", e.Round+1, v.rounds)))
		}
		v.say(phaseOf(e.Move))
	case selfdebug.Prefilled:
		v.detail(fmt.Sprintf("%d tokens read in %s, %d kept from before", e.Evaluated, seconds(e.Elapsed), e.Reused))
		v.say("writing")
	case selfdebug.Text:
		v.code(e.Text, 1)
	case selfdebug.Generated:
		v.finishCode()
		v.detail(fmt.Sprintf("%d tokens written in %s, %d of them foreseen, ended by %s", e.Tokens, seconds(e.Elapsed), e.Accepted, e.Stopped))
	case selfdebug.Repeated:
		v.line(v.screen.paint(yellow, "↺") + " the same program again; asking for another")
		v.say("writing another")
	case selfdebug.Executing:
		v.say("running the program")
	case selfdebug.Judged:
		v.judged(e)
	}
}

func phaseOf(m selfdebug.Move) string {
	if m == selfdebug.MoveFirst {
		return "reading the request"
	}
	return "reading the error"
}

// judged says in a line what came of a program.
func (v *view) judged(e selfdebug.Judged) {
	if e.Verdict.Passed {
		v.detail("run in " + seconds(e.Exec))
		return
	}
	where := ""
	if e.Verdict.Line > 0 {
		where = fmt.Sprintf(" (line %d)", e.Verdict.Line)
	}
	v.line(v.screen.paint(red, "✗") + " " + clean(e.Verdict.Message) + where)
	if v.verbose && e.Verdict.Full != "" {
		v.line(v.screen.paint(dim, indent(clean(e.Verdict.Full), "  ")))
	}
}

// line writes what everybody should see.
func (v *view) line(text string) {
	if !v.quiet {
		v.screen.line(text)
	}
}

// detail writes what --verbose shows.
func (v *view) detail(text string) {
	if v.verbose && !v.quiet {
		v.screen.line(v.screen.paint(dim, strings.TrimRight(clean(text), "\n")))
	}
}
