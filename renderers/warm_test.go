package renderers

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/sandbox"
)

// waitingRunner has one warm worker for a language with the given data files.
func waitingRunner(t *testing.T, l *Language, data ...DataFile) *Runner {
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
	r.Prepare(Job{Language: l, Data: data})
	return r
}

func warmRunner(t *testing.T, data ...DataFile) *Runner {
	t.Helper()
	return waitingRunner(t, python, data...)
}

// runWarm runs a Python program in the worker, and nowhere else.
func runWarm(t *testing.T, r *Runner, program string, data ...DataFile) Outcome {
	t.Helper()
	o, err := r.Run(context.Background(), Job{Language: python, Program: program, Data: data, Out: t.TempDir()})
	require.NoError(t, err)
	require.Empty(t, o.Note)
	require.True(t, o.Warm)
	return o
}

// The cases without data files once more, one after the other in one worker.
func TestCasesWarm(t *testing.T) {
	for _, l := range All() {
		if l.Warm == nil {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			r := waitingRunner(t, l)
			paths, err := filepath.Glob(filepath.Join("testdata", l.Name, "*.txtar"))
			require.NoError(t, err)
			for _, path := range paths {
				t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
					job, want := readCase(t, path, l)
					if len(job.Data) > 0 {
						return // a worker for each would take longer than it shows
					}
					out, err := r.Run(context.Background(), job)
					require.NoError(t, err)
					assert.Empty(t, out.Note)
					assert.True(t, out.Warm || out.Exec == 0, "refused before it was run, or run warm")
					compare(t, want, out)
				})
			}
		})
	}
}

func TestDataThatChangedIsSeenAnew(t *testing.T) {
	data := DataFile{Path: filepath.Join(t.TempDir(), "points.csv")}
	require.NoError(t, os.WriteFile(data.Path, []byte("a,b\n1,2\n3,4\n"), 0o600))
	r := warmRunner(t, data)
	program := "import pandas as pd\ndf = pd.read_csv('points.csv')\ndf.plot(x='a', y='b')\nprint(len(df))\n"
	assert.Equal(t, "2\n", runWarm(t, r, program, data).Stdout)
	require.NoError(t, os.Remove(data.Path)) // as editors do: another file of the same name
	require.NoError(t, os.WriteFile(data.Path, []byte("a,b\n1,2\n3,4\n5,6\n"), 0o600))
	assert.Equal(t, "3\n", runWarm(t, r, program, data).Stdout)
}

func TestLimitsHoldForEachWarmRun(t *testing.T) {
	r := warmRunner(t)
	for name, program := range map[string]string{
		"time":      "while True: pass\n",
		"memory":    "x = []\nwhile True: x.append(bytearray(b'x' * (64 << 20)))\n",
		"processes": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n",
		"output":    "while True: print('x' * 100000)\n",
		"disk":      "import itertools\nfor n in itertools.count(): open(f'{n}.txt', 'w')\n",
	} {
		o, err := r.Run(context.Background(), Job{Language: python, Program: program, Out: t.TempDir(), Timeout: 3 * time.Second})
		require.NoError(t, err, name)
		require.True(t, o.Warm, name)
		require.NotNil(t, o.Diagnostic, name)
		assert.Equal(t, KindTimeout, o.Diagnostic.Kind, "%s: %+v", name, o.Diagnostic)
		assert.Nil(t, runWarm(t, r, plotOne).Diagnostic, "the run after %s", name)
	}
}

func TestWarmRunEndsWithTheContext(t *testing.T) {
	r := warmRunner(t)
	start := r.warm.seats[0].worker
	<-start.ready
	require.NoError(t, start.err)
	watcher, err := fsnotify.NewWatcher()
	require.NoError(t, err)
	defer watcher.Close()
	require.NoError(t, watcher.Add(start.work))
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for event := range watcher.Events {
			if filepath.Base(event.Name) == "running" {
				cancel()
			}
		}
	}()
	_, err = r.Run(ctx, Job{Language: python, Program: "import time\nopen('running', 'w')\ntime.sleep(600)\n", Out: t.TempDir()})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Nil(t, runWarm(t, r, plotOne).Diagnostic)
}

func TestWorkerThatDoesNotStart(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{Unsafe: true})
	require.NoError(t, err)
	r := NewRunner(box, Options{})
	defer r.Close()
	r.Prepare(Job{Language: python})
	for i := range 2 {
		o, err := r.Run(context.Background(), Job{Language: python, Program: plotOne, Out: t.TempDir()})
		require.NoError(t, err)
		assert.Nil(t, o.Diagnostic)
		assert.False(t, o.Warm)
		if i == 0 {
			assert.Contains(t, o.Note, "no warm worker for Python")
		} else {
			assert.Empty(t, o.Note, "said once")
		}
	}
}

func TestTwoRunsAtATimeHaveTwoBoxes(t *testing.T) {
	r := warmRunner(t)
	r.Prepare(Job{Language: python})
	first := r.take(&Job{Language: python})
	second := r.take(&Job{Language: python})
	require.NotNil(t, first)
	require.NotNil(t, second)
	assert.NotSame(t, first, second)
	assert.Nil(t, r.take(&Job{Language: python}), "the third goes the cold way")
	<-first.worker.ready
	<-second.worker.ready
	assert.NotEqual(t, first.worker.work, second.worker.work)
	r.giveBack(first)
	r.giveBack(second)
}
