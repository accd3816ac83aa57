package eval

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
	"viscoder/internal/testweights"
	"viscoder/renderers"
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
	return Deps{Model: model, Runner: renderers.NewRunner(box, renderers.Options{}), Jobs: 2, ModelName: "small"}
}

func realSettings() Settings {
	return Settings{Choice: Choice{Split: SplitAll, Seed: 1}, Model: "small", Policy: "paper", Rounds: 1, MaxTokens: 160,
		Context: 2048, Timeouts: TimeoutsOurs, References: true}
}

// says checks that a program names the columns of the task's data.
type says struct{ t *testing.T }

func (s says) Check(_ context.Context, task Task, d Drawn) (float64, []string, bool) {
	assert.NotEmpty(s.t, d.Outcome.Pictures)
	columns := strings.Split(strings.SplitN(task.Data, "\n", 2)[0], ",")
	held, failed := 0, []string{}
	for _, c := range columns {
		if strings.Contains(d.Program, c) {
			held++
		} else {
			failed = append(failed, c+" is not drawn")
		}
	}
	return float64(held) / float64(len(columns)), failed, len(task.Facts) > 0
}

// TestRealEvaluation stops an evaluation after its first task, tears its last
// line, goes on with it, and looks at what is left.
func TestRealEvaluation(t *testing.T) {
	d, dir, tasks := realDeps(t), t.TempDir(), readAll(t, "", "testdata/ours.jsonl")
	d.Checker = says{t}
	ctx, cancel := context.WithCancel(t.Context())
	d.Progress = func(Progress) { cancel() }
	store, err := OpenStore(dir, realSettings())
	require.NoError(t, err)
	require.ErrorIs(t, Run(ctx, d, store, tasks), context.Canceled)
	require.Len(t, store.Results(), 1)
	_, err = OpenStore(dir, realSettings())
	require.ErrorContains(t, err, "another evaluation writes")
	require.NoError(t, store.Close())
	tear(t, filepath.Join(dir, resultsFile))

	other := realSettings()
	other.Rounds = 2
	_, err = OpenStore(dir, other)
	require.ErrorContains(t, err, "other settings (rounds)")
	store, err = OpenStore(dir, realSettings())
	require.NoError(t, err)
	before := store.Results()
	require.Len(t, before, 1, "the torn line is no result")
	var told Progress
	d.Progress = func(p Progress) { told = p }
	require.NoError(t, Run(t.Context(), d, store, tasks))
	results := store.Results()
	require.Len(t, results, 2)
	assert.Equal(t, before[0], results[0], "what was done is not done again")
	assert.Equal(t, Progress{Done: 2, Total: 2, Passed: told.Passed, Last: results[1]}, told)
	for _, r := range results {
		checkResult(t, dir, r)
	}
	checkReport(t, store, len(tasks))
	require.NoError(t, store.Close())
}

// tear leaves a line as a kill in the middle of a write does.
func tear(t *testing.T, path string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(`{"key":"svg/torn","passed":tr`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func checkResult(t *testing.T, dir string, r Result) {
	t.Helper()
	require.NotEmpty(t, r.Attempts)
	for i, a := range r.Attempts {
		assert.Equal(t, i, a.Round)
		assert.Positive(t, a.Generated)
		assert.Positive(t, a.Evaluated)
		assert.Equal(t, a.Passed, a.Error == "")
		assert.Equal(t, a.Passed, a.Class == "")
		if i > 0 {
			assert.Positive(t, a.Reused, "the repair goes on in the same conversation")
		}
	}
	assert.Equal(t, r.Passed, r.Attempts[len(r.Attempts)-1].Passed)
	assert.DirExists(t, filepath.Join(dir, r.Folder))
	assert.FileExists(t, filepath.Join(dir, r.Folder, "prompt.txt"))
	if r.Passed {
		assert.FileExists(t, filepath.Join(dir, r.Picture))
	}
	if r.Key == "python/sales" {
		require.NotEmpty(t, r.Reference)
		assert.FileExists(t, filepath.Join(dir, r.Reference))
		assert.Equal(t, r.Passed, r.SSIM != nil)
		assert.Equal(t, r.Passed, r.Fidelity != nil)
	} else {
		assert.Nil(t, r.Fidelity, "without facts it is unknown, not 0")
	}
}

func checkReport(t *testing.T, store *Store, tasks int) {
	t.Helper()
	report := NewReport(store.Settings, store.Results(), tasks)
	assert.True(t, report.Complete)
	assert.Len(t, report.PassRate, 2)
	assert.Len(t, report.Languages, 2)
	assert.Positive(t, report.WallS)
	require.NoError(t, report.Write(store.Dir, store.Results()))
	assert.FileExists(t, filepath.Join(store.Dir, reportJSON))
	text, err := os.ReadFile(filepath.Join(store.Dir, reportMD))
	require.NoError(t, err)
	assert.Contains(t, string(text), "| Python | 1 |")
}

func TestATaskThatCannotBeTriedIsAResult(t *testing.T) {
	d, dir := realDeps(t), t.TempDir()
	store, err := OpenStore(dir, realSettings())
	require.NoError(t, err)
	defer store.Close()
	task := Task{ID: "long", Language: "svg", Instruction: strings.Repeat("Draw it larger. ", 2000)}
	require.NoError(t, Run(t.Context(), d, store, []Task{task}))
	require.Len(t, store.Results(), 1)
	assert.Contains(t, store.Results()[0].Error, "does not fit into the context")
	assert.Equal(t, []int{1, 1}, Summarise(store.Results(), 1).ErrorClasses["Unusable"])
}

func TestMerge(t *testing.T) {
	parts := []string{t.TempDir(), t.TempDir()}
	for i, dir := range parts {
		s := realSettings()
		s.Shard = Shard{i + 1, 2}.String()
		store, err := OpenStore(dir, s)
		require.NoError(t, err)
		folder := filepath.Join(dir, "runs", "svg-"+string(rune('a'+i)))
		require.NoError(t, os.MkdirAll(folder, 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "picture.png"), []byte("x"), 0o600))
		require.NoError(t, store.Add(Result{Key: "svg/" + string(rune('a'+i)), Language: "svg", Passed: i == 0, Attempts: []Attempt{{Passed: i == 0}},
			Folder: "runs/svg-" + string(rune('a'+i)), Session: time.Unix(int64(i), 0), ElapsedS: 10}))
		require.NoError(t, store.Close())
	}
	out := t.TempDir()
	whole, err := Merge(t.Context(), parts, out)
	require.NoError(t, err)
	report := NewReport(whole.Settings, whole.Results(), 2)
	assert.Equal(t, []float64{50, 50}, report.PassRate)
	assert.InDelta(t, 20, report.WallS, 1e-9)
	assert.FileExists(t, filepath.Join(out, "runs/svg-b/picture.png"))
	require.NoError(t, whole.Close())

	_, err = Merge(t.Context(), parts, out)
	require.ErrorContains(t, err, "holds 2 results already")
	_, err = Merge(t.Context(), []string{parts[0], parts[0]}, t.TempDir())
	require.ErrorContains(t, err, "both have a result of task svg/a")
	_, err = Merge(t.Context(), []string{t.TempDir()}, t.TempDir())
	require.ErrorContains(t, err, "is no folder of an evaluation")
}
