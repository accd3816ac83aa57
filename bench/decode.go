package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"viscoder/engine"
	"viscoder/engine/llama"
	"viscoder/internal/fault"
)

// DecodeOptions are the settings of Decode; zero fields have llama-bench's sizes.
type DecodeOptions struct {
	Setup       Setup  // of the rows
	Prompt      int    // tokens of a prefill; 0: 512
	Generate    int    // tokens decoded one by one; 0: 128
	Depths      []int  // tokens in the KV cache before; nil: 0
	Repetitions int    // samples of each row; 0: 5
	Versus      string // llama-bench binary to take turns with; "" for none
	Progress    func(line string)
}

// Validate names the first setting that cannot be.
func (o DecodeOptions) Validate() error {
	for flag, value := range map[string]int{"prompt": o.Prompt, "generate": o.Generate, "repetitions": o.Repetitions} {
		if value < 0 {
			return fault.New(fault.Usage, "--%s must not be negative, got %d", flag, value)
		}
	}
	for _, d := range o.Depths {
		if d < 0 {
			return fault.New(fault.Usage, "--depths must not be negative, got %d", d)
		}
	}
	return nil
}

func (o DecodeOptions) withDefaults() DecodeOptions {
	if o.Prompt == 0 {
		o.Prompt = 512
	}
	if o.Generate == 0 {
		o.Generate = 128
	}
	if o.Depths == nil {
		o.Depths = []int{0}
	}
	if o.Repetitions == 0 {
		o.Repetitions = defaultRepetitions
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o
}

// ContextTokens is the shortest context that Decode can work in.
func (o DecodeOptions) ContextTokens() int {
	o = o.withDefaults()
	return slices.Max(o.Depths) + max(o.Prompt, o.Generate+2)
}

// Contender is the model loaded for a set of kernels.
type Contender struct {
	Kernels llama.Kernels
	Model   *engine.Model
}

// Decode times prefill (ppN) and single-token decode (tgN, greedy sampling
// included) through the same Session that draws pictures. The models are one file
// loaded for several sets of kernels; they and llama-bench take turns.
func Decode(ctx context.Context, models []Contender, o DecodeOptions) ([]Row, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	var all []*Row
	players := make([]*player, len(models))
	for i, m := range models {
		p, err := newPlayer(m, o)
		if err != nil {
			return nil, err
		}
		defer p.session.Close()
		players[i] = p
	}
	// One KV cache is filled deeper and deeper: attention looks at all that it
	// holds, so that depths cannot take turns.
	for _, depth := range slices.Sorted(slices.Values(o.Depths)) {
		var turns []turn
		for _, p := range players {
			if err := p.fill(ctx, depth); err != nil {
				return nil, err
			}
			rows := o.rows(engineOurs, p.kernels, depth)
			turns = append(turns, turn{rows[:1], p.prefill}, turn{rows[1:], p.generate})
			all = append(all, rows...)
		}
		if o.Versus != "" {
			theirs := o.rows(engineLlama, "", depth)
			all = append(all, theirs...)
			turns = append(turns, turn{theirs, func(ctx context.Context) ([]time.Duration, error) {
				return llamaBench(ctx, o.Versus, models[0].Model.Info(), theirs)
			}})
		}
		if err := takeTurns(ctx, turns, 0, o.Repetitions, o.Progress); err != nil {
			return nil, err
		}
	}
	return finish(all), nil
}

// rows are the empty ones of a prefill and a decode.
func (o DecodeOptions) rows(engine, kernels string, depth int) []*Row {
	pp := &Row{Test: fmt.Sprintf("pp%d", o.Prompt), Rows: o.Prompt, Tokens: o.Prompt}
	tg := &Row{Test: fmt.Sprintf("tg%d", o.Generate), Rows: 1, Tokens: o.Generate}
	for _, r := range []*Row{pp, tg} {
		r.Setup, r.Bench, r.Engine, r.Kernels, r.Depth = o.Setup, "decode", engine, kernels, depth
	}
	return []*Row{pp, tg}
}

// player is one model at the tests of Decode.
type player struct {
	session *engine.Session
	kernels string
	prompt  []engine.Token
	tokens  int // to generate
	depth   int
}

func newPlayer(c Contender, o DecodeOptions) (*player, error) {
	m := c.Model
	if need, have := o.ContextTokens(), m.Info().ContextTokens; need > have {
		return nil, fault.New(fault.Usage, "the context is too short for these sizes: it holds %d tokens", have).
			WithHint("take a longer one: --ctx %d", need)
	}
	session, err := m.NewSession()
	if err != nil {
		return nil, err
	}
	prompt, err := promptOf(m, max(o.Prompt, slices.Max(o.Depths)))
	if err != nil {
		_ = session.Close()
		return nil, err
	}
	return &player{session: session, kernels: string(c.Kernels), prompt: prompt[:o.Prompt], tokens: o.Generate}, nil
}

// fill brings the KV cache to a depth.
func (p *player) fill(ctx context.Context, depth int) error {
	if err := p.session.Rewind(p.depth); err != nil {
		return err
	}
	for p.depth < depth {
		n := min(depth-p.depth, len(p.prompt))
		if _, err := p.session.Append(ctx, p.prompt[:n]); err != nil {
			return err
		}
		p.depth += n
	}
	return nil
}

// prefill times a prompt after one that is not timed, as llama-bench warms up at
// each start: threads sleep and memory is cold after another's turn.
func (p *player) prefill(ctx context.Context) ([]time.Duration, error) {
	var last engine.Prefill
	for range 2 {
		if err := p.session.Rewind(p.depth); err != nil {
			return nil, err
		}
		var err error
		if last, err = p.session.Append(ctx, p.prompt); err != nil {
			return nil, err
		}
	}
	return []time.Duration{last.Elapsed}, nil
}

// generate times decoding after a single token, as llama-bench does.
func (p *player) generate(ctx context.Context) ([]time.Duration, error) {
	if err := p.session.Rewind(p.depth); err != nil {
		return nil, err
	}
	if _, err := p.session.Append(ctx, p.prompt[:1]); err != nil {
		return nil, err
	}
	start := time.Now()
	// The first token comes from the row of the prompt, so one more is sampled
	// than decoded.
	g, err := p.session.Generate(ctx, engine.GenerateOptions{MaxTokens: p.tokens + 1, IgnoreEOG: true})
	if err != nil {
		return nil, err
	}
	if g.Stopped != engine.StopLimit {
		return nil, fault.New(fault.Internal, "generation stopped after %d of %d tokens: %s", len(g.Tokens), p.tokens+1, g.Stopped)
	}
	return []time.Duration{time.Since(start)}, nil
}

// promptOf is n tokens of ordinary text.
func promptOf(model *engine.Model, n int) ([]engine.Token, error) {
	const text = "import pandas as pd\nimport matplotlib.pyplot as plt\n\ndf = pd.read_csv('sales.csv')\nfig, ax = plt.subplots()\n" +
		"ax.bar(df['month'], df['sales'])\nax.set_title('Monthly sales')\n"
	tokens, err := model.Tokenize(text, false)
	if err != nil {
		return nil, err
	}
	for len(tokens) < n {
		tokens = append(tokens, tokens...)
	}
	return tokens[:n], nil
}
