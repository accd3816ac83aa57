package bench

import (
	"context"
	"fmt"
	"time"

	"viscoder/engine"
	"viscoder/internal/fault"
)

// DecodeOptions are the settings of Decode; zero fields have llama-bench's sizes.
type DecodeOptions struct {
	Prompt      int    // tokens of a prefill; 0: 512
	Generate    int    // tokens decoded one by one; 0: 64
	Repetitions int    // samples of each row; 0: 5
	Versus      string // llama-bench binary to take turns with; "" for none
	Progress    func(line string)
}

// Validate names the first setting that cannot be.
func (o DecodeOptions) Validate() error {
	if o.Prompt < 0 || o.Generate < 0 || o.Repetitions < 0 {
		return fault.New(fault.Usage, "sizes and repetitions of a benchmark must not be negative")
	}
	return nil
}

func (o DecodeOptions) withDefaults() DecodeOptions {
	if o.Prompt == 0 {
		o.Prompt = 512
	}
	if o.Generate == 0 {
		o.Generate = 64
	}
	if o.Repetitions == 0 {
		o.Repetitions = 5
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o
}

// Decode times prefill (ppN) and single-token decode (tgN, greedy sampling
// included) through the same Session that draws pictures, each after a warm-up.
func Decode(ctx context.Context, model *engine.Model, o DecodeOptions) (*Report, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	ours := []*Row{
		{Test: fmt.Sprintf("pp%d", o.Prompt), Engine: "viscoder", Tokens: o.Prompt},
		{Test: fmt.Sprintf("tg%d", o.Generate), Engine: "viscoder", Tokens: o.Generate},
	}
	theirs := []*Row{
		{Test: ours[0].Test, Engine: "llama-bench", Tokens: o.Prompt},
		{Test: ours[1].Test, Engine: "llama-bench", Tokens: o.Generate},
	}
	session, err := model.NewSession()
	if err != nil {
		return nil, err
	}
	defer session.Close()
	prompt, err := promptOf(model, o.Prompt)
	if err != nil {
		return nil, err
	}
	for i := 1; i <= o.Repetitions; i++ {
		if err := warmUp(ctx, session, prompt); err != nil {
			return nil, err
		}
		if err := sample(ctx, session, prompt, ours); err != nil {
			return nil, err
		}
		if o.Versus == "" {
			continue
		}
		if err := llamaBench(ctx, o.Versus, model.Info(), theirs); err != nil {
			return nil, err
		}
		o.Progress(fmt.Sprintf("round %d of %d: %.1f and %.1f tok/s, llama-bench %.1f and %.1f", i, o.Repetitions,
			last(ours[0]), last(ours[1]), last(theirs[0]), last(theirs[1])))
	}
	report := newReport(model.Info(), ours)
	if o.Versus != "" {
		report.Baseline = theirs
	}
	return report, nil
}

func last(r *Row) float64 { return float64(r.Tokens) / r.Samples[len(r.Samples)-1].Seconds() }

// warmUp evaluates the prompt once without timing it, as llama-bench does at
// each start: threads sleep and memory is cold after the other's turn.
func warmUp(ctx context.Context, s *engine.Session, prompt []engine.Token) error {
	if err := s.Rewind(0); err != nil {
		return err
	}
	_, err := s.Append(ctx, prompt)
	return err
}

// sample times one prefill of an empty session and one generation after a single
// token, as llama-bench does.
func sample(ctx context.Context, s *engine.Session, prompt []engine.Token, rows []*Row) error {
	if err := s.Rewind(0); err != nil {
		return err
	}
	p, err := s.Append(ctx, prompt)
	if err != nil {
		return err
	}
	rows[0].Samples = append(rows[0].Samples, p.Elapsed)

	if err := s.Rewind(0); err != nil {
		return err
	}
	if _, err := s.Append(ctx, prompt[:1]); err != nil {
		return err
	}
	start := time.Now()
	// The first token comes from the row of the prompt, so one more is sampled
	// than decoded.
	g, err := s.Generate(ctx, engine.GenerateOptions{MaxTokens: rows[1].Tokens + 1, IgnoreEOG: true})
	if err != nil {
		return err
	}
	if g.Stopped != engine.StopLimit {
		return fault.New(fault.Usage, "the context is too short for %s", rows[1].Test).WithHint("take a longer one: --ctx 2048")
	}
	rows[1].Samples = append(rows[1].Samples, time.Since(start))
	return nil
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
