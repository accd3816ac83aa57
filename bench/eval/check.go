package eval

import (
	"context"
	"strings"

	"viscoder/renderers"
)

// Checker says how much of what a task asks for its picture shows.
type Checker interface {
	// Check gives the share of the task's facts that hold, 0–1, and says which
	// do not. ok is false where it cannot be known, as for a task without facts.
	Check(ctx context.Context, t Task, d Drawn) (score float64, failed []string, ok bool)
}

// Drawn is a program that passed, and what came of it.
type Drawn struct {
	Program string
	Outcome renderers.Outcome
}

func validUTF8(s string) string { return strings.ToValidUTF8(s, "") }
