package eval

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFactsChecker(t *testing.T) {
	task := Task{Language: "svg", Facts: []byte(`{"elements":{"circle":2,"rect":1}}`)}
	drawn := Drawn{Program: `<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/><circle r="3"/></svg>`}
	score, failed, ok := FactsChecker{}.Check(t.Context(), task, drawn)
	assert.True(t, ok)
	assert.InDelta(t, 0.5, score, 1e-9)
	assert.Equal(t, []string{"there are 1 <circle>, not 2"}, failed)
	task.Facts = nil
	_, _, ok = FactsChecker{}.Check(t.Context(), task, drawn)
	assert.False(t, ok, "without facts it is unknown")
}
