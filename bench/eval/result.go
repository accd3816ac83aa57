package eval

import (
	"path/filepath"
	"slices"
	"time"

	"viscoder/selfdebug"
)

// Result is what became of a task: one line of results.jsonl. Paths are
// relative to the evaluation's folder.
type Result struct {
	Key         string    `json:"key"`
	Language    string    `json:"language"`
	Category    string    `json:"category,omitempty"`
	Instruction string    `json:"task"`
	Style       string    `json:"style,omitempty"`
	Passed      bool      `json:"passed"`
	HasFacts    bool      `json:"has_facts,omitempty"` // and a Checker that reads them
	Error       string    `json:"error,omitempty"`     // why nothing could be tried at all
	Attempts    []Attempt `json:"attempts"`
	Best        int       `json:"best"`                // round of the best attempt; -1 = none
	Picture     string    `json:"picture,omitempty"`   // of the best attempt
	Reference   string    `json:"reference,omitempty"` // how it should look
	Folder      string    `json:"folder"`

	Fidelity *float64 `json:"fidelity,omitempty"`     // 0–1: share of the facts that hold; absent if unknown
	Failed   []string `json:"failed_facts,omitempty"` // facts that do not
	SSIM     *float64 `json:"ssim,omitempty"`         // likeness to Reference

	Judged *Scores `json:"judge,omitempty"`

	WorkS    float64   `json:"work_s"` // model and programs of this task, without waiting for others
	Session  time.Time `json:"session"`
	ElapsedS float64   `json:"elapsed_s"` // of the session, when the task was done
}

// Attempt is one round of a task: a program and what came of it.
type Attempt struct {
	Round     int            `json:"round"`
	Move      selfdebug.Move `json:"move"`
	Program   string         `json:"program"`
	Passed    bool           `json:"passed"`
	Identical bool           `json:"identical,omitempty"` // the program is one of an earlier round
	Repeated  bool           `json:"repeated,omitempty"`  // some answer of the round was
	Kind      string         `json:"kind,omitempty"`      // as the renderers have it
	Class     string         `json:"class,omitempty"`     // as the paper has it
	Error     string         `json:"error,omitempty"`     // one line
	Line      int            `json:"line,omitempty"`
	Log       string         `json:"log,omitempty"`     // all that the tool said, up to maxLog
	Picture   string         `json:"picture,omitempty"` // also of a failed attempt
	Evaluated int            `json:"prompt_tokens"`     // of the new turn
	Reused    int            `json:"reused_tokens"`     // before it, whose KV was kept
	Generated int            `json:"generated_tokens"`
	Answers   int            `json:"answers"` // generated in the round
	Stopped   string         `json:"stopped,omitempty"`
	PrefillS  float64        `json:"prefill_s"`
	DecodeS   float64        `json:"decode_s"`
	ExecS     float64        `json:"exec_s"`
}

// maxLog bounds what of a tool's words is kept, in bytes.
const maxLog = 6000

// passedBy says whether the task had passed after a round.
func (r Result) passedBy(round int) bool {
	return slices.ContainsFunc(r.Attempts, func(a Attempt) bool { return a.Passed && a.Round <= round })
}

// last is the attempt that a round ended with: its own, or the last one before.
func (r Result) last(round int) *Attempt {
	for i := len(r.Attempts) - 1; i >= 0; i-- {
		if r.Attempts[i].Round <= round {
			return &r.Attempts[i]
		}
	}
	return nil
}

// best is the attempt that the result stands for, nil without any.
func (r Result) best() *Attempt {
	for i := range r.Attempts {
		if r.Attempts[i].Round == r.Best {
			return &r.Attempts[i]
		}
	}
	return nil
}

// listener gathers the verdicts of a run, which its report has in short only.
type listener struct{ verdicts map[int]selfdebug.Verdict }

func (l *listener) event(e selfdebug.Event) {
	if j, ok := e.(selfdebug.Judged); ok {
		l.verdicts[j.Round] = j.Verdict
	}
}

// attempts makes the rounds of a report attempts; dir is the evaluation's folder.
func (l *listener) attempts(rep *selfdebug.Report, dir string) []Attempt {
	all := make([]Attempt, 0, len(rep.Rounds))
	for _, r := range rep.Rounds {
		v := l.verdicts[r.Round]
		a := Attempt{Round: r.Round, Move: r.Move, Program: r.Program, Passed: r.ErrorKind == "" && v.Passed,
			Repeated: r.Identical, Kind: r.ErrorKind, Error: r.Error, Line: r.ErrorLine, Log: clip(v.Full, maxLog),
			Evaluated: r.PromptEvaluated, Reused: r.KVReused, Generated: r.Generated, Answers: r.Tries,
			Stopped: r.Stopped, PrefillS: r.PrefillS, DecodeS: r.DecodeS, ExecS: r.ExecS}
		a.Identical = a.Program != "" && slices.ContainsFunc(all, func(b Attempt) bool { return selfdebug.Same(a.Program, b.Program) })
		if a.Kind != "" {
			a.Class = Class(rep.Language, a.Kind, a.Error, v.Full)
		}
		if len(v.Pictures) > 0 {
			a.Picture = relative(dir, v.Pictures[0])
		}
		all = append(all, a)
	}
	return all
}

func relative(dir, path string) string {
	if path == "" {
		return ""
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}

// clip keeps the start and the end of a long text.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return validUTF8(s[:n/2]) + "\n…\n" + validUTF8(s[len(s)-n/2:])
}
