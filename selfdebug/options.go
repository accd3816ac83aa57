package selfdebug

import (
	"context"
	"time"

	"viscoder/engine"
	"viscoder/engine/snapshot"
	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/sampler"
)

// Options are the settings of a run; the zero value is useful.
type Options struct {
	Rounds       int            `json:"rounds"`                  // repair rounds after the first program; 0 = DefaultRounds, NoRepair = none
	Policy       string         `json:"policy"`                  // one of Policies; "" = the first
	Sampling     sampler.Config `json:"sampling"`                // zero = greedy; Seed is used where the policy samples
	MaxTokens    int            `json:"max_tokens"`              // of one answer; 0 = DefaultMaxTokens, and never more than the context holds
	Timeout      time.Duration  `json:"timeout_ns"`              // of one run of a program; 0 = the runner's default
	Budget       time.Duration  `json:"budget_ns"`               // of the whole run; 0 = none
	Format       string         `json:"format"`                  // of the picture: png (default), svg or pdf
	Strict       bool           `json:"strict,omitempty"`        // warnings about the picture are repaired too
	DataBudget   int            `json:"data_budget"`             // characters that describe the data files in the prompt; 0 = DefaultDataBudget
	NoDraft      bool           `json:"no_draft,omitempty"`      // decode one token at a time
	FirstProgram string         `json:"first_program,omitempty"` // a program to begin with instead of asking the model for one
}

// Defaults of Options.
const (
	DefaultRounds     = 3
	NoRepair          = -1
	DefaultMaxTokens  = 2048
	DefaultDataBudget = 3000
)

// Validate names the first setting that cannot be.
func (o Options) Validate() error {
	switch {
	case o.Rounds < NoRepair || o.Rounds > 100:
		return fault.New(fault.Usage, "rounds (--rounds) must be from 0 to 100, got %d", o.Rounds)
	case o.MaxTokens < 0:
		return fault.New(fault.Usage, "the token limit (--max-tokens) must not be negative, got %d", o.MaxTokens)
	case o.Timeout < 0:
		return fault.New(fault.Usage, "the time limit (--timeout) must not be negative, got %s", o.Timeout)
	case o.Budget < 0:
		return fault.New(fault.Usage, "the time budget (--budget) must not be negative, got %s", o.Budget)
	case o.DataBudget < 0:
		return fault.New(fault.Usage, "the data budget must not be negative, got %d", o.DataBudget)
	}
	if _, err := policyByName(o.Policy); err != nil {
		return err
	}
	return o.Sampling.Validate()
}

func (o Options) withDefaults() Options {
	switch o.Rounds {
	case 0:
		o.Rounds = DefaultRounds
	case NoRepair:
		o.Rounds = 0
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = DefaultMaxTokens
	}
	if o.DataBudget == 0 {
		o.DataBudget = DefaultDataBudget
	}
	return o
}

// Runner makes a program into pictures; *renderers.Runner is the one there is.
type Runner interface {
	Run(context.Context, renderers.Job) (renderers.Outcome, error)
}

// Deps are what a run needs. Journal may be nil: then one is made in the usual
// place.
type Deps struct {
	Model       *engine.Model
	Runner      Runner
	Journal     *Journal
	Snapshots   *snapshot.Store   // KV of instructions kept between processes; nil = not kept
	ModelSHA256 string            // of the weights, for the report
	ModelName   string            // as the user knows it; "" = the name in the file
	Versions    map[string]string // of what takes part, for run.json; may be nil
}

// session is what the loop needs of an engine.Session.
type session interface {
	Append(context.Context, []engine.Token) (engine.Prefill, error)
	Sync(context.Context, []engine.Token) (engine.Prefill, error)
	Generate(context.Context, engine.GenerateOptions) (engine.Generation, error)
	Rewind(int) error
	Len() int
	Room() int
	Restore(snapshot.Store, []engine.Token) int
	Keep(snapshot.Store, int) error
	Close() error
}

// turns is what the loop needs of an engine.Chat.
type turns interface {
	First(system, user string) ([]engine.Token, error)
	Next(user string) ([]engine.Token, error)
	Answer(text string) ([]engine.Token, error)
}
