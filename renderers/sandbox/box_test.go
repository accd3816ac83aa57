package sandbox

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/aftermath"
	"viscoder/internal/fault"
	"viscoder/internal/ordinaryuser"
)

func TestMissingBubblewrap(t *testing.T) {
	_, err := New(Options{Bubblewrap: filepath.Join(t.TempDir(), "bwrap")})
	assert.Equal(t, fault.Sandbox, fault.CodeOf(err))
	assert.Contains(t, fault.HintOf(err), "apt-get install bubblewrap")
}

// fakeBubblewrap is a script in the place of bubblewrap.
func fakeBubblewrap(t *testing.T, script string) string {
	path := filepath.Join(t.TempDir(), "bwrap")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\ncase $1 in --version) echo bubblewrap 9; exit;; --help) echo --size; exit;; esac\n"+script), 0o755))
	return path
}

func TestBubblewrapThatFails(t *testing.T) {
	_, err := New(Options{Bubblewrap: fakeBubblewrap(t, `echo "bwrap: Can't mount proc on /newroot/proc: Operation not permitted" >&2; exit 1`)})
	require.Error(t, err)
	assert.Equal(t, fault.Sandbox, fault.CodeOf(err))
	assert.ErrorContains(t, err, "Can't mount proc")
	assert.NotEmpty(t, fault.HintOf(err))
}

// A bubblewrap that starts the program without a box must not get far: the
// launcher looks for itself.
func TestBubblewrapThatDoesNothing(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "ran")
	_, err := New(Options{Bubblewrap: fakeBubblewrap(t, `while [ "$1" != -- ]; do shift; done; shift 3; exec `+quote(os.Args[0])+` `+marker+` "$1" touch `+quote(trace))})
	require.Error(t, err)
	assert.Equal(t, fault.Sandbox, fault.CodeOf(err))
	assert.NoFileExists(t, trace)
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func TestLauncherRefusesWithoutBox(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	for name, text := range map[string]string{"no orders": "{", "no box": orders{Boxed: true, UID: -1, StatusFD: 3}.text()} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			require.NoError(t, err)
			defer r.Close()
			cmd := exec.Command(self, marker, text, "/bin/echo", "ran")
			cmd.ExtraFiles = []*os.File{w}
			out, err := cmd.Output()
			require.NoError(t, w.Close())
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			assert.Equal(t, exitRefused, exit.ExitCode())
			assert.NotContains(t, string(out), "ran")
			said, err := io.ReadAll(r)
			require.NoError(t, err)
			assert.NotContains(t, string(said), statusReady)
		})
	}
}

func TestRemedies(t *testing.T) {
	none := func(string) string { return "" }
	with := func(path, value string) func(string) string {
		return func(p string) string {
			if p == path {
				return value
			}
			return ""
		}
	}
	for _, c := range []struct {
		said string
		read func(string) string
		want string
	}{
		{"bwrap: setting up uid map: Permission denied", with("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"), hintAppArmor},
		{"bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", with("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"), hintAppArmor},
		{"bwrap: No permissions to create new namespace", with("/proc/sys/kernel/unprivileged_userns_clone", "0"), hintUserns},
		{"bwrap: Creating new namespace failed: No space left on device", with("/proc/sys/user/max_user_namespaces", "0"), hintUserns},
		{"bwrap: Failed to make / slave: Permission denied", none, hintContainer},
		{"bwrap: Can't mount proc on /newroot/proc: Operation not permitted", none, hintContainer},
		{"bwrap: something new", none, hintUnknown},
	} {
		assert.Equal(t, c.want, remedy(c.said, c.read), c.said)
	}
}

// Root must not stay root in the eyes of the kernel: limits on processes would
// not bind.
func TestRootBecomesAnotherUser(t *testing.T) {
	b, err := New(Options{})
	require.NoError(t, err)
	assert.Equal(t, os.Geteuid() == 0, b.drops)
}

// TestAsOrdinaryUser runs the tests that start boxes once more as a user
// without rights.
func TestAsOrdinaryUser(t *testing.T) {
	ordinaryuser.Run(t, "^(TestRun|TestBind|TestCollect|TestSettle|TestEmpty|TestTool|TestForbidden|TestParent|TestRoot)")
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

func TestDescribe(t *testing.T) {
	for name, b := range boxes(t) {
		assert.Equal(t, name == "unsafe", b.Unsafe())
		assert.Equal(t, name == "unsafe", strings.HasPrefix(b.Describe(), "none: "), b.Describe())
	}
}

func TestOwnUserIsUnlikeAnyOther(t *testing.T) {
	const all = 1 << 32
	seen := map[int]bool{}
	for run := range uint32(64) {
		uid := ownUser(all, 4194304, run)
		assert.False(t, seen[uid])
		assert.Less(t, uid, math.MaxInt32)
		seen[uid] = true
	}
	assert.Equal(t, 65534, ownUser(65536, 10, 1))
	assert.Equal(t, 999, ownUser(1000, 10, 1))
}

func TestCommandValidate(t *testing.T) {
	good := Command{Args: []string{"true"}, Work: "/somewhere"}
	require.NoError(t, good.Validate())
	for name, spoil := range map[string]func(*Command){
		"no program":        func(c *Command) { c.Args = nil },
		"empty program":     func(c *Command) { c.Args = []string{""} },
		"NUL in argument":   func(c *Command) { c.Args = []string{"true", "a\x00b"} },
		"NUL in variable":   func(c *Command) { c.Env = []string{"A=\x00"} },
		"not a variable":    func(c *Command) { c.Env = []string{"A"} },
		"nameless variable": func(c *Command) { c.Env = []string{"=x"} },
		"relative work":     func(c *Command) { c.Work = "work" },
		"relative bind":     func(c *Command) { c.ReadOnly = []Bind{{Host: "data"}} },
		"relative inside":   func(c *Command) { c.ReadOnly = []Bind{{Host: "/data", Inside: "data"}} },
		"over the root":     func(c *Command) { c.ReadOnly = []Bind{{Host: "/data", Inside: "/"}} },
		"over the work":     func(c *Command) { c.ReadOnly = []Bind{{Host: "/data", Inside: "/work/"}} },
		"over proc":         func(c *Command) { c.ReadOnly = []Bind{{Host: "/data", Inside: "/x/../proc/sys"}} },
		"the host's proc":   func(c *Command) { c.ReadOnly = []Bind{{Host: "/proc", Inside: "/data"}} },
		"the host's run":    func(c *Command) { c.ReadOnly = []Bind{{Host: "/run/user", Inside: "/data"}} },
		"negative time":     func(c *Command) { c.Limits.Wall = -1 },
		"negative memory":   func(c *Command) { c.Limits.Memory = -1 },
	} {
		c := good
		spoil(&c)
		assert.Error(t, c.Validate(), name)
	}
}

func TestWorkFolderIsNotTakenOnTrust(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(home, link))
	for name, b := range boxes(t) {
		for _, work := range []string{"/", "/etc", "/root", home, filepath.Dir(home), link, file, "/no/such/folder"} {
			_, err := b.Run(context.Background(), Command{Args: []string{"true"}, Work: work})
			assert.Equal(t, fault.Sandbox, fault.CodeOf(err), "%s %s: %v", name, work, err)
		}
	}
}

func TestBindsThatAreRefused(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	link := filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(home, link))
	b := boxes(t)["boxed"]
	for _, host := range []string{"/", "/etc", "/home", "/root", home, filepath.Dir(home), link, filepath.Join(home, "not there")} {
		_, err := b.Run(context.Background(), Command{Args: []string{"true"}, Work: t.TempDir(), ReadOnly: []Bind{{Host: host, Inside: "/data"}}})
		assert.Equal(t, fault.Sandbox, fault.CodeOf(err), host)
	}
}

func TestBindShowsDataUnderItsOwnName(t *testing.T) {
	data := filepath.Join(t.TempDir(), "sales 2026.csv")
	require.NoError(t, os.WriteFile(data, []byte("private\n"), 0o600)) // such as root's files are
	for name, b := range boxes(t) {
		t.Run(name, func(t *testing.T) {
			work := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(work, "kept.csv"), []byte("mine\n"), 0o600))
			r, err := b.Run(context.Background(), Command{
				Args: shell(`cat "sales 2026.csv" kept.csv deep/er/x.csv; ls -d /work/*; echo changed > made.csv`), Work: work,
				ReadOnly: []Bind{{Host: data, Inside: "/work/sales 2026.csv"}, {Host: data, Inside: "/work/deep/er/x.csv"}},
			})
			require.NoError(t, err)
			assert.Zero(t, r.ExitCode, string(r.Stderr))
			assert.Contains(t, string(r.Stdout), "private\nmine\nprivate\n")
			assert.NoFileExists(t, filepath.Join(work, "sales 2026.csv"), "the place for the bind is gone")
			assert.FileExists(t, filepath.Join(work, "kept.csv"))
			assert.FileExists(t, filepath.Join(work, "made.csv"))
			assert.NoError(t, aftermath.Tame(work))
		})
	}
}

// TestToolOutsideOfTheSystem: an interpreter in a folder that nobody else may
// enter, with an environment that points to it by absolute symlinks.
func TestToolOutsideOfTheSystem(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	real, err := filepath.EvalSymlinks("/usr/bin/python3")
	require.NoError(t, err)
	version := filepath.Join(home, "versions", "3.99")
	env := filepath.Join(home, "env")
	for _, dir := range []string{filepath.Join(version, "bin"), filepath.Join(env, "bin")} {
		require.NoError(t, os.MkdirAll(dir, 0o755))
	}
	require.NoError(t, copyFile(real, filepath.Join(version, "bin", "python3.99")))
	require.NoError(t, os.Symlink("python3.99", filepath.Join(version, "bin", "python3")))
	require.NoError(t, os.Symlink(filepath.Join(version, "bin", "python3"), filepath.Join(env, "bin", "python")))
	require.NoError(t, os.WriteFile(filepath.Join(env, "pyvenv.cfg"), []byte("home = "+version+"/bin\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(home, "private"), []byte("private"), 0o644))
	require.NoError(t, os.Chmod(home, 0o700))

	program := filepath.Join(env, "bin", "python")
	binds, err := ToolBinds(program)
	require.NoError(t, err)
	assert.Equal(t, []Bind{{Host: env}, {Host: version}}, binds)
	r, err := boxes(t)["boxed"].Run(context.Background(), Command{
		Args: []string{program, "-S", "-c", "import os; print(os.listdir('" + home + "'))"},
		Env:  []string{"PYTHONHOME=/usr"}, Work: t.TempDir(), ReadOnly: binds,
	})
	require.NoError(t, err)
	assert.Zero(t, r.ExitCode, string(r.Stderr))
	assert.Contains(t, string(r.Stdout), "env")
	assert.NotContains(t, string(r.Stdout), "private")
}

func TestToolBindsNeverShowAHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	require.NoError(t, os.Mkdir(filepath.Join(home, "bin"), 0o755))
	tool := filepath.Join(home, "bin", "tool")
	require.NoError(t, os.WriteFile(tool, nil, 0o755))
	binds, err := ToolBinds(tool)
	require.NoError(t, err)
	assert.Equal(t, []Bind{{Host: tool}}, binds)

	binds, err = ToolBinds("/usr/bin/env")
	require.NoError(t, err)
	assert.Empty(t, binds, "the system's folders are always there")

	_, err = ToolBinds(filepath.Join(home, "absent"))
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
}

// helper makes this test binary start a box that does not end by itself.
const helper = "VISCODER_TEST_HELPER"

// TestParentThatIsKilled: nothing of a run outlives viscoder itself.
func TestParentThatIsKilled(t *testing.T) {
	if mark := os.Getenv(helper); mark != "" {
		b, err := New(Options{})
		require.NoError(t, err)
		_, err = b.Run(context.Background(), Command{Args: shell("setsid sleep 600 & sleep 600"), Work: t.TempDir(), Env: []string{mark}})
		require.NoError(t, err)
		return
	}
	mark := fmt.Sprintf("VISCODER_MARK=parent-%d.", os.Getpid())
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self, "-test.run", "^TestParentThatIsKilled$")
	cmd.Env = append(os.Environ(), helper+"="+mark)
	require.NoError(t, cmd.Start())
	inBox := func() bool { return len(aftermath.Processes("\x00"+mark))+len(aftermath.Processes(mark)) > 1 }
	require.Eventually(t, inBox, 20*time.Second, 20*time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Eventually(t, func() bool { return len(aftermath.Processes(mark)) == 0 }, 20*time.Second, 20*time.Millisecond)
}

func TestUnsafeStillHasLimits(t *testing.T) {
	b := boxes(t)["unsafe"]
	for _, c := range []struct {
		name, script string
		limits       Limits
		reason       Reason
	}{
		{"time", "sleep 600 & sleep 600", Limits{Wall: 300 * time.Millisecond}, ReasonTimeout},
		{"output", "while :; do echo blah blah blah blah; done", Limits{OutputBytes: 1000}, ReasonOutput},
		{"processes", "while :; do sleep 600 & done", Limits{Processes: 30}, ReasonProcesses},
		{"files", "i=0; while :; do : > $i; i=$((i+1)); done", Limits{WorkFiles: 100}, ReasonDisk},
		{"daemon", "sleep 600 & exit 0", Limits{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			mark := fmt.Sprintf("VISCODER_MARK=unsafe-%d-%s.", os.Getpid(), c.name)
			r, err := b.Run(context.Background(), Command{Args: shell(c.script), Work: t.TempDir(), Limits: c.limits, Env: []string{mark}})
			require.NoError(t, err)
			assert.Equal(t, c.reason, r.Reason)
			// Killed, but not waited for: nobody can, without a process namespace.
			assert.Eventually(t, func() bool { return len(aftermath.Processes(mark)) == 0 }, 20*time.Second, 10*time.Millisecond)
		})
	}
}

func TestUnsafeSeesItsFolderUnderTheNameOfTheBox(t *testing.T) {
	b := boxes(t)["unsafe"]
	work := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(work, "program"), []byte("from the folder"), 0o600))
	r, err := b.Run(context.Background(), Command{Args: []string{"cat", Inside + "/program"}, Work: work})
	require.NoError(t, err)
	assert.Equal(t, "from the folder", string(r.Stdout))
	_, err = b.Run(context.Background(), Command{Args: []string{"true"}, Work: work, ReadOnly: []Bind{{Host: work, Inside: "/data"}}})
	assert.Equal(t, fault.Sandbox, fault.CodeOf(err))
}

func TestManyBoxesAtOnce(t *testing.T) {
	b := boxes(t)["boxed"]
	errs := make(chan error)
	const n = 8
	for i := range n {
		work := t.TempDir()
		go func() {
			r, err := b.Run(context.Background(), Command{Args: shell(fmt.Sprintf("echo %d; exit %d", i, i)), Work: work})
			if err == nil && (r.ExitCode != i || strings.TrimSpace(string(r.Stdout)) != fmt.Sprint(i)) {
				err = fmt.Errorf("run %d gave %d %q", i, r.ExitCode, r.Stdout)
			}
			errs <- err
		}()
	}
	for range n {
		assert.NoError(t, <-errs)
	}
}

func TestNoDescriptorsAreLeft(t *testing.T) {
	b := boxes(t)["boxed"]
	count := func() int {
		fds, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(fds)
	}
	work := t.TempDir()
	run := func() {
		_, err := b.Run(context.Background(), Command{Args: []string{"true"}, Work: work, Stdin: []byte("x")})
		require.NoError(t, err)
		_, err = b.Run(context.Background(), Command{Args: []string{"true"}, Work: work, ReadOnly: []Bind{{Host: "/not/there"}}})
		require.Error(t, err)
	}
	run()
	before := count()
	for range 5 {
		run()
	}
	assert.LessOrEqual(t, count(), before+2)
}

func TestProgramFileThatWasReplaced(t *testing.T) {
	b := boxes(t)["boxed"]
	b.self = filepath.Join(t.TempDir(), "viscoder (deleted)")
	_, err := b.Run(context.Background(), Command{Args: []string{"true"}, Work: t.TempDir()})
	assert.Equal(t, fault.Sandbox, fault.CodeOf(err))
	assert.Contains(t, fault.HintOf(err), "Start viscoder again")
}

func TestOrdersSurviveTheirWay(t *testing.T) {
	o := orders{Boxed: true, UID: 5, StatusFD: 7, SelfCheck: true, Rlimits: Limits{}.withDefaults().rlimits(0)}
	var back orders
	require.NoError(t, json.NewDecoder(bufio.NewReader(strings.NewReader(o.text()))).Decode(&back))
	assert.Equal(t, o, back)
}

func TestStoppedBeforeItBegan(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("the user pressed Ctrl-C")
	cancel(why)
	_, err := boxes(t)["boxed"].Run(ctx, Command{Args: []string{"true"}, Work: t.TempDir()})
	assert.ErrorIs(t, err, why)
}
