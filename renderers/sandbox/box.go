package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// Options chooses how programs are kept in. The zero value is the strict one.
type Options struct {
	// Unsafe runs programs without a box: with limits, and killed as a group,
	// but with all rights of the user. Only an explicit word of the user may
	// set it, and the caller prints a warning each time.
	Unsafe bool
	// Bubblewrap is the program to use; empty: /usr/bin/bwrap, else the first
	// bwrap in PATH. Distributions allow user namespaces to that path alone.
	Bubblewrap string
}

// Box runs programs that nobody has read. It is safe for concurrent use.
type Box struct {
	unsafe  bool
	bwrap   string
	version string
	sized   bool // bubblewrap can bound a tmpfs
	self    string
	filter  []byte
	drops   bool // root becomes another user, instead of a user namespace
	runs    atomic.Uint32
}

// New makes a Box, and proves that it holds by starting one for real: each
// defence is looked at from inside. The error is a fault.Sandbox whose hint
// says what to install or to allow.
func New(o Options) (*Box, error) {
	if !mainCalled.Load() {
		return nil, fault.New(fault.Internal, "sandbox.Main must be the first call of main and of TestMain")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fault.Wrap(err, fault.Sandbox, "sandbox: finding the program file of viscoder")
	}
	if o.Unsafe {
		return &Box{unsafe: true, self: self}, nil
	}
	b := &Box{self: self}
	if b.bwrap, err = findBubblewrap(o.Bubblewrap); err != nil {
		return nil, err
	}
	if err := b.askVersion(); err != nil {
		return nil, err
	}
	if b.filter, err = filter(); err != nil {
		return nil, fault.Wrap(err, fault.Sandbox, "sandbox")
	}
	return b, b.settleOnIdentity()
}

// settleOnIdentity finds out who programs can be. As root the better way is to
// become a user that exists nowhere else: limits on processes do not bind root,
// not even inside a user namespace.
func (b *Box) settleOnIdentity() error {
	if os.Geteuid() != 0 {
		return b.probe()
	}
	b.drops = true
	first := b.probe()
	if first == nil {
		return nil
	}
	b.drops = false
	if b.probe() != nil {
		return first
	}
	return nil
}

// probe starts a box in which the launcher looks at each defence and ends.
func (b *Box) probe() error {
	work, err := os.MkdirTemp("", "viscoder-probe-")
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: a folder for the trial")
	}
	defer os.RemoveAll(work)
	r, err := b.run(context.Background(), Command{Args: []string{launcherInside}, Work: work}, true)
	if err == nil && r.ExitCode != 0 {
		err = fault.New(fault.Sandbox, "sandbox: the trial ended with exit code %d %s: %s", r.ExitCode, r.Reason, lastLines(r.Stderr))
	}
	return err
}

// Describe says in a line which mechanism is in force.
func (b *Box) Describe() string {
	if b.unsafe {
		return "none: programs run with all rights of the user; only time, memory, processes and output are limited"
	}
	who := "user namespace"
	if b.drops {
		who = "an unprivileged user of its own"
	}
	s := fmt.Sprintf("%s (%s), %s, no network, system call filter, resource limits", b.version, b.bwrap, who)
	if !b.sized {
		s += "; this bubblewrap is too old to bound the size of /tmp"
	}
	return s
}

// Unsafe reports whether programs run without a box, so that the caller warns.
func (b *Box) Unsafe() bool { return b.unsafe }

func findBubblewrap(path string) (string, error) {
	if path != "" {
		return path, nil
	}
	if _, err := os.Stat("/usr/bin/bwrap"); err == nil {
		return "/usr/bin/bwrap", nil
	}
	found, err := exec.LookPath("bwrap")
	if err != nil || !filepath.IsAbs(found) {
		return "", missingBubblewrap()
	}
	return found, nil
}

func (b *Box) askVersion() error {
	out, err := exec.Command(b.bwrap, "--version").Output()
	if errors.Is(err, os.ErrNotExist) {
		return missingBubblewrap()
	}
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: %s --version", b.bwrap)
	}
	b.version = strings.TrimSpace(string(out))
	help, err := exec.Command(b.bwrap, "--help").CombinedOutput()
	b.sized = strings.Contains(string(help), "--size")
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: %s --help", b.bwrap)
	}
	return nil
}

// identity chooses the user of the next run.
func (b *Box) identity() identity {
	if !b.drops {
		return identity{namespace: true, uid: userInside}
	}
	return identity{uid: ownUser(mappedUsers(), os.Getpid(), b.runs.Add(1))}
}

// firstOwnUser is far above every range that distributions hand out.
const firstOwnUser = 1_500_000_000

// ownUser returns a user number that no other run has at the same time: the
// kernel counts processes per user. mapped is how many users this user
// namespace knows; in a small one only nobody is left.
func ownUser(mapped uint64, pid int, run uint32) int {
	uid := firstOwnUser + pid*64 + int(run%64)
	if uint64(uid) < mapped {
		return uid
	}
	return int(min(65534, mapped-1))
}

func mappedUsers() uint64 {
	const all = 1 << 32
	data, err := os.ReadFile("/proc/self/uid_map")
	f := strings.Fields(string(data))
	if err != nil || len(f) < 3 {
		return all
	}
	n, err := strconv.ParseUint(f[2], 10, 64)
	if err != nil || n == 0 {
		return all
	}
	return n
}

// others counts the tasks outside the box that RLIMIT_NPROC would count too.
func (b *Box) others(who identity) int {
	switch {
	case b.unsafe:
		return tasksOf(os.Geteuid())
	case !who.namespace && who.uid >= firstOwnUser:
		return 0
	case !who.namespace:
		return tasksOf(who.uid)
	case countsPerNamespace():
		return 0
	}
	return tasksOf(os.Geteuid())
}

// countsPerNamespace: since Linux 5.14 the count of a user's processes starts
// anew in each user namespace.
func countsPerNamespace() bool {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return false
	}
	var major, minor int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(u.Release[:]), "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 5 || major == 5 && minor >= 14
}
