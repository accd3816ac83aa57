package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"viscoder/engine/llama"
	"viscoder/engine/tuning"
	"viscoder/gguf"
	"viscoder/internal/hostinfo"
)

// TuneOptions are the settings of Tune; zero fields have useful values.
type TuneOptions struct {
	Kernels  llama.Kernels
	Threads  []int         // to try; nil: all and half of the cores, and the logical ones
	Budget   time.Duration // about how long to try, loading left out; 0: 40 s
	Progress func(line string)
}

func (o TuneOptions) withDefaults() TuneOptions {
	if o.Threads == nil {
		o.Threads = threadsToTry(hostinfo.Read().CPU)
	}
	if o.Budget == 0 {
		o.Budget = 40 * time.Second
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o
}

// threadsToTry begins with the default, which wins a draw.
func threadsToTry(cpu hostinfo.CPU) []int {
	var all []int
	for _, n := range []int{cpu.PhysicalCores, cpu.PhysicalCores / 2, cpu.PhysicalCores * 3 / 4, cpu.LogicalCores} {
		if n > 0 && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return all
}

// Choice is one thing that Tune decided, and what it saw.
type Choice struct {
	What   string  `json:"what"`   // threads, attention, micro-batch
	Chosen string  `json:"chosen"` // one of the names in Trials
	Trials []Trial `json:"trials"` // the default first
}

// Trial is what one setting took.
type Trial struct {
	Name string  `json:"name"`
	MS   float64 `json:"ms"` // of a drawing's work: see drawingMS; of a prefill for the micro-batch
}

// Tuning is what Tune found, and how.
type Tuning struct {
	Result  tuning.Result `json:"result"`
	Choices []Choice      `json:"choices"`
}

// The sizes of trials, in tokens.
const (
	trialPrompt = 128
	drawPrompt  = 512 // of a typical drawing
	drawAnswer  = 256
)

// Tune finds the settings with which the file runs fastest on this machine, and
// the batch cost curve under them. Settings take turns; another than the default
// must win by 3 %. A machine on which the time runs out keeps the defaults of what
// is left, and gets a curve of fewer samples.
func Tune(ctx context.Context, f *gguf.File, o TuneOptions) (Tuning, error) {
	o = o.withDefaults()
	weights, err := loadWeights(ctx, f.Path, o.Kernels)
	if err != nil {
		return Tuning{}, err
	}
	defer weights.Close()
	t := &tuner{weights: weights, o: o, begun: time.Now(), best: way{o.Threads[0], microBatch, tuning.AttentionAuto}}
	for _, stage := range []func(context.Context) error{t.threads, t.attention, t.microBatch, t.curve} {
		if err := stage(ctx); err != nil {
			return Tuning{}, err
		}
	}
	return t.found, t.found.Result.Validate()
}

// tuner is a tuning under way.
type tuner struct {
	weights *llama.Weights
	o       TuneOptions
	begun   time.Time
	best    way
	found   Tuning
	slow    bool // 512 tokens take more than a tenth of the budget
}

// until is when a stage must end: a share of the budget, from the beginning.
func (t *tuner) until(share float64) time.Time {
	return t.begun.Add(time.Duration(share * float64(t.o.Budget)))
}

// drawingMS is the work of a typical drawing: 512 tokens of prompt and 256 of
// answer, from the times of 128 tokens and of one.
func drawingMS(least []time.Duration) float64 {
	return milliseconds(least[0])*drawPrompt/trialPrompt + milliseconds(least[1])*drawAnswer
}

func (t *tuner) threads(ctx context.Context) error {
	var ways []way
	var names []string
	for _, n := range t.o.Threads {
		w := t.best
		w.threads = n
		ways, names = append(ways, w), append(names, fmt.Sprint(n))
	}
	least, err := t.try(ctx, ways, 0, []int{trialPrompt, 1}, t.until(0.35))
	if err != nil {
		return err
	}
	t.choose("threads", ways, names, least, drawingMS)
	prompt := least[slices.Index(ways, t.best)][0] * drawPrompt / trialPrompt
	t.slow = prompt > t.o.Budget/10
	return nil
}

func (t *tuner) attention(ctx context.Context) error {
	if t.slow || time.Now().After(t.until(0.45)) {
		return nil
	}
	var ways []way
	var names []string
	for _, a := range []tuning.Attention{tuning.AttentionFlash, tuning.AttentionPlain} {
		w := t.best
		w.attention = a
		ways, names = append(ways, w), append(names, string(a))
	}
	least, err := t.try(ctx, ways, drawPrompt, []int{trialPrompt, 1}, t.until(0.55))
	if err != nil {
		return err
	}
	t.choose("attention", ways, names, least, drawingMS)
	return nil
}

func (t *tuner) microBatch(ctx context.Context) error {
	if t.slow || time.Now().After(t.until(0.6)) {
		return nil
	}
	var ways []way
	var names []string
	for _, n := range []int{512, 256, 128} {
		w := t.best
		w.microBatch = n
		ways, names = append(ways, w), append(names, fmt.Sprint(n))
	}
	least, err := t.try(ctx, ways, 0, []int{drawPrompt}, t.until(0.7))
	if err != nil {
		return err
	}
	t.choose("micro-batch", ways, names, least, func(m []time.Duration) float64 { return milliseconds(m[0]) })
	return nil
}

// curve is the last stage: what batches cost with what was chosen.
func (t *tuner) curve(ctx context.Context) error {
	r := &t.found.Result
	r.Threads, r.MicroBatch, r.Attention, r.Depth = t.best.threads, t.best.microBatch, t.best.attention, drawPrompt
	if t.slow {
		r.Depth = trialPrompt
	}
	rows := DefaultRows()
	least, err := t.try(ctx, []way{t.best}, r.Depth, rows, t.until(1))
	if err != nil {
		return err
	}
	for i, k := range rows {
		r.Curve = append(r.Curve, tuning.Point{Rows: k, MS: milliseconds(least[0][i])})
	}
	return nil
}

// tuneRounds are enough to meet a machine at rest.
const tuneRounds = 5

// try evaluates batches of some sizes in each way by turns and returns the least
// times, [way][size]: other programs can only add to them. After a warm-up there is at least one round, and no new
// one after a moment.
func (t *tuner) try(ctx context.Context, ways []way, depth int, sizes []int, until time.Time) ([][]time.Duration, error) {
	var rows []*Row
	var turns []turn
	for _, w := range ways {
		e, err := newEvaluator(t.weights, depth, slices.Max(sizes), w)
		if err != nil {
			return nil, err
		}
		defer e.close()
		for _, k := range sizes {
			row := &Row{}
			rows = append(rows, row)
			turns = append(turns, turn{[]*Row{row}, func(context.Context) ([]time.Duration, error) {
				elapsed, err := e.time(k)
				return []time.Duration{elapsed}, err
			}})
		}
	}
	silent := func(string) {}
	for round := range tuneRounds {
		warmUps := 0
		if round == 0 {
			warmUps = 1
		} else if time.Now().After(until) {
			break
		}
		if err := takeTurns(ctx, turns, warmUps, 1, silent); err != nil {
			return nil, err
		}
	}
	least := make([][]time.Duration, len(ways))
	for i, row := range rows {
		least[i/len(sizes)] = append(least[i/len(sizes)], slices.Min(row.Samples))
	}
	return least, nil
}

// leastGain is what another setting than the default must save.
const leastGain = 0.03

// choose takes the way with the least cost and notes what was seen.
func (t *tuner) choose(what string, ways []way, names []string, least [][]time.Duration, cost func([]time.Duration) float64) {
	c := Choice{What: what}
	best := 0
	for i := range ways {
		c.Trials = append(c.Trials, Trial{names[i], cost(least[i])})
		if c.Trials[i].MS < c.Trials[best].MS && (best > 0 || c.Trials[i].MS < (1-leastGain)*c.Trials[0].MS) {
			best = i
		}
	}
	c.Chosen, t.best = names[best], ways[best]
	t.found.Choices = append(t.found.Choices, c)
	t.o.Progress(fmt.Sprintf("%s: %s", what, c.Chosen))
}
