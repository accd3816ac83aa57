package renderers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

// TestMain has set everything up, so here it must be a matter of one line.
func TestSetupAgainRedoesNothing(t *testing.T) {
	record := filepath.Join((&Tools{}).pythonDir(), pythonRecordName)
	before, err := os.Stat(record)
	require.NoError(t, err)
	var said []string
	require.NoError(t, Setup(context.Background(), []string{"python", "svg"}, func(s string) { said = append(said, s) }))
	after, err := os.Stat(record)
	require.NoError(t, err)
	assert.Equal(t, before.ModTime(), after.ModTime())
	require.Len(t, said, 1)
	assert.Contains(t, said[0], "python: ready")
}

func TestSetupOfAnUnknownLanguage(t *testing.T) {
	err := (&Tools{Dir: t.TempDir()}).Setup(context.Background(), []string{"cobol"}, func(string) {})
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	assert.ErrorContains(t, err, "cobol")
}

func TestSetupThatIsStoppedLeavesNothing(t *testing.T) {
	tools := &Tools{Dir: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	err := tools.Setup(ctx, []string{"python"}, func(line string) {
		if line == "python: making the environment" {
			cancel()
		}
	})
	require.ErrorIs(t, err, context.Canceled)
	left, err := filepath.Glob(filepath.Join(tools.Dir, ".python-*"))
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.NoDirExists(t, tools.pythonDir())
}

func TestSetupWaitsForAnother(t *testing.T) {
	tools := &Tools{Dir: t.TempDir()}
	lock := flock.New(filepath.Join(tools.Dir, "setup.lock"))
	require.NoError(t, lock.Lock())
	defer lock.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	var said []string
	err := tools.Setup(ctx, []string{"python"}, func(line string) { said = append(said, line); cancel() })
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []string{"waiting for another setup to end"}, said)
}

func TestDamagedEnvironment(t *testing.T) {
	tools := &Tools{Dir: t.TempDir()}
	require.NoError(t, os.MkdirAll(tools.pythonDir(), 0o755))
	for _, record := range []string{"", "{", `{"key": "x"}`} {
		require.NoError(t, os.WriteFile(filepath.Join(tools.pythonDir(), pythonRecordName), []byte(record), 0o644))
		_, err := tools.managedPython()
		assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
		assert.ErrorContains(t, err, "damaged")
	}
}

func TestReplaceFolder(t *testing.T) {
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "python"), filepath.Join(dir, ".new")
	for folder, name := range map[string]string{old: "a", fresh: "b"} {
		require.NoError(t, os.Mkdir(folder, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), nil, 0o600))
	}
	require.NoError(t, replaceFolder(fresh, old))
	assert.FileExists(t, filepath.Join(old, "b"))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestAStepThatFailsSaysWhy(t *testing.T) {
	b := pythonBuild{ctx: context.Background(), p: func(string) {}, dir: t.TempDir()}
	err := b.run("/bin/sh", "-c", "echo out; echo 'No space left on device' >&2; exit 3")
	assert.ErrorContains(t, err, "exit status 3: No space left on device")
	var exit *exec.ExitError
	assert.ErrorAs(t, err, &exit)
}

func TestAStepEndsWithItsChildren(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	b := pythonBuild{ctx: ctx, p: func(string) {}, dir: t.TempDir()}
	// The grandchild holds the pipe open: were it left alone, run would wait for it.
	assert.ErrorIs(t, b.run("/bin/sh", "-c", "sleep 1000 & wait"), context.DeadlineExceeded)
}

func TestLinesOfPip(t *testing.T) {
	for in, want := range map[string]string{
		"  Downloading numpy-2.2.6-cp311.whl (16.8 MB)":            "got numpy-2.2.6-cp311.whl (16.8 MB)",
		"  Using cached numpy-2.2.6-cp311.whl (16.8 MB)":           "got numpy-2.2.6-cp311.whl (16.8 MB)",
		"Installing collected packages: a, b":                      "unpacking the packages",
		"Collecting numpy==2.2.6 (from -r requirements (line 9))":  "",
		"Looking in indexes: a":                                    "",
		"Downloading https://mirror.example/a.whl.metadata (3 kB)": "",
	} {
		got, ok := worthSaying(in)
		assert.Equal(t, want, got)
		assert.Equal(t, want != "", ok)
	}
}

func TestPrunable(t *testing.T) {
	for path, want := range map[string]bool{
		"/lib/python3.11/site-packages/pandas/tests": true, "/lib/python3.11/site-packages/scipy/stats/tests": true, "/share": true,
		"/lib/python3.11/site-packages/numpy/_core/tests": false, "/lib/python3.11/site-packages/pandas/testing": false,
		"/lib/python3.11/site-packages/plotly/share": false, "/lib/python3.11/unittest/tests": false,
	} {
		assert.Equal(t, want, prunable.MatchString(path), path)
	}
}

func TestOutsideSystem(t *testing.T) {
	got := outsideSystem([]string{"/usr/lib/python3", "/opt/py/lib", "/opt/py", "/opt/pyx", "/opt/py", "/", "/usrlocal"})
	assert.Equal(t, []string{"/opt/py", "/opt/pyx", "/usrlocal"}, got)
}

// A lock without hashes, or with the address of an index, must not get in.
func TestLockIsPinned(t *testing.T) {
	assert.NotContains(t, string(pythonLock), "://")
	assert.NotContains(t, string(pythonLock), "--index-url")
	assert.Regexp(t, `(?m)^matplotlib==3\.10\.\d+ \\\n    --hash=sha256:[0-9a-f]{64}`, string(pythonLock))
	assert.NotRegexp(t, `(?m)^[a-z][^=\n]*$`, string(pythonLock))
}
