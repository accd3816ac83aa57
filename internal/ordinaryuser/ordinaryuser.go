// Package ordinaryuser runs tests that are run by root once more as a user
// without rights, who meets what most users meet.
package ordinaryuser

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

const nobody = "65534"

// Shown makes the folders in Host, which are root's, readable for the ordinary
// user, below the user's own home.
type Shown struct {
	Host  string
	Below string
}

// asNobody shows folders, each named twice in the arguments after the program
// and its pattern, and becomes the user.
const asNobody = `set -e
program=$1 pattern=$2; shift 2
mount --make-rprivate /
while [ $# -gt 0 ]; do mount -o bind,ro "$1" "$2"; shift 2; done
exec setpriv --reuid ` + nobody + ` --regid ` + nobody + ` --clear-groups --inh-caps=-all "$program" -test.v -test.run "$pattern"`

// Run starts this test binary as nobody with the tests that match pattern,
// wants them to pass, and returns what they said. Where the tests are run by an
// ordinary user already the test is skipped: the tests themselves show it.
func Run(t *testing.T, pattern string, shown ...Shown) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the tests run as an ordinary user already; run them as root to see both")
	}
	dir, err := os.MkdirTemp("/tmp", "viscoder-ordinary-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	home := filepath.Join(dir, "home")
	args := []string{"-c", asNobody, "sh", copySelf(t, dir), pattern}
	for _, s := range shown {
		args = append(args, mounts(t, s, home)...)
	}
	require.NoError(t, os.MkdirAll(home, 0o700))
	require.NoError(t, exec.Command("chown", "-R", nobody+":"+nobody, home).Run())
	cmd := exec.Command("/bin/sh", args...)
	// The tests read files beside them.
	if cmd.Dir, err = os.Getwd(); err == nil && !passable(cmd.Dir) {
		cmd.Dir = home
	}
	require.NoError(t, err)
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + home, "TMPDIR=" + home, "XDG_DATA_HOME=" + filepath.Join(home, "data")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "PASS")
	return string(out)
}

// copySelf puts the test binary where everybody can read it.
func copySelf(t *testing.T, dir string) string {
	self, err := os.Executable()
	require.NoError(t, err)
	data, err := os.ReadFile(self)
	require.NoError(t, err)
	program := filepath.Join(dir, "viscoder.test")
	require.NoError(t, os.WriteFile(program, data, 0o755))
	return program
}

// mounts makes the places of the folders and returns from and to of each.
func mounts(t *testing.T, s Shown, home string) []string {
	entries, err := os.ReadDir(s.Host)
	require.NoError(t, err)
	var list []string
	for _, e := range entries {
		if e.IsDir() {
			to := filepath.Join(home, s.Below, e.Name())
			require.NoError(t, os.MkdirAll(to, 0o755))
			list = append(list, filepath.Join(s.Host, e.Name()), to)
		}
	}
	return list
}

// passable: whether everybody may enter dir.
func passable(dir string) bool {
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm()&0o005 != 0o005 {
			return false
		}
	}
	return true
}
