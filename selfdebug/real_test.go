package selfdebug

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine"
	"viscoder/engine/snapshot"
	"viscoder/internal/testweights"
	"viscoder/renderers"
	"viscoder/renderers/picture"
	"viscoder/renderers/sandbox"
)

func TestMain(m *testing.M) {
	sandbox.Main()
	os.Exit(m.Run())
}

// realDeps are the small weights and the renderers as `make deps` sets them up.
func realDeps(t *testing.T) Deps {
	t.Helper()
	model, err := engine.Open(t.Context(), testweights.Small(t), engine.Options{ContextTokens: 4096, Sequences: 2, Threads: 1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, model.Close()) })
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	return Deps{Model: model, Runner: renderers.NewRunner(box, renderers.Options{})}
}

func realRun(t *testing.T, d Deps, task Task, o Options, sink func(Event)) *Report {
	t.Helper()
	journal, err := NewJournal(t.TempDir(), task.Prompt, time.Now())
	require.NoError(t, err)
	d.Journal = journal
	report, err := Run(t.Context(), d, task, o, sink)
	require.NoError(t, err)
	return report
}

func TestWithRealWeights(t *testing.T) {
	d := realDeps(t)
	t.Run("the model chooses a language where the rules do not", func(t *testing.T) { settles(t, d) })
	t.Run("its choice follows the request", func(t *testing.T) { prefersByLogits(t, d) })
	t.Run("a request with a file becomes a picture", func(t *testing.T) { drawsSales(t, d) })
	t.Run("a broken program is repaired in the same conversation", func(t *testing.T) { repairs(t, d) })
	t.Run("the paper's policy does so too", func(t *testing.T) { repairsLikeThePaper(t, d) })
	t.Run("what requests begin with is evaluated once for all processes", func(t *testing.T) { remembers(t, d) })
	t.Run("an interrupt ends the generation", func(t *testing.T) { interrupts(t, d) })
}

var realSales = Task{Prompt: "plot monthly sales", Data: []string{"testdata/data/monthly.csv"}}

func drawsSales(t *testing.T, d Deps) {
	r := realRun(t, d, realSales, Options{MaxTokens: 500}, nil)
	require.Equal(t, StatusOK, r.Status, r.Error)
	pic, err := picture.Load(r.Picture)
	require.NoError(t, err)
	assert.False(t, picture.HasError(picture.Check(pic)))
	last := r.Rounds[len(r.Rounds)-1]
	assert.Positive(t, last.ExecS)
	assert.Positive(t, last.DecodeTokS)
	assert.Contains(t, r.Program, "monthly.csv")
	saved, err := os.ReadFile(filepath.Join(r.Folder, filepath.Base(last.File)))
	require.NoError(t, err)
	assert.Equal(t, r.Program, string(saved))
}

// broken fails in line 4 whatever pandas says about it.
const broken = `import pandas as pd
import matplotlib.pyplot as plt
df = pd.read_csv("monthly.csv")
plt.plot(df["months"], df["sales"])
plt.show()
`

// checkRepair checks the ledger's figures against the tokens of the turn that
// was really sent.
func checkRepair(t *testing.T, d Deps, r *Report, words wording) {
	t.Helper()
	require.GreaterOrEqual(t, len(r.Rounds), 2)
	assert.Equal(t, MoveGiven, r.Rounds[0].Move)
	assert.Contains(t, r.Rounds[0].Error, "months")
	text, err := os.ReadFile(filepath.Join(r.Folder, "prompt-1.txt"))
	require.NoError(t, err)
	turn, err := d.Model.Chat().Next(strings.TrimSuffix(string(text), "\n"))
	require.NoError(t, err)
	lang, ok := renderers.ByName("python")
	require.True(t, ok)
	opening, err := d.Model.Tokenize(words.opening(lang), false)
	require.NoError(t, err)
	assert.Equal(t, len(turn)+len(opening), r.Rounds[1].PromptEvaluated)
	assert.Equal(t, r.Rounds[0].PromptEvaluated, r.Rounds[1].KVReused)
	for _, round := range r.Rounds[1:] {
		assert.Positive(t, round.KVReused)
		assert.Less(t, round.PromptEvaluated, 600)
		assert.Positive(t, round.Generated)
		assert.FileExists(t, round.File)
	}
	assert.FileExists(t, filepath.Join(r.Folder, "report.json"))
	assert.FileExists(t, filepath.Join(r.Folder, "round-0.error.txt"))
}

func repairs(t *testing.T, d Deps) {
	r := realRun(t, d, realSales, Options{FirstProgram: broken, MaxTokens: 300, Rounds: 1}, nil)
	checkRepair(t, d, r, conciseWords{})
	assert.Less(t, r.Rounds[1].Tries, 1+len(escapes)+1)
	assert.False(t, strings.HasPrefix(r.Rounds[1].Program, broken) && r.Rounds[1].Tries == 1, "the same program is not taken at once")
}

func repairsLikeThePaper(t *testing.T, d Deps) {
	r := realRun(t, d, realSales, Options{FirstProgram: broken, Policy: "paper", Rounds: 1}, nil)
	checkRepair(t, d, r, paperWords{})
}

func interrupts(t *testing.T, d Deps) {
	ctx, cancel := context.WithCancel(t.Context())
	journal, err := NewJournal(t.TempDir(), "x", time.Now())
	require.NoError(t, err)
	d.Journal = journal
	report, err := Run(ctx, d, realSales, Options{}, func(e Event) {
		if _, ok := e.(Text); ok {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, StatusInterrupted, report.Status)
	assert.LessOrEqual(t, report.Rounds[0].Generated, 2)
	assert.FileExists(t, filepath.Join(journal.Dir, "report.json"))
}

func remembers(t *testing.T, d Deps) {
	d.Snapshots = &snapshot.Store{Dir: t.TempDir()}
	first := realRun(t, d, realSales, Options{MaxTokens: 1, Rounds: NoRepair}, nil)
	assert.Zero(t, first.Rounds[0].KVReused)
	other := realSales
	other.Prompt = "a pie chart of sales"
	second := realRun(t, d, other, Options{MaxTokens: 1, Rounds: NoRepair}, nil)
	assert.Positive(t, second.Rounds[0].KVReused)
	assert.Empty(t, d.Snapshots.Files()[1:], "one for the language")
}
