package renderers

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStepsGoBackAndTryAgain(t *testing.T) {
	r, ctx := warmRunner(t), context.Background()
	s, err := r.Steps(ctx, Job{Language: python})
	require.NoError(t, err)
	step := func(source string) Step {
		t.Helper()
		got, err := s.Step(ctx, source)
		require.NoError(t, err)
		t.Log(source, got.Exec)
		return got
	}
	require.Nil(t, step("import matplotlib.pyplot as plt\nx = [1]").Error)
	require.Nil(t, step("fig, ax = plt.subplots()").Error)
	failed := step("ax.plot([1, 2])\nax.set_xtitle('a')")
	require.NotNil(t, failed.Error)
	assert.Equal(t, 5, failed.Error.Line)
	assert.Contains(t, failed.Error.Note, "set_title")
	assert.Equal(t, 2, s.Len(), "a statement that fails is not kept")
	drawn := step("ax.plot([1, 2])\nx.append(2)\nprint('drawn')")
	require.Nil(t, drawn.Error)
	assert.Equal(t, "drawn\n", drawn.Stdout)
	assert.Equal(t, []OpenFigure{{Number: 1, Axes: 1, Artists: 1}}, drawn.Figures, "what failed left no line behind")
	require.NoError(t, s.Rewind(1))
	assert.Equal(t, "[1] []\n", step("print(x, plt.get_fignums())").Stdout)
	_, err = s.Step(ctx, "import os\nos._exit(3)")
	assert.Error(t, err)
	_, err = s.Step(ctx, "os = __import__('os')\nos.kill(os.getpid(), 9)")
	assert.Error(t, err)
	assert.Equal(t, "[1]\n", step("print(x)").Stdout, "a process that ends takes nothing with it")
	assert.True(t, step("raise SystemExit").Ended)
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	worker := r.warm.seats[0].worker
	assert.Nil(t, runWarm(t, r, plotOne).Diagnostic)
	assert.Same(t, worker, r.warm.seats[0].worker, "the worker goes on to serve")
}

func TestHostileStepsDoNotReachTheWorker(t *testing.T) {
	r, ctx := warmRunner(t), context.Background()
	s, err := r.Steps(ctx, Job{Language: python})
	require.NoError(t, err)
	got, err := s.Step(ctx, hostilePrelude+`
zygote = 2
refused('signal', lambda: os.kill(zygote, 9))
refused('all', lambda: os.kill(-1, 9))
refused('memory', lambda: os.open(f'/proc/{zygote}/mem', os.O_RDWR))
refused('files', lambda: os.listdir(f'/proc/{zygote}/fd'))
if os.fork() == 0:
    os.setsid()
    time.sleep(1000)
open('left.txt', 'w').write('x')
print('held')`)
	require.NoError(t, err)
	require.Nil(t, got.Error, "%+v", got.Error)
	assert.Equal(t, "held\n", got.Stdout)
	// A checkpoint that will not end when it is told to.
	_, err = s.Step(ctx, "import os, signal\nos.write(2, b'')\nfor fd in range(3, 20):\n    try: os.close(fd)\n    except OSError: pass\nsignal.pause()")
	assert.Error(t, err)
	require.NoError(t, s.Close())
	next := runWarm(t, r, afterHostile)
	assert.Nil(t, next.Diagnostic, "%+v", next.Diagnostic)
}
