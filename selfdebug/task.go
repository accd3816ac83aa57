package selfdebug

import (
	"strings"

	"viscoder/internal/fault"
)

// Task is what is to be drawn.
type Task struct {
	Prompt   string   `json:"prompt"`          // the request in the user's words
	Style    string   `json:"style,omitempty"` // wishes about looks, kept apart by benchmarks
	Setup    string   `json:"setup,omitempty"` // instruction about libraries instead of the language's own
	Language string   `json:"language"`        // name of a language, or "" or "auto" to choose by the request
	Data     []string `json:"data"`            // paths of data files
}

// Auto lets the request choose the language, and where that leaves doubt the
// model.
const Auto = "auto"

// Validate names what is missing.
func (t Task) Validate() error {
	if strings.TrimSpace(t.Prompt) == "" {
		return fault.New(fault.Usage, "the request is empty").
			WithHint(`Say what to draw: viscoder "plot monthly sales"`)
	}
	return nil
}
