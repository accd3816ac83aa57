package tasks_test

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/bench/tasks"
	"viscoder/renderers"
	"viscoder/renderers/sandbox"
	"viscoder/selfdebug/fidelity"
)

var (
	all    = flag.Bool("all", false, "draw all references, not a sample")
	only   = flag.String("only", "", "draw those whose LANGUAGE/ID contains this")
	keepIn = flag.String("pictures", "", "keep the pictures in this folder")
)

// The references are drawn with the real toolchains.
func TestMain(m *testing.M) {
	sandbox.Main()
	flag.Parse()
	say := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if err := renderers.Setup(context.Background(), []string{"all"}, say); err != nil {
		fmt.Fprintln(os.Stderr, "bench/tasks: setting up the toolchains:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func runner(t *testing.T) *renderers.Runner {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	return renderers.NewRunner(box, renderers.Options{})
}

// TestReferences draws references and asks for their facts: all with -all, else
// one of each language, by the hash of the id.
func TestReferences(t *testing.T) {
	list, err := tasks.All()
	require.NoError(t, err)
	runner := runner(t)
	for _, task := range chosen(list) {
		t.Run(task.Language+"/"+task.ID, func(t *testing.T) {
			t.Parallel()
			out := draw(t, runner, task, task.Reference)
			require.Nil(t, out.Diagnostic, "%+v\n%s", out.Diagnostic, out.Stderr)
			for _, f := range out.Findings {
				t.Logf("finding: %s %s", f.Grade, f.Message)
			}
			evidence := fidelity.Evidence{Language: task.Language, Program: task.Reference, Data: task.Data, Scene: out.Scene}
			result := fidelity.Check(task.Facts, evidence)
			t.Logf("fidelity: %s", result)
			assert.GreaterOrEqual(t, result.Score(), 0.95, "%s", result)
			assert.GreaterOrEqual(t, result.Total, 4, "too few facts")
			if fidelity.Sees(evidence) {
				asked := fidelity.Check(fidelity.FromRequest(task.Output+" "+task.Style, task.Data), evidence)
				assert.Empty(t, asked.Missing, "facts from the request alone hold for the reference")
			}
		})
	}
}

func chosen(list []tasks.Task) []tasks.Task {
	var picked []tasks.Task
	if *all || *only != "" {
		for _, t := range list {
			if strings.Contains(t.Language+"/"+t.ID, *only) {
				picked = append(picked, t)
			}
		}
		return picked
	}
	least := map[string]tasks.Task{}
	for _, t := range list {
		if have, ok := least[t.Language]; !ok || hash(t.ID) < hash(have.ID) {
			least[t.Language] = t
		}
	}
	for _, l := range renderers.Names() {
		if t, ok := least[l]; ok {
			picked = append(picked, t)
		}
	}
	return picked
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// draw runs a program on a task's data.
func draw(t *testing.T, r *renderers.Runner, task tasks.Task, program string) renderers.Outcome {
	t.Helper()
	l, ok := renderers.ByName(task.Language)
	require.True(t, ok, task.Language)
	dir := t.TempDir()
	job := renderers.Job{Language: l, Program: program, Out: dir}
	if *keepIn != "" {
		job.Out = filepath.Join(*keepIn, task.Language+"-"+task.ID)
		require.NoError(t, os.RemoveAll(job.Out))
		require.NoError(t, os.MkdirAll(job.Out, 0o755))
	}
	if task.Data != "" {
		file := filepath.Join(dir, tasks.DataName)
		require.NoError(t, os.WriteFile(file, []byte(task.Data), 0o600))
		job.Data = []renderers.DataFile{{Path: file}}
	}
	out, err := r.Run(context.Background(), job)
	require.NoError(t, err)
	return out
}
