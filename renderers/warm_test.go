package renderers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/sandbox"
)

// warmRunner has one worker for Python programs with the given data files.
func warmRunner(t *testing.T, data ...DataFile) *Runner {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	scratch := t.TempDir()
	r := NewRunner(box, Options{Scratch: scratch})
	t.Cleanup(func() {
		require.NoError(t, r.Close())
		left, err := os.ReadDir(scratch)
		require.NoError(t, err)
		assert.Empty(t, left, "the worker's folder is removed")
	})
	r.Prepare(Job{Language: python, Data: data})
	return r
}

// runWarm runs a program in the worker, and nowhere else.
func runWarm(t *testing.T, r *Runner, program string, data ...DataFile) Outcome {
	t.Helper()
	o, err := r.Run(context.Background(), Job{Language: python, Program: program, Data: data, Out: t.TempDir()})
	require.NoError(t, err)
	require.Empty(t, o.Note)
	require.True(t, o.Warm)
	return o
}

func TestWarmRunDraws(t *testing.T) {
	data := filepath.Join(t.TempDir(), "points.csv")
	require.NoError(t, os.WriteFile(data, []byte("a,b\n1,2\n3,4\n"), 0o600))
	r := warmRunner(t, DataFile{Path: data})
	program := "import pandas as pd, seaborn as sns\nsns.lineplot(data=pd.read_csv('points.csv'), x='a', y='b')\nprint('drawn')\n"
	for i := range 3 {
		o := runWarm(t, r, program, DataFile{Path: data})
		require.Nil(t, o.Diagnostic, "%+v", o.Diagnostic)
		assert.Len(t, o.Pictures, 1)
		assert.Equal(t, "drawn\n", o.Stdout)
		t.Log(i, o.Exec)
	}
	_ = fmt.Sprint
}
