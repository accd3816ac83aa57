package eval

import (
	"bytes"
	"context"
	"encoding/json"

	"viscoder/internal/fault"
	"viscoder/selfdebug/fidelity"
)

// FactsChecker holds a task's facts against what its program drew.
type FactsChecker struct{}

// Check is Checker's; a task without facts cannot be judged.
func (FactsChecker) Check(_ context.Context, t Task, d Drawn) (score float64, failed []string, ok bool) {
	facts, err := parseFacts(t.Facts)
	if err != nil {
		return 0, nil, false // the reader of task files has told of it
	}
	r := fidelity.Check(facts, fidelity.Evidence{Language: t.Language, Program: d.Program, Data: t.Data, Scene: d.Outcome.Scene})
	return r.Score(), r.Missing, r.Total > 0
}

// parseFacts reads the facts of a task file.
func parseFacts(text []byte) (f fidelity.Facts, err error) {
	if len(text) == 0 {
		return f, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return f, decoder.Decode(&f)
}

// checkFacts says what is wrong with a task's facts.
func (t Task) checkFacts() error {
	if _, err := parseFacts(t.Facts); err != nil {
		return fault.Wrap(err, fault.Usage, "%s: the facts of task %s", t.Origin, t.ID).WithHint("docs/FIDELITY.md has their schema")
	}
	return nil
}
