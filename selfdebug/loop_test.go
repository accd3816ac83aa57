package selfdebug

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine"
	"viscoder/engine/snapshot"
	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/renderers/picture"
	"viscoder/sampler"
)

// script is a session that answers from a list, one token for each byte, and
// keeps the engine's ledger rules.
type script struct {
	answers []string
	tokens  []engine.Token
	held    int
	limit   int
	broken  error
	asked   int
}

func (s *script) Append(ctx context.Context, turn []engine.Token) (engine.Prefill, error) {
	p := engine.Prefill{Evaluated: len(turn), Reused: s.held, Carried: len(s.tokens) - s.held, Elapsed: time.Millisecond}
	s.tokens = append(s.tokens, turn...)
	s.held = len(s.tokens)
	return p, ctx.Err()
}

func (s *script) Sync(ctx context.Context, all []engine.Token) (engine.Prefill, error) {
	common := 0
	for common < min(s.held, len(all)) && s.tokens[common] == all[common] {
		common++
	}
	s.tokens, s.held = append([]engine.Token(nil), all...), len(all)
	return engine.Prefill{Evaluated: len(all) - common, Reused: common, Elapsed: time.Millisecond}, ctx.Err()
}

func (s *script) Generate(ctx context.Context, o engine.GenerateOptions) (engine.Generation, error) {
	if s.broken != nil {
		return engine.Generation{}, s.broken
	}
	answer := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	g := engine.Generation{Elapsed: time.Millisecond, Stopped: engine.StopEOG}
	for _, b := range []byte(answer) {
		if ctx.Err() != nil {
			g.Stopped = engine.StopCancelled
			return g, ctx.Err()
		}
		if len(g.Tokens) == o.MaxTokens {
			g.Stopped = engine.StopLimit
			return g, nil
		}
		g.Tokens = append(g.Tokens, engine.Token(b))
		g.Text += string(b)
		s.tokens = append(s.tokens, engine.Token(b))
		s.held = len(s.tokens) - 1
		o.OnText(string(b))
	}
	return g, nil
}

func (s *script) Rewind(n int) error {
	s.tokens, s.held = s.tokens[:n], min(s.held, n)
	return nil
}
func (s *script) Restore(snapshot.Store, []engine.Token) int { return 0 }
func (s *script) Keep(snapshot.Store, int) error             { return nil }
func (s *script) Len() int                                   { return len(s.tokens) }
func (s *script) Room() int                                  { return s.limit - len(s.tokens) }
func (s *script) Close() error                               { return nil }

// letters lays turns out with one token for each byte.
type letters struct{}

func bytesAsTokens(s string) []engine.Token {
	t := make([]engine.Token, 0, len(s))
	for _, b := range []byte(s) {
		t = append(t, engine.Token(b))
	}
	return t
}

func (letters) First(system, user string) ([]engine.Token, error) {
	return bytesAsTokens("S" + system + "U" + user + "A"), nil
}
func (letters) Next(user string) ([]engine.Token, error)   { return bytesAsTokens("U" + user + "A"), nil }
func (letters) Answer(text string) ([]engine.Token, error) { return bytesAsTokens(text), nil }

// stage is a runner whose outcome the program's own first word decides.
type stage struct {
	ran    []string
	broken error
}

func (s *stage) Run(ctx context.Context, job renderers.Job) (renderers.Outcome, error) {
	if s.broken != nil || ctx.Err() != nil {
		return renderers.Outcome{}, errors.Join(s.broken, ctx.Err())
	}
	s.ran = append(s.ran, job.Program)
	out := renderers.Outcome{Stdout: "said\n", Exec: time.Millisecond}
	if strings.HasPrefix(job.Program, "good") || strings.HasPrefix(job.Program, "plain") {
		path := filepath.Join(job.Out, "picture.png")
		if strings.HasPrefix(job.Program, "plain") {
			out = plainPicture(path)
		}
		out.Pictures = []string{path}
		return out, os.WriteFile(path, []byte("PNG of "+job.Program), 0o600)
	}
	out.Diagnostic = &renderers.Diagnostic{Kind: renderers.KindProgram, Message: "it broke", Text: "broke: short", Full: "broke: long", Line: 1}
	return out, nil
}

// plainPicture is an outcome with a picture that lacks something.
func plainPicture(path string) renderers.Outcome {
	lack := picture.Finding{Code: "missing-title", Grade: picture.GradeError, Message: "there is no title"}
	return renderers.Outcome{Pictures: []string{path}, Findings: []picture.Finding{lack},
		Diagnostic: &renderers.Diagnostic{Kind: renderers.KindLooks, Message: lack.Message, Text: "There is no title."}}
}

// played is one scripted run.
type played struct {
	report  *Report
	err     error
	session *script
	stage   *stage
	events  []Event
}

func play(t *testing.T, ctx context.Context, o Options, task Task, answers ...string) played {
	t.Helper()
	p := played{session: &script{answers: answers, limit: 100_000}, stage: &stage{}}
	return p.play(t, ctx, o, task)
}

func (p played) play(t *testing.T, ctx context.Context, o Options, task Task) played {
	t.Helper()
	journal, err := NewJournal(t.TempDir(), task.Prompt, time.Now())
	require.NoError(t, err)
	l, err := newLoop(ctx, Deps{Runner: p.stage, Journal: journal, ModelName: "script"}, task, o,
		func(e Event) { p.events = append(p.events, e) })
	require.NoError(t, err)
	l.session, l.turns, l.limit = p.session, letters{}, p.session.limit
	p.report, p.err = l.run(ctx)
	return p
}

func (p played) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.report.Folder, name))
	require.NoError(t, err)
	return string(data)
}

var sales = Task{Prompt: "plot sales", Data: []string{"profile/testdata/sales.csv"}}

func TestAPassEndsTheRun(t *testing.T) {
	p := play(t, t.Context(), Options{}, sales, "good = 1\n```\nnever asked for")
	require.NoError(t, p.err)
	r := p.report
	assert.Equal(t, StatusOK, r.Status)
	assert.NoError(t, r.Fault())
	require.Len(t, r.Rounds, 1)
	assert.Equal(t, "good = 1\n", r.Program)
	assert.Equal(t, len("good = 1\n```"), r.Rounds[0].Generated, "nothing after the fence")
	assert.Equal(t, "fence", r.Rounds[0].Stopped)
	assert.False(t, r.MockData)
	assert.Equal(t, "good = 1\n", p.read(t, "round-0.py"))
	assert.Equal(t, "```python\ngood = 1\n```", p.read(t, "round-0.answer.txt"))
	assert.Equal(t, "PNG of good = 1\n", p.read(t, "picture.png"))
	assert.Equal(t, filepath.Join(r.Folder, "picture.png"), r.Picture)
	assert.Equal(t, "said\n", p.read(t, "round-0.stdout.txt"))
	assert.Contains(t, p.read(t, "prompt.txt"), "sales.csv")
	var saved Report
	require.NoError(t, json.Unmarshal([]byte(p.read(t, "report.json")), &saved))
	assert.Equal(t, *r, saved)
	assert.Contains(t, p.read(t, "run.json"), `"prompt": "plot sales"`)
}

func TestARepairEvaluatesItsTurnOnly(t *testing.T) {
	p := play(t, t.Context(), Options{}, sales, "bad = 1\n```", "good = 2\n```")
	require.NoError(t, p.err)
	require.Len(t, p.report.Rounds, 2)
	first, second := p.report.Rounds[0], p.report.Rounds[1]
	turn := p.read(t, "prompt-1.txt")
	assert.Contains(t, turn, "broke: short")
	assert.Equal(t, len("U")+len(turn)-1+len("A")+len("```python\n"), second.PromptEvaluated)
	assert.Equal(t, first.PromptEvaluated+first.Generated-1, second.KVReused, "all but the token carried along")
	assert.Equal(t, MoveRepair, second.Move)
	assert.Equal(t, "it broke", first.Error)
	assert.Equal(t, 1, p.report.Best)
	assert.Equal(t, "broke: long", p.read(t, "round-0.error.txt"))
}

func TestTheSameProgramIsNotRunAgain(t *testing.T) {
	p := play(t, t.Context(), Options{}, sales, "bad = 1\n```", "# again\nbad = 1\n```", "bad = 1\n```", "good = 2\n```")
	require.NoError(t, p.err)
	require.Len(t, p.report.Rounds, 2)
	r := p.report.Rounds[1]
	assert.True(t, r.Identical)
	assert.Equal(t, MoveResample, r.Move)
	assert.Equal(t, 3, r.Tries)
	assert.Equal(t, []string{"bad = 1\n", "good = 2\n"}, p.stage.ran)
	assert.Equal(t, StatusOK, p.report.Status)
	assert.Equal(t, "# again\nbad = 1\n", p.read(t, "round-1.try-1.py"))
	assert.Equal(t, "bad = 1\n", p.read(t, "round-1.try-2.py"))
	assert.Equal(t, "good = 2\n", p.read(t, "round-1.py"))
}

func TestARestartForgetsThePrograms(t *testing.T) {
	p := play(t, t.Context(), Options{}, sales, "bad = 1\n```", "bad = 1\n```", "bad = 1\n```", "bad = 1\n```", "bad = 2\n```", "good = 3\n```")
	require.NoError(t, p.err)
	require.Len(t, p.report.Rounds, 3)
	first, restarted, last := p.report.Rounds[0], p.report.Rounds[1], p.report.Rounds[2]
	assert.Equal(t, MoveRestart, restarted.Move)
	assert.Equal(t, "bad = 2\n", restarted.Program)
	assert.Equal(t, 4, restarted.Tries)
	assert.NotContains(t, tokensAsText(p.session.tokens), "bad = 1")
	assert.Equal(t, first.PromptEvaluated+len("bad = 2\n```")-1, last.KVReused, "the request's KV is kept throughout")
}

func TestThePaperRunsOutOfRounds(t *testing.T) {
	p := play(t, t.Context(), Options{Policy: "paper"}, sales, "Sure.\n\n```python\nbad = 1\n```", "```python\nbad = 1\n```")
	require.NoError(t, p.err)
	assert.Equal(t, StatusFailed, p.report.Status)
	assert.Equal(t, fault.NoPicture, fault.CodeOf(p.report.Fault()))
	require.Len(t, p.report.Rounds, 4)
	assert.True(t, p.report.Rounds[3].Identical)
	assert.Equal(t, 1, p.report.Rounds[3].Tries)
	assert.Equal(t, 0, p.report.Best)
	assert.Equal(t, "bad = 1\n", p.report.Program, "the best attempt is kept")
	assert.Equal(t, "it broke", p.report.Error)
	assert.Empty(t, p.report.Picture)
	assert.Contains(t, p.read(t, "prompt-1.txt"), "code failed with this error:\nbroke: long")
	assert.Contains(t, p.read(t, "prompt-2.txt"), "still failed")
}

func TestRoundsAreCounted(t *testing.T) {
	p := play(t, t.Context(), Options{Rounds: NoRepair}, sales, "bad\n```")
	assert.Len(t, p.report.Rounds, 1)
	p = play(t, t.Context(), Options{Rounds: 1}, sales, "bad\n```", "bad 2\n```", "bad 3\n```")
	assert.Len(t, p.report.Rounds, 2)
}

func TestAnAnswerWithoutAProgram(t *testing.T) {
	p := play(t, t.Context(), Options{Policy: "paper"}, sales, "I cannot do that.", "```python\ngood\n```")
	require.NoError(t, p.err)
	assert.Equal(t, KindNoProgram, p.report.Rounds[0].ErrorKind)
	assert.Equal(t, StatusOK, p.report.Status)
	assert.Len(t, p.stage.ran, 1)
}

func TestGoingInCirclesIsCutShort(t *testing.T) {
	p := play(t, t.Context(), Options{MaxTokens: 50_000}, sales, "bad = 1\n"+strings.Repeat("plt.show()\n", 4000), "good\n```")
	require.NoError(t, p.err)
	assert.Equal(t, "repetition", p.report.Rounds[0].Stopped)
	assert.Less(t, p.report.Rounds[0].Generated, 2000)
}

func TestTheOldestAttemptGoesWhenTheContextFills(t *testing.T) {
	pad := strings.Repeat("#", 800)
	p := played{session: &script{answers: []string{"bad 1\n" + pad + "\n```", "bad 2\n" + pad + "\n```", "bad 3\n" + pad + "\n```", "good\n```"}, limit: 4100}, stage: &stage{}}
	p = p.play(t, t.Context(), Options{MaxTokens: 900}, sales)
	require.NoError(t, p.err)
	assert.Equal(t, StatusOK, p.report.Status)
	require.Len(t, p.report.Rounds, 4)
	dropped := 0
	for _, r := range p.report.Rounds[1:] {
		if dropped += r.Dropped; r.Dropped > 0 {
			assert.GreaterOrEqual(t, r.KVReused, p.report.Rounds[0].PromptEvaluated, "the request keeps its KV")
		}
	}
	assert.Positive(t, dropped)
}

func TestAContextTooSmallForARepairKeepsTheBest(t *testing.T) {
	p := played{session: &script{answers: []string{"bad 1\n" + strings.Repeat("#", 1500) + "\n```"}, limit: 2700}, stage: &stage{}}
	p = p.play(t, t.Context(), Options{}, sales)
	require.NoError(t, p.err)
	assert.Equal(t, StatusFailed, p.report.Status)
	assert.Len(t, p.report.Rounds, 1)
	assert.Contains(t, strings.Join(p.report.Notes, "\n"), "--ctx")
}

func TestASmallContextGetsLessData(t *testing.T) {
	p := played{session: &script{answers: []string{"good\n```"}, limit: 2000}, stage: &stage{}}
	p = p.play(t, t.Context(), Options{MaxTokens: 300}, Task{Prompt: "x", Data: []string{"profile/testdata/wide.csv"}})
	require.NoError(t, p.err)
	assert.Contains(t, strings.Join(p.report.Notes, "\n"), "cut short")
	p = played{session: &script{answers: []string{"good\n```"}, limit: 500}, stage: &stage{}}
	p = p.play(t, t.Context(), Options{}, sales)
	assert.Equal(t, fault.Usage, fault.CodeOf(p.err))
}

func TestAnInterruptKeepsWhatThereIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := played{session: &script{answers: []string{"bad = 1\n```", "good = 2\nand more"}, limit: 100_000}, stage: &stage{}}
	journal, err := NewJournal(t.TempDir(), "x", time.Now())
	require.NoError(t, err)
	shown := ""
	l, err := newLoop(ctx, Deps{Runner: p.stage, Journal: journal}, sales, Options{}, func(e Event) {
		if text, ok := e.(Text); ok && text.Round == 1 {
			if shown += text.Text; strings.HasSuffix(shown, "and") {
				cancel()
			}
		}
	})
	require.NoError(t, err)
	l.session, l.turns, l.limit = p.session, letters{}, p.session.limit
	p.report, p.err = l.run(ctx)
	assert.Equal(t, fault.Interrupted, fault.CodeOf(p.err))
	assert.ErrorIs(t, p.err, context.Canceled)
	assert.Equal(t, StatusInterrupted, p.report.Status)
	assert.Equal(t, fault.Interrupted, fault.CodeOf(p.report.Fault()))
	assert.Equal(t, "good = 2\nand\n", p.read(t, "round-1.py"), "within one decode step")
	assert.Equal(t, "bad = 1\n", p.report.Program)
	assert.Contains(t, p.read(t, "report.json"), `"interrupted"`)
}

func TestABudgetEndsTheRunAndKeepsTheBest(t *testing.T) {
	p := play(t, t.Context(), Options{Budget: time.Nanosecond}, sales, "bad\n```")
	require.NoError(t, p.err)
	assert.Equal(t, StatusFailed, p.report.Status)
	assert.Contains(t, strings.Join(p.report.Notes, "\n"), "budget")
}

func TestFaultsOfToolsEndTheRun(t *testing.T) {
	p := played{session: &script{answers: []string{"bad\n```"}, limit: 100_000}, stage: &stage{broken: fault.New(fault.Toolchain, "no python")}}
	p = p.play(t, t.Context(), Options{}, sales)
	assert.Equal(t, fault.Toolchain, fault.CodeOf(p.err))
	assert.Equal(t, StatusFailed, p.report.Status)
	assert.Equal(t, "bad\n", p.read(t, "round-0.py"), "the program was on disk before it ran")
	p = played{session: &script{broken: fault.New(fault.Internal, "decoder"), limit: 100_000}, stage: &stage{}}
	p = p.play(t, t.Context(), Options{}, sales)
	assert.Equal(t, fault.Internal, fault.CodeOf(p.err))
}

func TestAProgramOfTheUserIsRepaired(t *testing.T) {
	p := play(t, t.Context(), Options{FirstProgram: "bad = 0"}, sales, "good = 1\n```")
	require.NoError(t, p.err)
	require.Len(t, p.report.Rounds, 2)
	assert.Equal(t, MoveGiven, p.report.Rounds[0].Move)
	assert.Zero(t, p.report.Rounds[0].Generated)
	assert.Positive(t, p.report.Rounds[0].PromptEvaluated)
	assert.Equal(t, p.report.Rounds[0].PromptEvaluated, p.report.Rounds[1].KVReused)
	assert.Equal(t, "bad = 0", p.read(t, "round-0.py"))
	assert.Contains(t, tokensAsText(p.session.tokens), "```python\nbad = 0\n```U")
	p = play(t, t.Context(), Options{FirstProgram: "good"}, sales, "unused")
	assert.Zero(t, p.session.asked, "what passes needs no model")
	assert.Equal(t, StatusOK, p.report.Status)
}

func tokensAsText(tokens []engine.Token) string {
	b := make([]byte, len(tokens))
	for i, t := range tokens {
		b[i] = byte(t)
	}
	return string(b)
}

func TestEventsComeInOrder(t *testing.T) {
	var names []string
	journal, err := NewJournal(t.TempDir(), "x", time.Now())
	require.NoError(t, err)
	s := &script{answers: []string{"bad = 1\n```", "good\n```"}, limit: 100_000}
	l, err := newLoop(t.Context(), Deps{Runner: &stage{}, Journal: journal}, sales, Options{}, func(e Event) {
		name := strings.TrimPrefix(fmt.Sprintf("%T", e), "selfdebug.")
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	})
	require.NoError(t, err)
	l.session, l.turns, l.limit = s, letters{}, s.limit
	_, err = l.run(t.Context())
	require.NoError(t, err)
	round := []string{"RoundStarted", "Prefilled", "Text", "Generated", "Executing", "Judged", "RoundEnded"}
	assert.Equal(t, append(append([]string{"Started"}, round...), round...), names)
}

func TestSameNamesAreRefused(t *testing.T) {
	other := filepath.Join(t.TempDir(), "sales.csv")
	require.NoError(t, os.WriteFile(other, []byte("a,b\n1,2\n"), 0o600))
	_, err := newLoop(t.Context(), Deps{}, Task{Prompt: "x", Data: []string{sales.Data[0], other}}, Options{}, nil)
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
}

func TestEachAnswerDrawsFromASeedOfItsOwn(t *testing.T) {
	draw := func(attempts int, step Step) (drawn []engine.Token) {
		l := &loop{o: Options{Sampling: sampler.Config{Seed: 7}}, history: History{Attempts: make([]Attempt, attempts)}}
		chain, err := l.chain(step)
		require.NoError(t, err)
		for range 20 {
			drawn = append(drawn, chain.Sample(make([]float32, 1000)))
		}
		return drawn
	}
	hot := Step{Temperature: 0.8}
	assert.Equal(t, draw(1, hot), draw(1, hot), "a run can be repeated")
	assert.NotEqual(t, draw(1, hot), draw(2, hot))
	assert.Equal(t, draw(1, Step{}), draw(2, Step{}), "greedy without a temperature")
}

func TestJournalsDoNotShareAFolder(t *testing.T) {
	parent, now := t.TempDir(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	a, err := NewJournal(parent, "plot sales", now)
	require.NoError(t, err)
	b, err := NewJournal(parent, "plot sales", now)
	require.NoError(t, err)
	assert.Equal(t, "20260102T030405Z-plot-sales", filepath.Base(a.Dir))
	assert.Equal(t, "20260102T030405Z-plot-sales-2", filepath.Base(b.Dir))
	info, err := os.Stat(a.Dir)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm(), "private to the user")
}
