package mutants_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/bench/mutants"
	"viscoder/bench/tasks"
	"viscoder/renderers"
	"viscoder/renderers/sandbox"
	"viscoder/selfdebug/fidelity"
)

var (
	each = flag.Int("each", 0, "draw so many mutants of each kind and language, and those of testdata (0: a few, for CI)")
	only = flag.String("only", "", "those whose LANGUAGE/ID contains this")
)

func TestMain(m *testing.M) {
	sandbox.Main()
	flag.Parse()
	say := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if err := renderers.Setup(context.Background(), []string{"all"}, say); err != nil {
		fmt.Fprintln(os.Stderr, "bench/mutants: setting up the toolchains:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// forCI are languages whose programs are drawn in a moment.
var forCI = []string{"svg", "mermaid", "lilypond", "python"}

// TestMutantsFall draws wrong programs and asks for the facts of their tasks.
// The aim is that at least nine of ten are liked less than the reference.
func TestMutantsFall(t *testing.T) {
	list, err := tasks.All()
	require.NoError(t, err)
	picked := append(byHand(t, list), mutants.Sample(mutants.All(list), max(*each, 1))...)
	if *each == 0 {
		picked = slices.DeleteFunc(picked, func(m mutants.Mutant) bool {
			return !slices.Contains(forCI, m.Task.Language) || m.Kind == mutants.Trivial
		})
		picked = mutants.Sample(picked, 1)
		picked = picked[:min(12, len(picked))]
	}
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	table := newTable()
	t.Run("draw", func(t *testing.T) {
		runner := renderers.NewRunner(box, renderers.Options{})
		for i, m := range picked {
			if !strings.Contains(m.Task.Language+"/"+m.Task.ID, *only) {
				continue
			}
			t.Run(fmt.Sprintf("%03d-%s-%s", i, m.Task.Language, m.Task.ID), func(t *testing.T) {
				t.Parallel()
				table.judge(t, runner, m)
			})
		}
	})
	t.Logf("\n%s", table)
	assert.GreaterOrEqual(t, float64(table.fell), 0.9*float64(table.drawn), "mutants that are liked less than their reference")
}

// byHand are the wrong programs of testdata: lines "task: LANGUAGE/ID" and
// "kind: …", then the file "program".
func byHand(t *testing.T, list []tasks.Task) []mutants.Mutant {
	paths, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	var all []mutants.Mutant
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		require.NoError(t, err)
		head := map[string]string{}
		for line := range strings.Lines(string(a.Comment)) {
			key, value, _ := strings.Cut(line, ":")
			head[key] = strings.TrimSpace(value)
		}
		at := slices.IndexFunc(list, func(t tasks.Task) bool { return t.Language+"/"+t.ID == head["task"] })
		require.GreaterOrEqual(t, at, 0, "%s: no task %q", path, head["task"])
		require.Len(t, a.Files, 1, path)
		all = append(all, mutants.Mutant{Task: list[at], Kind: head["kind"], Program: string(a.Files[0].Data)})
	}
	return all
}

// table counts by kind.
type table struct {
	mu                   sync.Mutex
	rows                 map[string][2]int
	drawn, fell, crashed int
	missed               []string
}

func newTable() *table { return &table{rows: map[string][2]int{}} }

// judge draws one mutant. One that does not run is no mutant for this test: it
// fails without any check of fidelity.
func (b *table) judge(t *testing.T, r *renderers.Runner, m mutants.Mutant) {
	l, ok := renderers.ByName(m.Task.Language)
	require.True(t, ok)
	dir := t.TempDir()
	job := renderers.Job{Language: l, Program: m.Program, Out: dir}
	if m.Task.Data != "" {
		file := filepath.Join(dir, tasks.DataName)
		require.NoError(t, os.WriteFile(file, []byte(m.Task.Data), 0o600))
		job.Data = []renderers.DataFile{{Path: file}}
	}
	out, err := r.Run(context.Background(), job)
	require.NoError(t, err)
	result := fidelity.Check(m.Task.Facts, fidelity.Evidence{Language: m.Task.Language, Program: m.Program, Data: m.Task.Data, Scene: out.Scene})
	b.mu.Lock()
	defer b.mu.Unlock()
	if out.Diagnostic != nil {
		b.crashed++
		t.Logf("does not run: %s %s: %s", m.Task.ID, m.Kind, out.Diagnostic.Message)
		return
	}
	row := b.rows[m.Kind]
	row[0]++
	b.drawn++
	if len(result.Missing) > 0 {
		row[1]++
		b.fell++
		t.Logf("%s: %s", m.Kind, result)
	} else {
		b.missed = append(b.missed, m.Kind+": "+m.Task.Language+"/"+m.Task.ID)
		t.Logf("MISSED %s:\n%s", m.Kind, m.Program)
	}
	b.rows[m.Kind] = row
}

func (b *table) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "| wrong program | drawn | found |\n| --- | --- | --- |\n")
	for _, kind := range slices.Sorted(maps.Keys(b.rows)) {
		fmt.Fprintf(&s, "| %s | %d | %d |\n", kind, b.rows[kind][0], b.rows[kind][1])
	}
	fmt.Fprintf(&s, "| all | %d | %d (%.0f %%) |\n", b.drawn, b.fell, 100*float64(b.fell)/float64(max(b.drawn, 1)))
	fmt.Fprintf(&s, "%d did not run\n", b.crashed)
	for _, m := range slices.Sorted(slices.Values(b.missed)) {
		fmt.Fprintf(&s, "missed %s\n", m)
	}
	return s.String()
}
