package hostile

func kernelTricks() []Program {
	return []Program{
		{Name: "takes rights from a set-user-id program", Python: `
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
		{Name: "makes namespaces and mounts", Python: `
import subprocess
for flag in [0x10000000, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x20000000, 0x40000000]:
    r, e = syscall(@CLONE@, flag | signal.SIGCHLD, 0, 0, 0, 0)
    if r == 0: escaped(f"clone {flag:#x}"); os._exit(0)
    if r > 0 or e != errno.EPERM: escaped(f"clone {flag:#x} {r} {e}")
for command in [["unshare", "-Ur", "true"], ["unshare", "-n", "true"], ["mount", "-t", "tmpfs", "x", "/tmp"], ["umount", "/work"], ["mount", "-o", "remount,rw", "/usr"], ["nsenter", "-t", "1", "-a", "true"]]:
    if subprocess.run(command, capture_output=True).returncode == 0: escaped(command)
held()`},
		{Name: "types into the terminal", Python: `
import fcntl, termios
a, b = os.openpty()
for number in [0x5412, 0x541C]:
    for high in [0, 1 << 32, -1 << 32]:
        r, e = syscall(@IOCTL@, b, number | high, ctypes.addressof(ctypes.create_string_buffer(b"x")))
        if r != -1 or e != errno.EPERM: escaped(f"ioctl {number:#x} {high:#x} {r} {e}")
if not termios.tcgetattr(b): escaped("terminals do not work at all")
if os.getsid(0) == 0: escaped("session of the host")
held()`},
		{Name: "attaches to other processes", Python: `
buffer = ctypes.create_string_buffer(64)
class iovec(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
mine, theirs = iovec(ctypes.addressof(buffer), 64), iovec(ctypes.addressof(buffer), 64)
child = os.fork()
if child == 0: time.sleep(600)
for pid in [1, os.getppid(), child, @PID@, @TESTER@]:
    for request in [16, 0x4206]:  # PTRACE_ATTACH, PTRACE_SEIZE
        ctypes.set_errno(0)
        if libc.ptrace(request, pid, None, None) != -1: escaped(f"ptrace {request} {pid}")
    if libc.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) != -1: escaped(f"read {pid}")
    if libc.process_vm_writev(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0) != -1: escaped(f"write {pid}")
if libc.ptrace(0, 0, None, None) != -1: escaped("traceme")
os.kill(child, signal.SIGKILL)
held()`},
		{Name: "changes the clock and the name of the machine", Python: `
refused("clock", lambda: time.clock_settime(time.CLOCK_REALTIME, 0))
refused("name", lambda: socket.sethostname("x"))
if socket.gethostname() != "viscoder": escaped(socket.gethostname())
held()`},
	}
}

func foreignCalls() []Program {
	return []Program{
		{Name: "calls the kernel as a 32-bit program", Signal: "SIGSYS", C: `
#include <stdio.h>
int main(void) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory"); /* getpid by its 32-bit number */
  printf("ESCAPED int 0x80: %ld\n", r);
}`},
		{Name: "calls the kernel as an x32 program", Signal: "SIGSYS", C: `
#include <stdio.h>
#include <unistd.h>
int main(void) { printf("ESCAPED x32: %ld\n", syscall(0x40000000 | 39)); }`},
		{Name: "calls the kernel by numbers of the future", C: `
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
