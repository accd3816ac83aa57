package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/renderers/hostile"
)

// A tool that is there and does not draw is a failure; one that is missing only
// where it is needed.
func TestLanguageFindings(t *testing.T) {
	there, gone := renderers.ToolStatus{Name: "dot", Version: "2.43", OK: true}, renderers.ToolStatus{Name: "dot", Hint: "get it"}
	for _, c := range []struct {
		trial  renderers.Trial
		needed bool
		state  state
		says   string
	}{
		{renderers.Trial{OK: true, ExecS: 1.25, Tools: []renderers.ToolStatus{there}}, true, works, "1.2 s dot 2.43"},
		{renderers.Trial{Tools: []renderers.ToolStatus{gone}}, false, absent, "no dot"},
		{renderers.Trial{Tools: []renderers.ToolStatus{gone}}, true, fails, "no dot"},
		{renderers.Trial{Tools: []renderers.ToolStatus{there}, Problem: "it crashed"}, false, fails, "it crashed"},
		{renderers.Trial{Tools: []renderers.ToolStatus{there}}, true, absent, "no sandbox"},
	} {
		f := languageFinding(c.trial, c.needed)
		assert.Equal(t, c.state, f.State, "%+v", c.trial)
		assert.Contains(t, f.Detail, c.says)
		assert.Equal(t, c.state == fails, f.Code == fault.Toolchain)
	}
}

// One program that escapes, or shows nothing, or harm afterwards is enough for
// exit code 5 and a single JSON document.
func TestSiegeIsJudged(t *testing.T) {
	held := hostile.Verdict{Threat: "a", Result: hostile.Held}
	for _, c := range []struct {
		siege siege
		code  int
	}{
		{siege{Programs: []hostile.Verdict{held, {Result: hostile.NotTried}}}, 0},
		{siege{Programs: []hostile.Verdict{held, {Result: hostile.Escaped}}}, 5},
		{siege{Programs: []hostile.Verdict{held, {Result: hostile.Unclear}}}, 5},
		{siege{Programs: []hostile.Verdict{held}, Harm: "a file was changed"}, 5},
	} {
		var out, errs bytes.Buffer
		a := NewApp(strings.NewReader(""), &out, &errs, func(string) string { return "" })
		a.json = true
		assert.Equal(t, c.code, a.finish(a.judge(c.siege)))
		assert.Equal(t, 1, strings.Count(out.String(), `"ok"`))
		assert.Equal(t, c.code == 0, !strings.Contains(errs.String(), "does not hold"))
	}
}
