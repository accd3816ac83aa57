package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// marker as first argument makes a process the launcher.
const marker = "__viscoder_sandbox_launcher__"

// exitRefused is the exit code of a launcher that could not lay down a right
// or a limit, and so did not start the program.
const exitRefused = 126

// mainCalled is set by Main, so that New can refuse to work in a program where
// the launcher would start that program's own main instead.
var mainCalled atomic.Bool

// orders are what the launcher does before it becomes the program.
type orders struct {
	Boxed     bool     // bubblewrap is around: verify it
	UID       int      // user and group to become; negative: stay
	Rlimits   []rlimit // in the order they are set
	StatusFD  int      // where "ready", or what failed, is written
	SelfCheck bool     // end after the verification
}

// Words on the status pipe.
const (
	statusReady   = "ready"
	statusMissing = "missing " // the program is not there
	statusRefused = "refused "
)

// Main must be the first call of main() and of TestMain in every program that
// uses a Box. In the launcher process it applies rights and limits, becomes
// the program, and never returns; in any other process it does nothing.
func Main() {
	mainCalled.Store(true)
	if len(os.Args) < 3 || os.Args[1] != marker {
		return
	}
	// Rights and limits are per thread, and the thread that calls exec is the one that lives on.
	runtime.LockOSThread()
	// The collector would start threads under limits that are meant for the program.
	debug.SetGCPercent(-1)
	var o orders
	if err := json.Unmarshal([]byte(os.Args[2]), &o); err != nil {
		fmt.Fprintln(os.Stderr, "viscoder: orders for the sandbox launcher:", err)
		os.Exit(exitRefused)
	}
	status := os.NewFile(uintptr(o.StatusFD), "status")
	err := launch(o, status, os.Args[3:])
	word := statusRefused
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		word = statusMissing
	}
	fmt.Fprintf(status, "%s%v", word, err)
	os.Exit(exitRefused)
}

// launch returns only with an error.
func launch(o orders, status *os.File, args []string) error {
	// CLOEXEC and not close: the Go runtime still uses some of them.
	if err := unix.CloseRange(3, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("closing inherited files: %w", err)
	}
	// The kernel ends this process before any other when memory is short. Raising is always allowed.
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0); err != nil {
		return fmt.Errorf("oom_score_adj: %w", err)
	}
	if o.UID >= 0 {
		if err := become(o.UID); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	if o.Boxed {
		// Here and not by bubblewrap: the folder belongs to the user that was just become.
		if err := os.Chdir(Inside); err != nil {
			return err
		}
		if err := verify(); err != nil {
			return err
		}
	}
	if o.SelfCheck {
		fmt.Fprint(status, statusReady)
		os.Exit(0)
	}
	program, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	return replace(program, args, o.Rlimits, status)
}

// replace sets the limits and execs. Nothing between may allocate much or need
// a new thread, because the limits hold for the launcher already.
func replace(program string, args []string, limits []rlimit, status *os.File) error {
	env := os.Environ()
	for _, l := range limits {
		if err := unix.Setrlimit(l.Resource, &unix.Rlimit{Cur: l.Soft, Max: l.Hard}); err != nil {
			return fmt.Errorf("resource limit %d: %w", l.Resource, err)
		}
	}
	if _, err := status.WriteString(statusReady); err != nil {
		return err
	}
	return &fs.PathError{Op: "starting", Path: program, Err: syscall.Exec(program, args, env)}
}

// become drops from root to a user that owns nothing, for good.
func become(uid int) error {
	for c := range uintptr(unix.CAP_LAST_CAP + 1) {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0)
		if err != nil && !errors.Is(err, unix.EINVAL) { // EINVAL: this kernel has fewer
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("dropping groups: %w", err)
	}
	if err := syscall.Setresgid(uid, uid, uid); err != nil {
		return fmt.Errorf("becoming group %d: %w", uid, err)
	}
	if err := syscall.Setresuid(uid, uid, uid); err != nil {
		return fmt.Errorf("becoming user %d: %w", uid, err)
	}
	// The change of user leaves the inheritable set.
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("dropping capabilities: %w", err)
	}
	return nil
}

// verify refuses to go on when a defence that bubblewrap was told to set up
// is not there, whatever the cause.
func verify() error {
	if os.Getuid() == 0 || os.Geteuid() == 0 {
		return errors.New("the program would run as root")
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if err := unix.Capget(&header, &caps[0]); err != nil {
		return fmt.Errorf("reading capabilities: %w", err)
	}
	if caps != [2]unix.CapUserData{} {
		return fmt.Errorf("capabilities are left: %+v", caps)
	}
	if mode, err := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0); err != nil || mode != 2 {
		return fmt.Errorf("no system call filter is in force (mode %d, %v)", mode, err)
	}
	if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0); err == nil {
		unix.Close(fd)
		return errors.New("a network socket could be opened")
	}
	if os.Getppid() != 1 {
		return errors.New("the process list of the machine is in sight")
	}
	return verifyFiles()
}

// verifyFiles checks the view of the file system by trying it.
func verifyFiles() error {
	for _, dir := range []string{"/", "/dev", "/usr", "/etc"} {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err != nil || st.Flags&unix.ST_RDONLY == 0 {
			return fmt.Errorf("%s is not read-only (%v)", dir, err)
		}
	}
	for _, dir := range []string{Inside, privateTmp, privateHome, "/dev/shm"} {
		if err := unix.Access(dir, unix.W_OK); err != nil {
			return fmt.Errorf("%s is not writable: %w", dir, err)
		}
	}
	if _, err := os.Lstat("/etc/shadow"); err == nil {
		return errors.New("/etc of the machine is in sight")
	}
	return nil
}
