package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/elastic/go-seccomp-bpf/arch"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestRulesNameRealCallsOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules() {
		assert.NotEmpty(t, r.why)
		assert.NotZero(t, r.errno)
		for _, name := range r.names {
			_, known := arch.X86_64.SyscallNames[name]
			assert.True(t, known, "%s is not a system call", name)
			assert.False(t, seen[name], "%s has two rules", name)
			seen[name] = true
		}
	}
}

// callInPython makes a system call and returns its result and its error.
const callInPython = `
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def syscall(nr, *args):
    ctypes.set_errno(0)
    r = libc.syscall(*[ctypes.c_long(a) for a in (nr, *args)])
    return r, ctypes.get_errno()
`

// TestForbiddenCalls makes every forbidden call in a box, and one that is allowed.
func TestForbiddenCalls(t *testing.T) {
	machine, err := arch.GetInfo("")
	require.NoError(t, err)
	var list strings.Builder
	count := 0
	for _, r := range rules() {
		for _, name := range r.names {
			number, known := machine.SyscallNames[name]
			if !known {
				continue
			}
			first := 0
			switch {
			case name == "clone":
				first = unix.CLONE_NEWUSER
			case r.when != nil:
				first = unix.AF_INET
			}
			fmt.Fprintf(&list, "    (%q, %d, %d, %d),\n", name, number, first, r.errno)
			count++
		}
	}
	program := callInPython + "for name, number, first, want in [\n" + list.String() + `]:
    r, e = syscall(number, first, 1, 0, 0, 0, 0)
    if r == 0 and name == "clone": os._exit(0)
    print("denied" if (r, e) == (-1, want) else "ESCAPED", name, r, e)
print("control", syscall(` + fmt.Sprint(unix.SYS_GETPID) + `)[0] == os.getpid())`
	b, err := New(Options{})
	require.NoError(t, err)
	work := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(work, "calls.py"), []byte(program), 0o600))
	r, err := b.Run(context.Background(), Command{Args: []string{"python3", "calls.py"}, Work: work})
	require.NoError(t, err)
	out := string(r.Stdout)
	assert.NotContains(t, out, "ESCAPED", string(r.Stderr))
	assert.Equal(t, count, strings.Count(out, "denied "), out)
	assert.Contains(t, out, "control True")
}
