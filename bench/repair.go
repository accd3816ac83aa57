package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"viscoder/engine"
	"viscoder/engine/llama"
	"viscoder/internal/fault"
)

// RepairOptions are the settings of Repair.
type RepairOptions struct {
	Setup     Setup
	Turns     []RepairTurn
	MaxTokens int      // of an answer; 0: 400
	Modes     []string // of RepairModes; nil: all
	Server    string   // base address of a running llama-server to take turns with; "" for none
	Progress  func(line string)
}

// repairMode is a way to answer a turn.
type repairMode struct {
	name    string
	kernels llama.Kernels
	draft   bool
}

var repairModes = []repairMode{
	{"plain", llama.KernelsGGML, false},
	{"draft", llama.KernelsGGML, true},
	{"kernels", llama.KernelsOurs, false},
	{"draft+kernels", llama.KernelsOurs, true},
}

// modeServer is the mode of llama-server's rows.
const modeServer = "llama-server"

// RepairModes are the names of the modes.
func RepairModes() []string {
	var names []string
	for _, m := range repairModes {
		names = append(names, m.name)
	}
	return names
}

// Validate names the first setting that cannot be.
func (o RepairOptions) Validate() error {
	if o.MaxTokens < 0 {
		return fault.New(fault.Usage, "--max-tokens must not be negative, got %d", o.MaxTokens)
	}
	for _, m := range o.Modes {
		if !slices.Contains(RepairModes(), m) {
			return fault.New(fault.Usage, "--modes: there is no %q", m).WithHint("They are %s.", strings.Join(RepairModes(), ", "))
		}
	}
	return nil
}

// RepairRow is one turn answered in one mode.
type RepairRow struct {
	Setup
	Bench    string `json:"bench"`
	Mode     string `json:"mode"`
	Turn     string `json:"turn"`
	Language string `json:"language"`

	PromptEvaluated int     `json:"prompt_evaluated"` // tokens of the turn
	PromptReused    int     `json:"prompt_reused"`    // tokens before it whose KV was there
	Generated       int     `json:"generated"`
	Drafted         int     `json:"drafted"`
	Accepted        int     `json:"accepted"`
	MeanAccepted    float64 `json:"mean_accepted"` // tokens for each decode, the sampled one included
	TTFTMS          float64 `json:"ttft_ms"`       // from the start of the turn to the first token
	TPOTMS          float64 `json:"tpot_ms"`       // for each token after the first
	GapP50MS        float64 `json:"gap_p50_ms"`    // between pieces of text
	GapP99MS        float64 `json:"gap_p99_ms"`
	WallS           float64 `json:"wall_s"`
	Same            bool    `json:"same"`  // the text is that of the same kernels without drafts
	Ratio           float64 `json:"ratio"` // × the speed of the base, llama-server or plain; 0: not compared

	text string
}

// answerEnd is what an answer is over with.
const answerEnd = "\n```"

// Repair answers recorded repair turns in every mode, one turn after the other,
// the modes by turns. The conversation before is in the KV cache, as it is when
// the program has just failed; what is timed is evaluating the turn and
// generating the answer, greedily.
func Repair(ctx context.Context, path string, o RepairOptions) ([]RepairRow, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.MaxTokens == 0 {
		o.MaxTokens = 400
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	bench, err := openRepair(ctx, path, o)
	if err != nil {
		return nil, err
	}
	defer bench.close()
	var rows []RepairRow
	for i, t := range o.Turns {
		turn, err := bench.turn(ctx, t)
		if err != nil {
			return nil, fmt.Errorf("turn %s: %w", t.Name, err)
		}
		o.Progress(fmt.Sprintf("turn %d of %d, %s: %s", i+1, len(o.Turns), t.Name, turnLine(turn)))
		rows = append(rows, turn...)
	}
	return rows, nil
}

// repairBench holds a session for each set of kernels.
type repairBench struct {
	o        RepairOptions
	models   map[llama.Kernels]*engine.Model
	sessions map[llama.Kernels]*engine.Session
	server   *completions
}

func openRepair(ctx context.Context, path string, o RepairOptions) (*repairBench, error) {
	b := &repairBench{o: o, models: map[llama.Kernels]*engine.Model{}, sessions: map[llama.Kernels]*engine.Session{}}
	for _, m := range b.modes() {
		if b.models[m.kernels] != nil {
			continue
		}
		model, err := engine.Open(ctx, path, engine.Options{Threads: o.Setup.Threads, Kernels: string(m.kernels), ContextTokens: 4096, Sequences: 1})
		if err != nil {
			b.close()
			return nil, err
		}
		b.models[m.kernels] = model
		if b.sessions[m.kernels], err = model.NewSession(); err != nil {
			b.close()
			return nil, err
		}
	}
	if o.Server != "" {
		b.server = newCompletions(o.Server)
	}
	return b, nil
}

func (b *repairBench) close() {
	for _, m := range b.models {
		m.Close()
	}
}

func (b *repairBench) modes() (chosen []repairMode) {
	for _, m := range repairModes {
		if len(b.o.Modes) == 0 || slices.Contains(b.o.Modes, m.name) {
			chosen = append(chosen, m)
		}
	}
	return chosen
}

// conversation is a turn as tokens: what is in the cache, the answer within it,
// and the turn.
type conversation struct{ before, answer, next []engine.Token }

func layOut(chat *engine.Chat, t RepairTurn) (c conversation, err error) {
	if c.before, err = chat.First(t.System, t.User); err != nil {
		return c, err
	}
	opening, err := chat.Answer(t.Opening)
	if err != nil {
		return c, err
	}
	if c.answer, err = chat.Answer(t.Answer); err != nil {
		return c, err
	}
	if c.next, err = chat.Next(t.Repair); err != nil {
		return c, err
	}
	c.before = slices.Concat(c.before, opening, c.answer)
	c.next = append(c.next, opening...)
	return c, nil
}

// turn answers one turn in every mode.
func (b *repairBench) turn(ctx context.Context, t RepairTurn) ([]RepairRow, error) {
	var rows []RepairRow
	var c conversation
	for _, m := range b.modes() {
		var err error
		if c, err = layOut(b.models[m.kernels].Chat(), t); err != nil {
			return nil, err
		}
		row, err := answerTurn(ctx, b.sessions[m.kernels], c, m, b.o.MaxTokens)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	if b.server != nil {
		row, err := b.server.answer(ctx, c, b.o.MaxTokens)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	for i := range rows {
		rows[i].Setup, rows[i].Bench = b.o.Setup, "repair"
		rows[i].Turn, rows[i].Language = t.Name, t.Language
	}
	judgeTurn(rows)
	return rows, nil
}

// answerTurn answers one turn in one mode.
func answerTurn(ctx context.Context, s *engine.Session, c conversation, m repairMode, most int) (RepairRow, error) {
	row := RepairRow{Mode: m.name}
	if _, err := s.Sync(ctx, c.before); err != nil {
		return row, err
	}
	o := engine.GenerateOptions{MaxTokens: most, Stop: []string{answerEnd}}
	if m.draft {
		o.Draft = &engine.Draft{Previous: c.answer}
	}
	start := time.Now()
	clock := newClock(start)
	o.OnText = clock.piece
	p, err := s.Append(ctx, c.next)
	if err != nil {
		return row, err
	}
	g, err := s.Generate(ctx, o)
	if err != nil {
		return row, err
	}
	row.PromptEvaluated, row.PromptReused = p.Evaluated, p.Reused
	row.Generated, row.Drafted, row.Accepted, row.text = len(g.Tokens), g.Drafted, g.Accepted, g.Text
	if decodes := row.Generated - row.Accepted; decodes > 0 {
		row.MeanAccepted = float64(row.Generated) / float64(decodes)
	}
	clock.fill(&row, p.Elapsed+g.FirstToken)
	return row, nil
}

// judgeTurn compares the modes of one turn: texts within the kernels, speed with
// llama-server, or with plain where there is none.
func judgeTurn(rows []RepairRow) {
	find := func(mode string) *RepairRow {
		for i := range rows {
			if rows[i].Mode == mode {
				return &rows[i]
			}
		}
		return nil
	}
	for i := range rows {
		r := &rows[i]
		r.Same = true
		undrafted := map[string]string{"draft": "plain", "draft+kernels": "kernels"}
		if base := find(undrafted[r.Mode]); base != nil {
			r.Same = r.text == base.text
		}
		base := find(modeServer)
		if base == nil {
			base = find("plain")
		}
		if base != nil && base != r && r.WallS > 0 {
			r.Ratio = base.WallS / r.WallS
		}
	}
}
