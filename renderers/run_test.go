package renderers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/renderers/picture"
	"viscoder/renderers/sandbox"
)

const plotOne = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.savefig('plot.png')\n"

func TestRunKeepsEarlierPicturesAndLeavesNothingElse(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	scratch, out := t.TempDir(), t.TempDir()
	r := NewRunner(box, Options{Scratch: scratch})
	for range 2 {
		o, err := r.Run(context.Background(), Job{Language: python, Program: plotOne, Out: out})
		require.NoError(t, err)
		require.Nil(t, o.Diagnostic)
		assert.Positive(t, o.Exec)
	}
	assert.FileExists(t, filepath.Join(out, "plot.png"))
	assert.FileExists(t, filepath.Join(out, "plot-2.png"))
	left, err := os.ReadDir(scratch)
	require.NoError(t, err)
	assert.Empty(t, left, "working folders are removed")
}

func TestStateDoesNotPassFromRunToRun(t *testing.T) {
	r, out := newRunner(t), t.TempDir()
	first := "open('left.txt', 'w').write('x')\nimport os, builtins\nos.makedirs('/tmp/home/left')\n"
	_, err := r.Run(context.Background(), Job{Language: python, Program: first, Out: out})
	require.NoError(t, err)
	second := "import os\nassert not os.path.exists('left.txt') and not os.path.exists('/tmp/home/left')\n" + plotOne
	o, err := r.Run(context.Background(), Job{Language: python, Program: second, Out: out})
	require.NoError(t, err)
	assert.Nil(t, o.Diagnostic)
}

func TestRunWithoutBox(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{Unsafe: true})
	require.NoError(t, err)
	data := filepath.Join(t.TempDir(), "points.csv")
	require.NoError(t, os.WriteFile(data, []byte("a,b\n1,2\n3,4\n"), 0o600))
	program := "import pandas as pd\npd.read_csv('points.csv').plot(x='a', y='b')\n"
	o, err := NewRunner(box, Options{}).Run(context.Background(), Job{Language: python, Program: program, Data: []DataFile{{Path: data}}, Out: t.TempDir()})
	require.NoError(t, err)
	require.Nil(t, o.Diagnostic, "%+v", o.Diagnostic)
	assert.Len(t, o.Pictures, 1)
}

func TestRunEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := newRunner(t).Run(ctx, Job{Language: python, Program: "while True: pass", Out: t.TempDir()})
	assert.ErrorIs(t, err, context.Canceled)
}

func TestMissingToolsAreNamed(t *testing.T) {
	t.Setenv("VISCODER_PYTHON", "")
	tools := &Tools{Dir: t.TempDir()}
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	programs := map[*Language]string{python: plotOne, vegalite: `{"mark": "bar"}`, svg: `<svg xmlns="http://www.w3.org/2000/svg"/>`}
	for _, l := range []*Language{python, vegalite, svg} {
		_, err := NewRunner(box, Options{Tools: tools}).Run(context.Background(), Job{Language: l, Program: programs[l], Out: t.TempDir()})
		require.Error(t, err, l.Name)
		assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
		assert.Equal(t, "Run `viscoder setup python`.", fault.HintOf(err))
		for _, s := range l.DetectWith(context.Background(), tools) {
			assert.False(t, s.OK)
			assert.Contains(t, s.Hint, "viscoder setup python")
		}
	}
}

func TestDetect(t *testing.T) {
	for _, l := range All() {
		found := l.Detect(context.Background())
		require.NotEmpty(t, found, l.Name)
		for _, s := range found {
			assert.True(t, s.OK, "%+v", s)
			assert.Regexp(t, `^\d+\.\d+`, s.Version)
			assert.Empty(t, s.Hint)
		}
	}
}

// A Python without any package: the driver itself needs none.
func TestOwnInterpreter(t *testing.T) {
	plain, err := exec.LookPath("/usr/bin/python3")
	require.NoError(t, err)
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	r := NewRunner(box, Options{Tools: &Tools{PythonPath: plain, Dir: (&Tools{}).dir()}})
	o, err := r.Run(context.Background(), Job{Language: python, Program: "import plotly\n", Out: t.TempDir()})
	require.NoError(t, err)
	require.NotNil(t, o.Diagnostic)
	assert.Contains(t, o.Diagnostic.Text, "No module named 'plotly'")

	// The packages of ours go on to come from the managed environment.
	o, err = r.Run(context.Background(), Job{Language: vegalite, Program: `{"data":{"values":[{"a":1}]},"mark":"bar","encoding":{"x":{"field":"a","type":"quantitative"}}}`, Out: t.TempDir()})
	require.NoError(t, err)
	assert.Nil(t, o.Diagnostic)
}

func TestInterpreterOfAnEnvironmentIsShownInTheBox(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	t.Setenv("VISCODER_PYTHON", filepath.Join((&Tools{}).pythonDir(), "bin", "python"))
	o, err := NewRunner(box, Options{}).Run(context.Background(), Job{Language: python, Program: plotOne, Out: t.TempDir()})
	require.NoError(t, err)
	assert.Nil(t, o.Diagnostic, "%+v", o.Diagnostic)
}

func TestWrongInterpreter(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	for _, path := range []string{"/no/such/python", "/bin/false"} {
		_, err := NewRunner(box, Options{Tools: &Tools{PythonPath: path}}).Run(context.Background(), Job{Language: python, Program: plotOne, Out: t.TempDir()})
		assert.Equal(t, fault.Toolchain, fault.CodeOf(err), path)
		assert.ErrorContains(t, err, path)
	}
}

func TestJobsThatCannotBeShown(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.csv")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for name, j := range map[string]Job{
		"two of one name": {Data: []DataFile{{Path: file}, {Path: file}}},
		"no such file":    {Data: []DataFile{{Path: filepath.Join(dir, "b.csv")}}},
		"a folder":        {Data: []DataFile{{Path: dir}}},
		"our own name":    {Data: []DataFile{{Path: file, Name: "program.py"}}},
		"a path":          {Data: []DataFile{{Path: file, Name: "../a.csv"}}},
		"hidden":          {Data: []DataFile{{Path: file, Name: ".viscoder"}}},
		"a line break":    {Data: []DataFile{{Path: file, Name: "a\nb.csv"}}},
		"format":          {Format: "bmp"},
	} {
		j.Language, j.Out, j.Program = python, dir, plotOne
		_, err := newRunner(t).Run(context.Background(), j)
		assert.Equal(t, fault.Usage, fault.CodeOf(err), name)
	}
}

func TestLimitsAreNamed(t *testing.T) {
	for reason, want := range map[sandbox.Reason]string{
		sandbox.ReasonMemory: "too much memory", sandbox.ReasonOutput: "printed without end", sandbox.ReasonDisk: "too large files",
		sandbox.ReasonProcesses: "too many processes", sandbox.ReasonTimeout: "time limit", "new": "stopped: new",
	} {
		d := explainLimit(&Job{Timeout: DefaultTimeout}, sandbox.Result{Reason: reason, Stderr: []byte("\x1b[31mred\x1b[0m")})
		require.NotNil(t, d)
		assert.Equal(t, KindTimeout, d.Kind)
		assert.Contains(t, d.Message, want)
		assert.Contains(t, d.Full, "\nred")
	}
}

func TestAGoodPictureMakesTheOthersWarnings(t *testing.T) {
	bad := picture.Finding{Code: picture.Blank, Grade: picture.GradeError, Message: "blank"}
	g := gathered{sights: []sight{{path: "/o/a.png", raster: true, findings: []picture.Finding{bad}}, {path: "/o/b.png", raster: true}, {path: "/o/c.svg"}}}
	assert.Equal(t, []string{"/o/b.png", "/o/a.png", "/o/c.svg"}, g.paths("png"))
	assert.Equal(t, []string{"/o/c.svg", "/o/b.png", "/o/a.png"}, g.paths("svg"))
	assert.Equal(t, []picture.Finding{{Code: picture.Blank, Grade: picture.GradeWarning, Message: "a.png: blank"}}, g.findings())
	g.sights = g.sights[:1]
	assert.Equal(t, []picture.Finding{bad}, g.findings())
}
