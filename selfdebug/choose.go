package selfdebug

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/renderers"
)

// chooser is what asking a model for a language needs of it.
type chooser struct {
	session interface {
		Append(context.Context, []engine.Token) (engine.Prefill, error)
		Choose(context.Context, [][]engine.Token) (int, []float64, error)
	}
	turns turns
}

// settleLanguage names the language of a task: by the rules, and where they
// leave doubt by the model, among the languages whose tools are there.
func settleLanguage(ctx context.Context, m *engine.Model, t Task) (Task, string, error) {
	if err := t.Validate(); err != nil {
		return t, "", err
	}
	p, err := pickByRules(t)
	if err != nil || p.why == "" {
		return t, "", err
	}
	if !p.sure {
		p, err = askForLanguage(ctx, m, t.Prompt)
		if ctx.Err() != nil {
			return t, "", fault.Wrap(context.Cause(ctx), fault.Interrupted, "interrupted while the language was chosen")
		}
		if err != nil {
			return t, "", err
		}
	}
	t.Language = p.lang.Name
	return t, p.note(), nil
}

func askForLanguage(ctx context.Context, m *engine.Model, request string) (pick, error) {
	s, err := m.NewSession()
	if err != nil {
		return pick{}, err
	}
	defer s.Close()
	candidates := renderers.All()
	for len(candidates) > 0 {
		best, why, err := chooser{s, m.Chat()}.ask(ctx, request, candidates)
		if err != nil {
			return pick{}, err
		}
		missing := slices.ContainsFunc(candidates[best].Detect(ctx), func(t renderers.ToolStatus) bool { return !t.OK })
		if !missing {
			return pick{candidates[best], why, true}, nil
		}
		if err := s.Rewind(0); err != nil {
			return pick{}, err
		}
		candidates = slices.Delete(candidates, best, best+1)
	}
	return pick{}, fault.New(fault.Toolchain, "no language is set up").WithHint("Run `viscoder setup python`.")
}

// The answer is begun as the model begins its programs, and every choice ends
// the line, so that no name wins by being the beginning of another word.
const (
	choiceSystem  = "You know which language draws a picture best."
	choiceOpening = "```"
	choiceEnd     = "\n"
)

// ask gives the likeliest of the candidates in the model's own logits, and the
// reason in words.
func (c chooser) ask(ctx context.Context, request string, candidates []*renderers.Language) (int, string, error) {
	names, err := c.lay(ctx, request, candidates)
	if err != nil {
		return 0, "", err
	}
	best, logProb, err := c.session.Choose(ctx, names)
	if err != nil {
		return 0, "", err
	}
	return best, explainChoice(candidates, logProb, best), nil
}

// lay puts the question and returns the answers to choose from.
func (c chooser) lay(ctx context.Context, request string, candidates []*renderers.Language) ([][]engine.Token, error) {
	turn, err := c.turns.First(choiceSystem, choiceQuestion(request, candidates))
	if err != nil {
		return nil, err
	}
	opening, err := c.turns.Answer(choiceOpening)
	if err != nil {
		return nil, err
	}
	var names [][]engine.Token
	for _, l := range candidates {
		name, err := c.turns.Answer(tag(l) + choiceEnd)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	_, err = c.session.Append(ctx, append(turn, opening...))
	return names, err
}

// maxChoiceRequest bounds the part of a request that the question repeats, in bytes.
const maxChoiceRequest = 600

func choiceQuestion(request string, candidates []*renderers.Language) string {
	var b strings.Builder
	b.WriteString("Languages, and what each draws best:\n")
	for _, l := range candidates {
		fmt.Fprintf(&b, "%s: %s\n", tag(l), l.Use)
	}
	fmt.Fprintf(&b, "Which one is best for this picture: %s", clipBytes(request, maxChoiceRequest))
	return b.String()
}

// explainChoice says how far ahead the chosen one is of the next.
func explainChoice(candidates []*renderers.Language, logProb []float64, best int) string {
	total, next := 0.0, -1
	for i, p := range logProb {
		total += math.Exp(p - logProb[best])
		if i != best && (next < 0 || p > logProb[next]) {
			next = i
		}
	}
	why := fmt.Sprintf("which the model prefers for this request (%.0f %%", 100/total)
	if next >= 0 {
		why += fmt.Sprintf(", then %s %.0f %%", candidates[next].Name, 100*math.Exp(logProb[next]-logProb[best])/total)
	}
	return why + ")"
}
