package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Hostile programs speak a small language: a line "ESCAPED …" for each thing
// that should not have been possible, and "held" at the end of their tries, so
// that a program which merely crashed proves nothing.
const hostilePrelude = `
import os, sys, errno, ctypes, socket, signal, time, struct, glob, threading, mmap
libc = ctypes.CDLL(None, use_errno=True)
def escaped(what): print("ESCAPED", what, flush=True)
def held(): print("held", flush=True)
def refused(what, do):
    try: r = do()
    except Exception as e: return e
    escaped(f"{what}: {r!r}"[:300])
def syscall(nr, *args):
    ctypes.set_errno(0)
    r = libc.syscall(*[ctypes.c_long(a) for a in (nr, *args)])
    return r, ctypes.get_errno()
def read(p):
    with open(p, "rb") as f: return f.read(4096)
def write(p, data=b"x"):
    with open(p, "wb") as f: f.write(data)
`

// stage is what hostile programs find outside of their box.
type stage struct {
	secret   string // content that must never get out
	home     string // folder that holds it in "diary"
	readOnly string // folder shown read-only in the box; holds "data.csv" and "tool"
	abstract string // name of a socket that listens, without file
	path     string // socket that listens, as a file
	port     int    // TCP port that listens
	pid      int    // a process of the same user
	secretFD int    // an open file that nobody marked close-on-exec
}

type hostile struct {
	name    string
	python  string // program; @NAMES@ are replaced by what the stage has
	c       string // program in C instead
	command func(s *stage, c *Command)
	limits  Limits
	reason  Reason // the limit that must end it; empty: it must end by itself and have said "held"
	signal  string // that must end it
	check   func(t *testing.T, s *stage, r Result, work string)
}

// runHostile is the one path of every case.
func runHostile(t *testing.T, b *Box, s *stage, h hostile) {
	work := t.TempDir()
	mark := fmt.Sprintf("VISCODER_MARK=%d-%s.", os.Getpid(), h.name)
	c := Command{Work: work, Env: []string{mark}, ReadOnly: []Bind{{Host: s.readOnly}}, Limits: h.limits}
	c.Limits.Wall = max(c.Limits.Wall, 20*time.Second)
	if h.reason == ReasonTimeout {
		c.Limits.Wall = max(h.limits.Wall, 500*time.Millisecond)
	}
	switch {
	case h.c != "":
		c.Args = []string{compile(t, work, s.fill(h.c))}
	default:
		require.NoError(t, os.WriteFile(filepath.Join(work, "hostile.py"), []byte(hostilePrelude+s.fill(h.python)), 0o600))
		c.Args = []string{"python3", "hostile.py"}
	}
	if h.command != nil {
		h.command(s, &c)
	}
	r, err := b.Run(context.Background(), c)
	require.NoError(t, err)
	said := fmt.Sprintf("exit %d %s %s\n%.3000s\n%.3000s", r.ExitCode, r.Signal, r.Reason, r.Stdout, r.Stderr)
	assert.NotContains(t, said, "ESCAPED")
	assert.NotContains(t, said, s.secret)
	assert.Equal(t, h.reason, r.Reason, said)
	switch {
	case h.signal != "":
		assert.Equal(t, h.signal, r.Signal, said)
	case h.reason == "":
		assert.Contains(t, said, "held")
	}
	assert.Empty(t, marked(mark), "processes outlive the run")
	assertTame(t, work)
	if h.check != nil {
		h.check(t, s, r, work)
	}
}

// marked lists the processes of the machine that carry mark in their environment.
func marked(mark string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, f := range files {
		if env, err := os.ReadFile(f); err == nil && bytes.Contains(env, []byte(mark)) {
			found = append(found, f)
		}
	}
	return found
}

// assertTame: only plain files and folders are left, and they are the caller's.
func assertTame(t *testing.T, work string) {
	require.NoError(t, filepath.WalkDir(work, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		assert.True(t, d.IsDir() || d.Type().IsRegular(), "%s is left as %v", p, d.Type())
		assert.Zero(t, info.Mode()&(os.ModeSetuid|os.ModeSetgid), p)
		assert.EqualValues(t, os.Geteuid(), info.Sys().(*syscall.Stat_t).Uid, p)
		return nil
	}))
}

// compile builds a C program into the work folder and returns its path inside.
func compile(t *testing.T, work, source string) string {
	src := filepath.Join(work, "hostile.c")
	require.NoError(t, os.WriteFile(src, []byte(source), 0o600))
	out, err := exec.Command("gcc", "-O1", "-w", "-o", filepath.Join(work, "hostile"), src).CombinedOutput()
	require.NoError(t, err, "gcc: %s", out)
	return Inside + "/hostile"
}

// fill puts the names of the stage and the numbers of system calls into a program.
func (s *stage) fill(program string) string {
	return strings.NewReplacer(
		"@HOME@", s.home, "@READONLY@", s.readOnly, "@ABSTRACT@", s.abstract, "@SOCKET@", s.path,
		"@PORT@", strconv.Itoa(s.port), "@PID@", strconv.Itoa(s.pid), "@TESTER@", strconv.Itoa(os.Getpid()),
		"@IOCTL@", strconv.Itoa(unix.SYS_IOCTL), "@CLONE@", strconv.Itoa(unix.SYS_CLONE),
	).Replace(program)
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{secret: fmt.Sprintf("secret-%d-%d", os.Getpid(), time.Now().UnixNano()), home: t.TempDir(), readOnly: t.TempDir()}
	require.NoError(t, os.WriteFile(filepath.Join(s.home, "diary"), []byte(s.secret), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(s.readOnly, "data.csv"), []byte("a,b\n1,2\n"), 0o644))
	require.NoError(t, os.Chmod(s.readOnly, 0o755))
	require.NoError(t, copyFile("/usr/bin/id", filepath.Join(s.readOnly, "tool")))
	require.NoError(t, os.Chmod(filepath.Join(s.readOnly, "tool"), 0o755|os.ModeSetuid))

	s.abstract = fmt.Sprintf("viscoder-test-%d", os.Getpid())
	s.path = filepath.Join(s.home, "agent.sock")
	for _, address := range []string{"@" + s.abstract, s.path} {
		l, err := net.Listen("unix", address)
		require.NoError(t, err)
		t.Cleanup(func() { l.Close() })
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	s.port = l.Addr().(*net.TCPAddr).Port

	bystander := exec.Command("sleep", "600")
	require.NoError(t, bystander.Start())
	t.Cleanup(func() {
		_ = bystander.Process.Kill()
		_ = bystander.Wait()
	})
	s.pid = bystander.Process.Pid

	// As C code opens files: without close-on-exec.
	s.secretFD, err = unix.Open(filepath.Join(s.home, "diary"), unix.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { unix.Close(s.secretFD) })
	require.NoError(t, os.Setenv("VISCODER_TEST_SECRET", s.secret))
	t.Cleanup(func() { os.Unsetenv("VISCODER_TEST_SECRET") })
	return s
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

func TestHostile(t *testing.T) {
	b, err := New(Options{})
	require.NoError(t, err)
	t.Log(b.Describe())
	require.Equal(t, os.Geteuid() == 0, b.drops, "root must not stay root in the eyes of the kernel: limits on processes would not bind")
	s := newStage(t)
	t.Run("cases", func(t *testing.T) {
		for _, h := range hostilePrograms() {
			t.Run(h.name, func(t *testing.T) {
				t.Parallel()
				runHostile(t, b, s, h)
			})
		}
	})
	assert.NoError(t, syscall.Kill(s.pid, 0), "a bystander of the same user was killed")
	diary, err := os.ReadFile(filepath.Join(s.home, "diary"))
	require.NoError(t, err)
	assert.Equal(t, s.secret, string(diary))
	data, err := os.ReadFile(filepath.Join(s.readOnly, "data.csv"))
	require.NoError(t, err)
	assert.Equal(t, "a,b\n1,2\n", string(data))
}

// TestHostileAsOrdinaryUser runs the same programs once more as a user without
// rights; where the tests run as such a user already, TestHostile did that.
func TestHostileAsOrdinaryUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("the tests run as an ordinary user, so only TestHostile shows anything; run them as root to see both")
		return
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("/tmp", "viscoder-ordinary-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	tmp := filepath.Join(dir, "tmp")
	require.NoError(t, os.Mkdir(tmp, 0o700))
	require.NoError(t, os.Chown(tmp, nobody, nobody))
	self, err := os.Executable()
	require.NoError(t, err)
	program := filepath.Join(dir, "sandbox.test")
	require.NoError(t, copyFile(self, program))
	cmd := exec.Command(program, "-test.run", "^(TestHostile$|TestRun|TestBind|TestCollect|TestSettle|TestEmpty|TestTool|TestForbidden|TestParent)")
	cmd.Dir = tmp
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + tmp, "TMPDIR=" + tmp}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "PASS")
}
