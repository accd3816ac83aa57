package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"viscoder/renderers/sandbox"
)

func fileTricks() []Program {
	return []Program{
		{Name: "reads private files", Python: `
for p in ["@HOME@/diary", "/root", "/home", "/etc/shadow", "/etc/ssh", "/etc/hostname", "/var/log", "/var/run/docker.sock", "/sys", "/boot", "/run/user",
          "/work/../../etc/shadow", "/proc/1/root/etc/shadow", "/proc/1/cwd/etc/shadow", "/proc/self/root/etc/shadow"]:
    if os.path.lexists(p): escaped(p)
users = open("/etc/passwd").read().splitlines()
if len(users) != 1 or "viscoder" not in users[0]: escaped("passwd")
if os.listdir("/run") != ["viscoder"]: escaped(os.listdir("/run"))
held()`},
		{Name: "reads devices", Python: `
have = set(os.listdir("/dev"))
if have - set("console core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero".split()): escaped(have)
for p in ["/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/kvm", "/dev/net/tun", "/proc/kcore", "/proc/kmsg"]:
    refused(p, lambda: read(p))
refused("mknod", lambda: os.mknod("/work/disk", 0o600 | 0o060000, os.makedev(254, 0)))
refused("/dev/tty", lambda: read("/dev/tty"))
held()`},
		{Name: "writes to the system", Python: `
for p in ["/x", "/usr/x", "/usr/bin/x", "/etc/x", "/etc/passwd", "/bin/x", "/lib/x", "/dev/x", "/run/x", "/run/viscoder", "/var/x", "/var/lib/x", "@READONLY@/x", "@READONLY@/data.csv",
          "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/proc/sys/vm/drop_caches"]:
    refused(p, lambda: write(p))
for do in [lambda: os.unlink("@READONLY@/data.csv"), lambda: os.rename("@READONLY@/data.csv", "@READONLY@/y"), lambda: os.chmod("@READONLY@/data.csv", 0o777),
           lambda: os.utime("@READONLY@/data.csv"), lambda: os.mkdir("@READONLY@/dir"), lambda: os.truncate("@READONLY@/data.csv", 0), lambda: os.setxattr("@READONLY@/data.csv", "user.x", b"y")]:
    refused("change of a read-only bind", do)
if read("@READONLY@/data.csv") != b"a,b\n1,2\n": escaped("bind cannot be read")
held()`},
		{Name: "leaves symlinks and other traps", Python: `
os.symlink("@HOME@/diary", "link.png"); os.symlink("/etc/shadow", "shadow.png"); os.symlink("/", "root"); os.mkfifo("fifo.png")
s = socket.socket(socket.AF_UNIX); s.bind("socket.png")
os.mkdir("deep"); os.symlink("../../..", "deep/up.png"); write("deep/real.png", b"picture")
write("run.png"); os.chmod("run.png", 0o6777); write("dark.png"); os.chmod("dark.png", 0)
held()`, check: func(r sandbox.Result, work string) error {
			into, err := os.MkdirTemp("", "viscoder-taken-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(into)
			taken, err := sandbox.Collect(work, "*.png", into, sandbox.TakeLimits{})
			if err != nil {
				return err
			}
			var names []string
			for _, p := range taken.Paths {
				names = append(names, filepath.Base(p))
			}
			slices.Sort(names)
			if want := []string{"dark.png", "real.png", "run.png"}; !slices.Equal(names, want) {
				return fmt.Errorf("the pictures taken are %q, not %q", names, want)
			}
			return nil
		}},
		{Name: "hard links to what it may only read", Python: `
for p in ["@READONLY@/data.csv", "@READONLY@/tool", "/usr/bin/id", "/etc/passwd", "/run/viscoder"]:
    refused(p, lambda: os.link(p, "/work/linked"))
write("a"); os.link("a", "b")  # within the folder this is everybody's right
held()`},
		{Name: "moves its folder away", Python: `
refused("rename", lambda: os.rename("/work", "/moved"))
refused("rmdir", lambda: os.rmdir("/work"))
refused("swap", lambda: os.rename("/work", "/tmp/w"))
held()`},
		{Name: "finds open files of the host", Python: `
for fd in range(3, 1024):
    refused(f"descriptor {fd}", lambda: os.fstat(fd))
for p in glob.glob("/proc/[0-9]*/fd/*") + glob.glob("/proc/[0-9]*/task/*/fd/*"):
    try: to = os.readlink(p)
    except OSError: continue
    if to.startswith("/") and not to.startswith(("/memfd:stdin", "/dev/null", "/work", "/proc")): escaped(f"{p} {to}")
held()`},
		{Name: "reads the environment of the host", Python: `
seen = "\n".join(f"{k}={v}" for k, v in os.environ.items())
print(seen)
for p in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try: print(read(p))
    except OSError: pass
extra = set(os.environ) - set("PATH HOME TMPDIR USER LOGNAME LANG PWD VISCODER_MARK LC_CTYPE".split())
if extra: escaped(extra)
held()`},
	}
}
