package selfdebug

import (
	"context"
	"strings"

	"viscoder/engine"
	"viscoder/sampler"
)

// resampleTopP cuts the tail of hot samples where the user did not choose.
const resampleTopP = 0.95

// chain is the sampler of a step: as configured, or hotter for a resample. Each
// answer draws from a seed of its own, made from the run's.
func (l *loop) chain(step Step) (*sampler.Chain, error) {
	cfg := l.o.Sampling
	cfg.Seed += uint64(len(l.history.Attempts))
	if step.Temperature > cfg.Temperature {
		cfg.Temperature = step.Temperature
		if cfg.TopP == 0 {
			cfg.TopP = resampleTopP
		}
	}
	return sampler.New(cfg)
}

// generate lets the model answer until its block closes.
func (l *loop) generate(ctx context.Context, step Step) (engine.Generation, string, error) {
	chain, err := l.chain(step)
	if err != nil {
		return engine.Generation{}, endNone, err
	}
	r := l.round()
	r.Tries++
	stop, cancel := context.WithCancel(ctx)
	defer cancel()
	watch, end := &watcher{}, endNone
	watch.add(l.words.opening(l.request.lang))
	watch.fresh()
	g, err := l.session.Generate(stop, engine.GenerateOptions{
		MaxTokens: min(l.o.MaxTokens, l.session.Room()), Sampler: chain, Draft: l.draft(),
		OnText: func(piece string) {
			if end == endNone {
				end = watch.add(piece)
			}
			if text := watch.fresh(); text != "" {
				l.sink(Text{Round: r.Round, Text: text})
			}
			if end != endNone {
				cancel() // takes effect before the next decode step
			}
		}})
	r.Generated += len(g.Tokens)
	r.Drafted += g.Drafted
	r.Accepted += g.Accepted
	r.DecodeS += g.Elapsed.Seconds()
	if r.DecodeS > 0 {
		r.DecodeTokS = float64(r.Generated) / r.DecodeS
	}
	if end != endNone && ctx.Err() == nil {
		err = nil
	}
	l.sink(Generated{Round: r.Round, Move: step.Move, Tokens: len(g.Tokens), Accepted: g.Accepted, Elapsed: g.Elapsed,
		Stopped: ending{end, g.Stopped}.String()})
	return g, end, err
}

// draft is what the next answer is likely to repeat: the last one, of which a
// repair changes little.
func (l *loop) draft() *engine.Draft {
	if l.o.NoDraft {
		return nil
	}
	return &engine.Draft{Previous: l.talk.latest}
}

// closedBlock is a program as an answer would hold it, less what answers are
// begun with.
func closedBlock(w wording, r request, program string) string {
	if !strings.HasSuffix(program, "\n") {
		program += "\n"
	}
	if w.opening(r.lang) == "" {
		return "```" + tag(r.lang) + "\n" + program + "```"
	}
	return program + "```"
}
