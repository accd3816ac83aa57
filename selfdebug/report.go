package selfdebug

import (
	"viscoder/internal/fault"
	"viscoder/selfdebug/fidelity"
)

// Status is how a run ended.
type Status string

// The ends of a run.
const (
	StatusOK          Status = "ok"
	StatusFailed      Status = "failed"      // no picture passed within the rounds or the budget
	StatusInterrupted Status = "interrupted" // the caller's context ended
)

// Report is the result of a run, and the document that --json prints.
type Report struct {
	Status      Status   `json:"status"`
	Language    string   `json:"language"`
	Picture     string   `json:"picture"` // absolute path of the best picture; "" = none
	Pictures    []string `json:"pictures"`
	Model       string   `json:"model"`
	ModelSHA256 string   `json:"model_sha256,omitempty"`
	Policy      string   `json:"policy"`
	Seed        uint64   `json:"seed"`
	WallS       float64  `json:"wall_s"`
	Folder      string   `json:"folder"`
	Program     string   `json:"program"`   // the text that made the picture, or the best attempt
	Error       string   `json:"error"`     // of the best attempt; "" when status is ok
	MockData    bool     `json:"mock_data"` // the values were made up by the model
	Best        int      `json:"best"`      // the round that Picture and Program are from; -1 = none
	Notes       []string `json:"notes"`
	Warnings    []string `json:"warnings"` // what the check of the picture found short of failing
	Rounds      []Round  `json:"rounds"`

	// Asked says how much of what the request names is seen in the picture; nil
	// where that cannot be checked.
	Asked *fidelity.Result `json:"asked,omitempty"`
}

// Round is one program and what came of it. Round 0 answers the request, each
// further one a repair turn.
type Round struct {
	Round           int     `json:"round"`
	Move            Move    `json:"move"`             // how the program of the round came about
	PromptEvaluated int     `json:"prompt_evaluated"` // tokens of the new turn, all evaluated
	KVReused        int     `json:"kv_reused"`        // tokens before it whose KV was kept
	Generated       int     `json:"generated"`        // tokens, of resamples too
	Drafted         int     `json:"drafted"`          // tokens guessed and verified along with another
	Accepted        int     `json:"accepted"`         // of Generated, those that were guessed
	Tries           int     `json:"tries"`            // answers generated in the round
	Identical       bool    `json:"identical"`        // an answer repeated an earlier program
	Dropped         int     `json:"dropped"`          // earlier attempts taken out to make room
	PrefillTokS     float64 `json:"prefill_tok_s"`
	DecodeTokS      float64 `json:"decode_tok_s"`
	PrefillS        float64 `json:"prefill_s"`
	DecodeS         float64 `json:"decode_s"`
	ExecS           float64 `json:"exec_s"`
	Stopped         string  `json:"stopped"` // what ended the last answer
	ErrorKind       string  `json:"error_kind,omitempty"`
	Error           string  `json:"error"` // one line; "" when the round passed
	ErrorLine       int     `json:"error_line,omitempty"`
	Program         string  `json:"program"` // text
	File            string  `json:"file"`    // where it lies in the folder
}

// Fault is the failure that the status stands for, nil when a picture passed.
func (r *Report) Fault() error {
	switch r.Status {
	case StatusOK:
		return nil
	case StatusInterrupted:
		return fault.New(fault.Interrupted, "interrupted; what there is lies in %s", r.Folder)
	}
	message := "no picture after %d rounds: %s"
	if len(r.Rounds) == 1 {
		message = "no picture after %d round: %s"
	}
	return fault.New(fault.NoPicture, message, len(r.Rounds), r.Error).
		WithHint("The programs and their errors lie in %s. Say it differently, allow more --rounds, or take a larger --model.", r.Folder)
}
