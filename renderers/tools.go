package renderers

import (
	"context"
	"os"
	"sync"

	"viscoder/internal/place"
)

// Tools says where the programs are that draw. The zero value finds them.
type Tools struct {
	// PythonPath is the user's own interpreter for Python programs; empty:
	// $VISCODER_PYTHON, else the managed environment.
	PythonPath string
	// Dir holds the managed toolchains; empty: place.Toolchains().
	Dir string

	mu    sync.Mutex
	known map[string]Interpreter // interpreters of the user, asked once
}

// Tool is one thing that a language cannot do without.
type Tool struct {
	Name string
	find func(context.Context, *Tools) (version, path string, err error)
}

// ToolStatus says what was found of a Tool.
type ToolStatus struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Path    string `json:"path,omitempty"`
	OK      bool   `json:"ok"`
	Hint    string `json:"hint,omitempty"` // how to get or to mend it
}

// Detect says what is there of what a language needs, in the usual places.
func (l *Language) Detect(ctx context.Context) []ToolStatus {
	return l.DetectWith(ctx, &Tools{})
}

// DetectWith is Detect with tools in other places.
func (l *Language) DetectWith(ctx context.Context, tools *Tools) []ToolStatus {
	var found []ToolStatus
	for _, need := range l.Needs {
		s := ToolStatus{Name: need.Name}
		version, path, err := need.find(ctx, tools)
		if err == nil {
			s.Version, s.Path, s.OK = version, path, true
		} else {
			s.Hint = describe(err)
		}
		found = append(found, s)
	}
	return found
}

func (t *Tools) dir() string {
	if t.Dir != "" {
		return t.Dir
	}
	return place.Toolchains()
}

func (t *Tools) ownPython() string {
	if t.PythonPath != "" {
		return t.PythonPath
	}
	return os.Getenv("VISCODER_PYTHON")
}
