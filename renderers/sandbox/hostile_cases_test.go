package sandbox

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostilePrograms: one entry, one trick.
func hostilePrograms() []hostile {
	list := append(fileTricks(), networkTricks()...)
	list = append(list, processTricks()...)
	list = append(list, kernelTricks()...)
	list = append(list, floods()...)
	if runtime.GOARCH == "amd64" {
		list = append(list, foreignCalls()...)
	}
	return list
}

func fileTricks() []hostile {
	return []hostile{
		{name: "reads private files", python: `
for p in ["@HOME@/diary", "/root", "/home", "/etc/shadow", "/etc/ssh", "/etc/hostname", "/var/log", "/var/run/docker.sock", "/sys", "/boot", "/run/user",
          "/work/../../etc/shadow", "/proc/1/root/etc/shadow", "/proc/1/cwd/etc/shadow", "/proc/self/root/etc/shadow"]:
    if os.path.lexists(p): escaped(p)
users = open("/etc/passwd").read().splitlines()
if len(users) != 1 or "viscoder" not in users[0]: escaped("passwd")
if os.listdir("/run") != ["viscoder"]: escaped(os.listdir("/run"))
held()`},
		{name: "reads devices", python: `
have = set(os.listdir("/dev"))
if have - set("console core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero".split()): escaped(have)
for p in ["/dev/mem", "/dev/kmsg", "/dev/vda", "/dev/sda", "/dev/fuse", "/dev/kvm", "/dev/net/tun", "/proc/kcore", "/proc/kmsg"]:
    refused(p, lambda: read(p))
refused("mknod", lambda: os.mknod("/work/disk", 0o600 | 0o060000, os.makedev(254, 0)))
refused("/dev/tty", lambda: read("/dev/tty"))
held()`},
		{name: "writes to the system", python: `
for p in ["/x", "/usr/x", "/usr/bin/x", "/etc/x", "/etc/passwd", "/bin/x", "/lib/x", "/dev/x", "/run/x", "/run/viscoder", "/var/x", "/var/lib/x", "@READONLY@/x", "@READONLY@/data.csv",
          "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/proc/sys/vm/drop_caches"]:
    refused(p, lambda: write(p))
for do in [lambda: os.unlink("@READONLY@/data.csv"), lambda: os.rename("@READONLY@/data.csv", "@READONLY@/y"), lambda: os.chmod("@READONLY@/data.csv", 0o777),
           lambda: os.utime("@READONLY@/data.csv"), lambda: os.mkdir("@READONLY@/dir"), lambda: os.truncate("@READONLY@/data.csv", 0), lambda: os.setxattr("@READONLY@/data.csv", "user.x", b"y")]:
    refused("change of a read-only bind", do)
if read("@READONLY@/data.csv") != b"a,b\n1,2\n": escaped("bind cannot be read")
held()`},
		{name: "leaves symlinks and other traps", python: `
os.symlink("@HOME@/diary", "link.png"); os.symlink("/etc/shadow", "shadow.png"); os.symlink("/", "root"); os.mkfifo("fifo.png")
s = socket.socket(socket.AF_UNIX); s.bind("socket.png")
os.mkdir("deep"); os.symlink("../../..", "deep/up.png"); write("deep/real.png", b"picture")
write("run.png"); os.chmod("run.png", 0o6777); write("dark.png"); os.chmod("dark.png", 0)
held()`, check: func(t *testing.T, s *stage, r Result, work string) {
			into := t.TempDir()
			taken, err := Collect(work, "*.png", into, TakeLimits{})
			require.NoError(t, err)
			var names []string
			for _, p := range taken.Paths {
				names = append(names, filepath.Base(p))
			}
			assert.ElementsMatch(t, []string{"dark.png", "real.png", "run.png"}, names)
		}},
		{name: "hard links to what it may only read", python: `
for p in ["@READONLY@/data.csv", "@READONLY@/tool", "/usr/bin/id", "/etc/passwd", "/run/viscoder"]:
    refused(p, lambda: os.link(p, "/work/linked"))
write("a"); os.link("a", "b")  # within the folder this is everybody's right
held()`},
		{name: "moves its folder away", python: `
refused("rename", lambda: os.rename("/work", "/moved"))
refused("rmdir", lambda: os.rmdir("/work"))
refused("swap", lambda: os.rename("/work", "/tmp/w"))
held()`},
		{name: "finds open files of the host", python: `
for fd in range(3, 1024):
    refused(f"descriptor {fd}", lambda: os.fstat(fd))
for p in glob.glob("/proc/[0-9]*/fd/*") + glob.glob("/proc/[0-9]*/task/*/fd/*"):
    try: to = os.readlink(p)
    except OSError: continue
    if to.startswith("/") and not to.startswith(("/memfd:stdin", "/dev/null", "/work", "/proc")): escaped(f"{p} {to}")
held()`},
		{name: "reads the environment of the host", python: `
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

func networkTricks() []hostile {
	return []hostile{
		{name: "opens sockets of every family", python: `
for family in range(0, 50):
    if family == socket.AF_UNIX: continue
    for kind in [1, 2, 3, 5]:
        for protocol in [0, 1, 6, 17, 262]:
            refused(f"socket({family},{kind},{protocol})", lambda: socket.socket(family, kind, protocol))
for call in [lambda: socket.create_connection(("127.0.0.1", @PORT@), 2), lambda: socket.create_connection(("::1", @PORT@), 2), lambda: socket.socketpair(socket.AF_INET)]:
    refused("connection", call)
r, e = syscall(41 if os.uname().machine == "x86_64" else 198, 2 | 1 << 32, 1, 0)
if r >= 0: escaped("junk in the upper half of the family")
if os.path.exists("/sys/class/net"): escaped("sys")
if [l.split(":")[0].strip() for l in open("/proc/net/dev").readlines()[2:]] not in ([], ["lo"]): escaped("network interfaces")
held()`},
		{name: "reaches sockets of the host without network", python: `
for address in ["\0@ABSTRACT@", "@SOCKET@", "/run/docker.sock", "/tmp/.X11-unix/X0", "\0/tmp/.X11-unix/X0", "/run/dbus/system_bus_socket"]:
    s = socket.socket(socket.AF_UNIX)
    refused(repr(address), lambda: s.connect(address))
held()`},
		{name: "uses local sockets, which it may", python: `
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        if pool.map(abs, [-1, -2]) != [1, 2]: escaped("wrong")
    l = socket.socket(socket.AF_UNIX); l.bind("\0mine"); l.listen()
    c = socket.socket(socket.AF_UNIX); c.connect("\0mine")
    held()`},
	}
}

func processTricks() []hostile {
	return []hostile{
		{name: "looks for other processes", python: `
pids = sorted(int(p) for p in os.listdir("/proc") if p.isdigit())
if len(pids) > 3: escaped(pids)
for pid in [@PID@, @TESTER@]:
    refused(f"kill {pid}", lambda: os.kill(pid, 0))
    refused(f"pidfd {pid}", lambda: os.pidfd_open(pid))
held()`},
		{name: "kills its parents", python: `
for sig in range(1, 65):
    if sig in (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH): continue
    for pid in (1, os.getppid()):
        try: os.kill(pid, sig)
        except OSError: pass
child = os.fork()
if child == 0:
    os.kill(-1, signal.SIGKILL)
    os._exit(0)
time.sleep(600)`, signal: "SIGKILL"},
		{name: "leaves a daemon that holds the output", python: `
r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for sig in range(1, 65):
            try: signal.signal(sig, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.chdir("/"); os.write(w, b"x")
        time.sleep(600)
    os._exit(0)
os.read(r, 1)
held()`},
		{name: "ignores being asked to end", limits: Limits{Wall: 700 * time.Millisecond}, reason: ReasonTimeout, python: `
for sig in range(1, 65):
    try: signal.signal(sig, signal.SIG_IGN)
    except (OSError, ValueError): pass
print("begun", flush=True)
while True: time.sleep(600)`, check: func(t *testing.T, s *stage, r Result, work string) {
			assert.Equal(t, "begun\n", string(r.Stdout))
		}},
		{name: "computes for ever", limits: Limits{CPU: time.Second}, reason: ReasonTimeout, signal: "SIGXCPU", command: inTime, python: `
while True: pass`},
		{name: "computes for ever and ignores the limit", limits: Limits{CPU: time.Second}, signal: "SIGKILL", python: `
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while True: pass`},
		{name: "writes into the box's first process", python: `
refused("mem", lambda: open("/proc/1/mem", "r+b").read(1)) if os.stat("/proc/1").st_uid != os.getuid() else None
first = open("/proc/1/status").read()
if "Seccomp:\t2" not in first or "NoNewPrivs:\t1" not in first: escaped("the first process has more rights than this one")
held()`},
		{name: "raises its own limits", python: `
import resource
for which in [resource.RLIMIT_NPROC, resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CPU, resource.RLIMIT_CORE]:
    soft, hard = resource.getrlimit(which)
    if hard == resource.RLIM_INFINITY: escaped(f"limit {which} is off")
    refused(f"limit {which}", lambda: resource.setrlimit(which, (hard + 1, hard + 1)))
refused("oom", lambda: write("/proc/self/oom_score_adj", b"-1000"))
if read("/proc/self/oom_score_adj") != b"1000\n": escaped("oom_score_adj")
refused("nice", lambda: os.setpriority(os.PRIO_PROCESS, 0, -5))
refused("realtime", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
held()`},
	}
}

// inTime gives a run more wall time than timeouts get otherwise.
func inTime(_ *stage, c *Command) { c.Limits.Wall = 20 * time.Second }

func kernelTricks() []hostile {
	return []hostile{
		{name: "takes rights from a set-user-id program", python: `
import subprocess
status = open("/proc/self/status").read()
for need in ["CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapInh:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"]:
    if need not in status: escaped(need)
if os.getuid() == 0 or os.geteuid() == 0: escaped("root")
for tool in ["@READONLY@/tool", "/usr/bin/su", "/usr/bin/passwd"]:
    for line in open("/proc/self/mountinfo"):
        if "nosuid" not in line.split()[5]: escaped(line)
out = subprocess.run(["@READONLY@/tool"], capture_output=True, text=True).stdout
if "uid=" not in out or "euid" in out or "(root)" in out or "uid=0" in out: escaped(out)
for do in [lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chown("hostile.py", 0, 0), lambda: os.chroot("/tmp")]:
    refused("root", do)
held()`},
		{name: "makes namespaces and mounts", python: `
import subprocess
for flag in [0x10000000, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x20000000, 0x40000000]:
    r, e = syscall(@CLONE@, flag | signal.SIGCHLD, 0, 0, 0, 0)
    if r == 0: escaped(f"clone {flag:#x}"); os._exit(0)
    if r > 0 or e != errno.EPERM: escaped(f"clone {flag:#x} {r} {e}")
for command in [["unshare", "-Ur", "true"], ["unshare", "-n", "true"], ["mount", "-t", "tmpfs", "x", "/tmp"], ["umount", "/work"], ["mount", "-o", "remount,rw", "/usr"], ["nsenter", "-t", "1", "-a", "true"]]:
    if subprocess.run(command, capture_output=True).returncode == 0: escaped(command)
held()`},
		{name: "types into the terminal", python: `
import fcntl, termios
a, b = os.openpty()
for number in [0x5412, 0x541C]:
    for high in [0, 1 << 32, -1 << 32]:
        r, e = syscall(@IOCTL@, b, number | high, ctypes.addressof(ctypes.create_string_buffer(b"x")))
        if r != -1 or e != errno.EPERM: escaped(f"ioctl {number:#x} {high:#x} {r} {e}")
if not termios.tcgetattr(b): escaped("terminals do not work at all")
if os.getsid(0) == 0: escaped("session of the host")
held()`},
		{name: "changes the clock and the name of the machine", python: `
refused("clock", lambda: time.clock_settime(time.CLOCK_REALTIME, 0))
refused("name", lambda: socket.sethostname("x"))
if socket.gethostname() != "viscoder": escaped(socket.gethostname())
held()`},
	}
}

func foreignCalls() []hostile {
	return []hostile{
		{name: "calls the kernel as a 32-bit program", signal: "SIGSYS", c: `
#include <stdio.h>
int main(void) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory"); /* getpid by its 32-bit number */
  printf("ESCAPED int 0x80: %ld\n", r);
}`},
		{name: "calls the kernel as an x32 program", signal: "SIGSYS", c: `
#include <stdio.h>
#include <unistd.h>
int main(void) { printf("ESCAPED x32: %ld\n", syscall(0x40000000 | 39)); }`},
		{name: "calls the kernel by numbers of the future", c: `
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
  for (long n = 500; n < 2000; n++)
    if (syscall(n, 0, 0, 0, 0, 0, 0) != -1 || errno != ENOSYS) printf("ESCAPED %ld\n", n);
  puts("held");
}`},
	}
}

func floods() []hostile {
	const mb = 1 << 20
	return []hostile{
		{name: "forks without end", limits: Limits{Processes: 60}, reason: ReasonProcesses, python: `
while True:
    try: os.fork()
    except OSError: pass`},
		{name: "forks too fast to be watched", limits: Limits{Processes: 100}, python: `
made = 0
try:
    while made < 5000:
        if os.fork() == 0: time.sleep(600); os._exit(0)
        made += 1
except OSError as e:
    print(made, e)
if made > 200: escaped(made)
held()
time.sleep(600)`, reason: ReasonProcesses},
		{name: "starts threads without end", limits: Limits{Processes: 60}, reason: ReasonProcesses, python: `
threading.stack_size(65536)
while True:
    try: threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    except RuntimeError: pass`},
		{name: "takes all memory", limits: Limits{Memory: 200 * mb}, reason: ReasonMemory, python: `
hoard = []
while True: hoard.append(bytearray(1 << 20)); time.sleep(0.0002)`},
		{name: "takes all memory at once", limits: Limits{Memory: 200 * mb, AddressSpace: 600 * mb}, python: `
refused("a gigabyte", lambda: len(bytearray(1 << 30)))
held()`},
		{name: "takes all memory with many hands", limits: Limits{Memory: 300 * mb}, reason: ReasonMemory, python: `
for i in range(10):
    if os.fork() == 0:
        hoard = bytearray(os.urandom(1 << 16)) * (16 * 60)
        time.sleep(600)
time.sleep(600)`},
		{name: "shares memory, which counts once", limits: Limits{Memory: 300 * mb}, python: `
hoard = bytearray(b"x") * (100 << 20)
children = []
for i in range(6):
    pid = os.fork()
    if pid == 0: time.sleep(0.5); os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
held()`},
		{name: "hides memory in files without name", limits: Limits{Memory: 200 * mb, FileBytes: 100 * mb}, reason: ReasonMemory, python: `
hoard = []
while True:
    fd = os.memfd_create("x"); hoard.append(fd)
    for i in range(50): os.write(fd, b"x" * (1 << 20))`},
		{name: "hides memory in shared memory", limits: Limits{WorkBytes: 50 * mb}, python: `
try:
    with open("/dev/shm/x", "wb") as f:
        for i in range(200): f.write(b"x" * (1 << 20))
    escaped("200 MB in /dev/shm")
except OSError as e:
    if e.errno != errno.ENOSPC: escaped(e)
held()`},
		{name: "fills the private tmp", limits: Limits{WorkBytes: 50 * mb}, python: `
try:
    with open("/tmp/x", "wb") as f:
        for i in range(200): f.write(b"x" * (1 << 20))
    escaped("200 MB in /tmp")
except OSError as e:
    if e.errno != errno.ENOSPC: escaped(e)
held()`},
		{name: "writes one large file", limits: Limits{FileBytes: 10 * mb}, python: `
try:
    with open("large", "wb") as f:
        for i in range(200): f.write(b"x" * (1 << 20))
    escaped("200 MB")
except OSError as e:
    if e.errno != errno.EFBIG: escaped(e)
held()`},
		{name: "writes one large file and ignores nothing", limits: Limits{FileBytes: 10 * mb}, reason: ReasonDisk, signal: "SIGXFSZ", python: `
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
with open("large", "wb") as f:
    for i in range(200): f.write(b"x" * (1 << 20))`},
		{name: "fills the disk", limits: Limits{WorkBytes: 40 * mb, FileBytes: 8 * mb}, reason: ReasonDisk, python: `
i = 0
while True:
    write(f"f{i}", b"x" * (7 << 20)); i += 1; time.sleep(0.005)`},
		{name: "fills the disk with files without name", limits: Limits{WorkBytes: 40 * mb, FileBytes: 8 * mb}, reason: ReasonDisk, python: `
hoard = []
while True:
    f = open("x", "wb"); os.unlink("x"); f.write(b"x" * (7 << 20)); f.flush(); hoard.append(f); time.sleep(0.005)`},
		{name: "makes files without end", limits: Limits{WorkFiles: 500}, reason: ReasonDisk, python: `
i = 0
while True: os.close(os.open(f"f{i}", os.O_CREAT | os.O_WRONLY)); i += 1`},
		{name: "makes files without end in tmp", limits: Limits{WorkFiles: 500}, reason: ReasonDisk, python: `
i = 0
while i < 200000: os.close(os.open(f"/tmp/f{i}", os.O_CREAT | os.O_WRONLY)); i += 1
time.sleep(600)`},
		{name: "hides files in a folder without sight", limits: Limits{WorkFiles: 500}, reason: ReasonDisk, python: `
os.mkdir("dark"); os.chmod("dark", 0o300)
i = 0
while True: os.close(os.open(f"dark/f{i}", os.O_CREAT | os.O_WRONLY)); i += 1; time.sleep(0.0005)`},
		{name: "digs folders without end", limits: Limits{WorkFiles: 5000}, reason: ReasonDisk, python: `
i = 0
while i < 3000: os.mkdir("d"); write("f"); os.chdir("d"); i += 1
os.chmod(".", 0)
time.sleep(600)`, check: func(t *testing.T, s *stage, r Result, work string) {
			left, err := os.ReadDir(work)
			require.NoError(t, err)
			assert.Empty(t, left)
		}},
		{name: "talks without end", limits: Limits{OutputBytes: 64 << 10}, reason: ReasonOutput, python: `
print("head", flush=True)
while True: sys.stdout.write("blah " * 1000)`, check: func(t *testing.T, s *stage, r Result, work string) {
			assert.True(t, r.Truncated)
			assert.Contains(t, string(r.Stdout[:10]), "head")
			assert.Less(t, len(r.Stdout), 70<<10)
		}},
		{name: "talks without end on the other channel", limits: Limits{OutputBytes: 64 << 10}, reason: ReasonOutput, python: `
while True: sys.stderr.write("blah " * 1000)`},
	}
}
