package renderers

import (
	"context"
	"strings"

	"viscoder/internal/fault"
)

// Trial is what became of a language's sample on this machine.
type Trial struct {
	Name  string       `json:"name"`
	OK    bool         `json:"ok"` // the sample became a good picture
	Tools []ToolStatus `json:"tools"`
	// Problem says what went wrong although every tool is there; empty: nothing did.
	Problem string `json:"problem,omitempty"`
	Hint    string `json:"hint,omitempty"` // how to put it right
	// Pictures are host paths in the folder that Try was given.
	Pictures []string `json:"pictures,omitempty"`
	ExecS    float64  `json:"exec_s"` // seconds that the program ran, start of the sandbox included
}

// Missing lists the names of tools that are not there.
func (t Trial) Missing() []string {
	var names []string
	for _, tool := range t.Tools {
		if !tool.OK {
			names = append(names, tool.Name)
		}
	}
	return names
}

// LookFor is a Trial without the drawing, for where no sandbox starts: it says
// which tools are there, and is never OK.
func (l *Language) LookFor(ctx context.Context, tools *Tools) Trial {
	t := Trial{Name: l.Name, Tools: l.DetectWith(ctx, tools)}
	var hints []string
	seen := map[string]bool{"": true}
	for _, tool := range t.Tools {
		if !seen[tool.Hint] {
			seen[tool.Hint] = true
			hints = append(hints, tool.Hint)
		}
	}
	t.Hint = strings.Join(hints, "\n")
	return t
}

// Try looks for the tools of a language and, where all are there, draws its
// sample in the sandbox into the folder out. The error is the context's; what
// does not work is a Trial that is not OK.
func (r *Runner) Try(ctx context.Context, l *Language, out string) (Trial, error) {
	t := l.LookFor(ctx, r.o.Tools)
	if ctx.Err() != nil {
		return t, context.Cause(ctx)
	}
	if len(t.Missing()) > 0 {
		return t, nil
	}
	o, err := r.Run(ctx, Job{Language: l, Program: l.Sample, Out: out})
	if ctx.Err() != nil {
		return t, context.Cause(ctx)
	}
	t.ExecS, t.Pictures = o.Exec.Seconds(), o.Pictures
	switch {
	case err != nil:
		t.Problem, t.Hint = err.Error(), fault.HintOf(err)
	case o.Diagnostic != nil:
		t.Problem = "its sample does not draw: " + o.Diagnostic.Message
		t.Hint = "Run `viscoder setup " + l.Name + "`; if that does not help, report what `viscoder doctor --json` says."
	default:
		t.OK = true
	}
	return t, nil
}
