package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"viscoder/internal/aftermath"
)

// dig makes folders in folders, deeper than any path may be long, with a file
// at each level, and shuts the last one.
func dig(t *testing.T, top string, depth int) {
	t.Helper()
	fd, err := unix.Open(top, unix.O_DIRECTORY, 0)
	require.NoError(t, err)
	for range depth {
		require.NoError(t, unix.Mkdirat(fd, "d", 0o700))
		f, err := unix.Openat(fd, "f", unix.O_CREAT, 0)
		require.NoError(t, err)
		unix.Close(f)
		next, err := unix.Openat(fd, "d", unix.O_DIRECTORY, 0)
		require.NoError(t, err)
		unix.Close(fd)
		fd = next
	}
	require.NoError(t, unix.Fchmod(fd, 0))
	unix.Close(fd)
}

// trap fills a folder with what a careless reader would stumble over.
func trap(t *testing.T) (work, outside string) {
	t.Helper()
	work, outside = t.TempDir(), filepath.Join(t.TempDir(), "outside.png")
	require.NoError(t, os.WriteFile(outside, []byte("private"), 0o600))
	at := func(name string) string { return filepath.Join(work, name) }
	require.NoError(t, os.Symlink(outside, at("link.png")))
	require.NoError(t, os.Symlink(filepath.Dir(outside), at("folder")))
	require.NoError(t, unix.Mkfifo(at("fifo.png"), 0o600))
	require.NoError(t, os.Mkdir(at("dir.png"), 0o700))
	require.NoError(t, os.WriteFile(at("dir.png/a.png"), []byte("one"), 0o600))
	require.NoError(t, os.WriteFile(at("a.png"), []byte("two"), 0o600))
	require.NoError(t, os.WriteFile(at("notes.txt"), []byte("three"), 0o600))
	require.NoError(t, os.WriteFile(at("\x1b[31m;rm -rf.png"), []byte("four"), 0o600))
	require.NoError(t, os.WriteFile(at("large.png"), make([]byte, 5000), 0o600))
	return work, outside
}

func TestCollectTakesRegularFilesOnly(t *testing.T) {
	work, _ := trap(t)
	into := t.TempDir()
	taken, err := Collect(work, "*.png", into, TakeLimits{FileBytes: 4000})
	require.NoError(t, err)
	got := map[string]bool{}
	for _, p := range taken.Paths {
		require.Equal(t, into, filepath.Dir(p))
		data, err := os.ReadFile(p)
		require.NoError(t, err)
		got[string(data)] = true
		assert.Regexp(t, `^[A-Za-z0-9_][A-Za-z0-9._-]*$`, filepath.Base(p))
	}
	assert.Equal(t, map[string]bool{"one": true, "two": true, "four": true}, got)
	all := strings.Join(taken.Refused, "\n")
	assert.Len(t, taken.Refused, 3, all)
	assert.Contains(t, all, `"large.png": 5000 bytes, more than 4000`)
	assert.Contains(t, all, `"fifo.png"`)
	assert.Contains(t, all, `"link.png"`)
}

func TestCollectIsBounded(t *testing.T) {
	work := t.TempDir()
	for i := range 20 {
		require.NoError(t, os.WriteFile(filepath.Join(work, fmt.Sprint(i, ".png")), nil, 0o600))
	}
	taken, err := Collect(work, "*.png", t.TempDir(), TakeLimits{Files: 5})
	require.NoError(t, err)
	assert.Len(t, taken.Paths, 5)
	assert.Len(t, taken.Refused, 15)

	deep := t.TempDir()
	dig(t, deep, maxDepth+50)
	t.Cleanup(func() { assert.NoError(t, empty(deep)) })
	taken, err = Collect(deep, "*.png", t.TempDir(), TakeLimits{})
	require.NoError(t, err)
	assert.Equal(t, []string{errTooDeep.Error()}, taken.Refused)

	_, err = Collect(work, "[", t.TempDir(), TakeLimits{})
	assert.Error(t, err)
}

func TestSettleLeavesPlainFiles(t *testing.T) {
	work, outside := trap(t)
	require.NoError(t, os.Chmod(filepath.Join(work, "a.png"), 0o6755))
	require.NoError(t, os.Chmod(filepath.Join(work, "dir.png"), 0))
	require.NoError(t, os.Chmod(work, 0o500))
	require.NoError(t, settle(work, -1))
	assert.NoError(t, aftermath.Tame(work))
	data, err := os.ReadFile(filepath.Join(work, "dir.png", "a.png"))
	require.NoError(t, err)
	assert.Equal(t, "one", string(data))
	info, err := os.Stat(outside)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode(), "what a link points to is left alone")
}

func TestSettleLeavesFilesOfOthersAlone(t *testing.T) {
	work := t.TempDir()
	outside := filepath.Join(t.TempDir(), "data.csv")
	require.NoError(t, os.WriteFile(outside, nil, 0o640))
	require.NoError(t, os.Link(outside, filepath.Join(work, "data.csv")))
	require.NoError(t, settle(work, -1))
	info, err := os.Stat(outside)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), info.Mode())
}

func TestSettleNoticesDepth(t *testing.T) {
	deep := t.TempDir()
	dig(t, deep, maxDepth+5)
	assert.ErrorIs(t, settle(deep, -1), errTooDeep)
	assert.NoError(t, empty(deep))
}

func TestEmptyReachesAnyDepth(t *testing.T) {
	deep := t.TempDir()
	dig(t, deep, 2200)
	_, err := weigh(deep, 0)
	require.ErrorIs(t, err, errTooDeep)
	require.NoError(t, empty(deep))
	left, err := os.ReadDir(deep)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestWeighCountsSpaceNotSize(t *testing.T) {
	work := t.TempDir()
	before, err := weigh(work, 10)
	require.NoError(t, err)
	sparse, err := os.Create(filepath.Join(work, "sparse"))
	require.NoError(t, err)
	require.NoError(t, sparse.Truncate(1<<40))
	require.NoError(t, sparse.Close())
	require.NoError(t, os.WriteFile(filepath.Join(work, "dense"), make([]byte, 1<<20), 0o600))
	bytes, err := weigh(work, 10)
	require.NoError(t, err)
	assert.InDelta(t, before+1<<20, bytes, 64<<10)
	_, err = weigh(work, 1)
	assert.True(t, errors.Is(err, errTooMany))
}

func TestSafeNameNeverEmptyOrStrange(t *testing.T) {
	for _, name := range []string{"a", ".hidden.png", "-rf", "ü\n.png", strings.Repeat("x", 300) + ".png", strings.Repeat(".", 255), "a." + strings.Repeat("e", 250), " "} {
		safe := safeName(name)
		assert.Regexp(t, `^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$`, safe, "%q", name)
	}
	assert.Equal(t, "Fig-1.png", safeName("Fig-1.png"))
}
