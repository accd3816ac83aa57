package eval

import (
	"time"

	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/selfdebug"
)

// Settings are what two runs must share to be the same measurement; they lie in
// eval.json, and a run goes on only under the same ones.
type Settings struct {
	Files       []TaskFile        `json:"files"`
	Choice      Choice            `json:"choice"`
	Shard       string            `json:"shard,omitempty"`
	Model       string            `json:"model"`
	ModelSHA256 string            `json:"model_sha256"`
	Policy      string            `json:"policy"`
	Rounds      int               `json:"rounds"` // repair rounds, 0 to MaxRounds
	MaxTokens   int               `json:"max_tokens"`
	Context     int               `json:"context_tokens"` // of one conversation
	Budget      time.Duration     `json:"budget_ns,omitempty"`
	Timeouts    string            `json:"timeouts"` // paper or ours
	References  bool              `json:"references"`
	Judge       string            `json:"judge,omitempty"` // address and model of the judge
	Kernels     string            `json:"kernels,omitempty"`
	Threads     int               `json:"threads"` // that compute
	Jobs        int               `json:"jobs"`    // tasks under way at a time
	NoDraft     bool              `json:"no_draft,omitempty"`
	Versions    map[string]string `json:"versions"`
}

// TaskFile is a file of tasks by its name and content.
type TaskFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// MaxRounds is how many repair rounds the reports have columns for.
const MaxRounds = 9

// Validate names the first setting that cannot be.
func (s Settings) Validate() error {
	switch {
	case s.Rounds < 0 || s.Rounds > MaxRounds:
		return fault.New(fault.Usage, "--rounds must be from 0 to %d, got %d", MaxRounds, s.Rounds)
	case s.Timeouts != TimeoutsPaper && s.Timeouts != TimeoutsOurs:
		return fault.New(fault.Usage, "--timeouts: unknown set %q", s.Timeouts).WithHint("known are: paper, ours")
	}
	return s.options("python").Validate()
}

// options of the loop for a task of a language.
func (s Settings) options(language string) selfdebug.Options {
	o := selfdebug.Options{Rounds: s.Rounds, Policy: s.Policy, MaxTokens: s.MaxTokens, Budget: s.Budget, NoDraft: s.NoDraft, Timeout: s.timeout(language)}
	if s.Rounds == 0 {
		o.Rounds = selfdebug.NoRepair
	}
	o.Sampling.Seed = s.Choice.Seed
	return o
}

// The sets of time limits for one run of a program.
const (
	TimeoutsPaper = "paper" // as VisPlotBench's harness has them
	TimeoutsOurs  = "ours"  // as for a user
)

// paperTimeouts are VisPlotBench's limits; the start of a browser or a Python is
// inside them there as here.
var paperTimeouts = map[string]time.Duration{
	"python": 30 * time.Second, "vegalite": 5 * time.Second, "lilypond": 5 * time.Second, "mermaid": 15 * time.Second,
	"svg": 5 * time.Second, "latex": 5 * time.Second, "asymptote": 5 * time.Second, "html": 10 * time.Second,
}

func (s Settings) timeout(language string) time.Duration {
	if t, ok := paperTimeouts[language]; ok && s.Timeouts == TimeoutsPaper {
		return t
	}
	return renderers.DefaultTimeout
}
