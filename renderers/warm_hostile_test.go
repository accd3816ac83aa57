package renderers

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Hostile programs say "ESCAPED" of each thing that should not have been
// possible, and "held" at the end of their tries.
const hostilePrelude = `
import ctypes, fcntl, os, platform, resource, signal, socket, stat, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
zygote = os.getppid()
def escaped(what): print('ESCAPED', what, flush=True)
def refused(what, do):
    try: r = do()
    except OSError: return
    escaped(f'{what}: {r!r}'[:200])
def call(nr, *args):
    if platform.machine() != 'x86_64': raise OSError('the numbers are of another machine')
    ctypes.set_errno(0)
    if libc.syscall(*[ctypes.c_long(a) for a in (nr, *args)]) < 0: raise OSError(ctypes.get_errno(), 'call')
assert zygote > 1
`

// hostileToWorker are tries of a run to reach the worker that forked it.
var hostileToWorker = map[string]string{
	"signals the worker": `
for s in (0, signal.SIGTERM, signal.SIGINT, signal.SIGSTOP, signal.SIGKILL):
    refused('kill', lambda: os.kill(zygote, s))
    refused('kill with junk above', lambda: call(62, (7 << 32) | zygote, s))
    refused('killpg', lambda: os.killpg(os.getpgid(zygote), s))
    refused('tgkill', lambda: call(234, zygote, zygote, s))
    refused('tkill', lambda: call(200, zygote, s))
    info = ctypes.create_string_buffer(128); struct.pack_into('iii', info, 0, s, 0, -1)
    refused('rt_sigqueueinfo', lambda: call(129, zygote, s, ctypes.addressof(info)))
    refused('rt_tgsigqueueinfo', lambda: call(297, zygote, zygote, s, ctypes.addressof(info)))
refused('everybody', lambda: os.kill(-1, signal.SIGKILL))
refused('pidfd_open', lambda: os.pidfd_open(zygote))
d = os.open(f'/proc/{zygote}', os.O_RDONLY)
refused('by its folder', lambda: call(424, d, signal.SIGKILL, 0, 0))
r, w = os.pipe()
refused('by a file', lambda: fcntl.fcntl(r, fcntl.F_SETOWN, zygote))
refused('by a file, with a number', lambda: fcntl.fcntl(r, fcntl.F_SETSIG, signal.SIGKILL))
refused('by a file, extended', lambda: fcntl.fcntl(r, 15, struct.pack('ii', 1, zygote)))
a, b = socket.socketpair()
for request in (0x8901, 0x8902):
    refused('by a socket', lambda: fcntl.ioctl(a, request, struct.pack('i', zygote)))
`,
	"reads and writes the worker's memory": `
for name in ('mem', 'maps', 'environ', 'syscall', 'stack', 'pagemap'):
    for mode in (os.O_RDONLY, os.O_RDWR):
        refused(name, lambda: os.open(f'/proc/{zygote}/{name}', mode))
refused('ptrace', lambda: call(101, 16, zygote, 0, 0))
refused('ptrace seize', lambda: call(101, 0x4206, zygote, 0, 0))
buf = ctypes.create_string_buffer(8)
iov = struct.pack('QQ', ctypes.addressof(buf), 8)
refused('process_vm_readv', lambda: call(310, zygote, ctypes.addressof(ctypes.create_string_buffer(iov)), 1, ctypes.addressof(ctypes.create_string_buffer(iov)), 1, 0))
refused('process_vm_writev', lambda: call(311, zygote, ctypes.addressof(ctypes.create_string_buffer(iov)), 1, ctypes.addressof(ctypes.create_string_buffer(iov)), 1, 0))
for line in open('/proc/self/maps'):
    if line.split()[1][1::2] == 'ws': escaped('shared memory: ' + line)
`,
	"changes the worker's limits and priority": `
refused('prlimit', lambda: resource.prlimit(zygote, resource.RLIMIT_NPROC, (1, 1)))
refused('affinity', lambda: os.sched_setaffinity(zygote, {0}))
refused('scheduler', lambda: os.sched_setscheduler(zygote, os.SCHED_IDLE, os.sched_param(0)))
refused('priority', lambda: os.setpriority(os.PRIO_PROCESS, zygote, 19))
refused('priority of the group', lambda: os.setpriority(os.PRIO_PGRP, os.getpgid(zygote), 19))
refused('priority of the user', lambda: os.setpriority(os.PRIO_USER, 0, 19))
refused('disk priority', lambda: call(251, 1, zygote, 3 << 13))
refused('disk priority of the user', lambda: call(251, 3, 0, 3 << 13))
for name in ('oom_score_adj', 'timerslack_ns', 'clear_refs', 'coredump_filter', 'autogroup', 'comm'):
    refused(name, lambda: os.write(os.open(f'/proc/{zygote}/{name}', os.O_WRONLY), b'1'))
`,
	"looks for the worker's socket and forges an answer": `
for fd in os.listdir('/proc/self/fd'):
    try: mode = os.fstat(int(fd)).st_mode
    except OSError: continue
    if stat.S_ISSOCK(mode): escaped('a socket ' + fd)
refused('its files', lambda: os.listdir(f'/proc/{zygote}/fd'))
refused('its input', lambda: os.open(f'/proc/{zygote}/fd/0', os.O_RDWR))
p = None
refused('pidfd_getfd', lambda: call(438, os.open(f'/proc/{zygote}', os.O_RDONLY), 3, 0))
for fd in (0, 1, 2):
    refused('answers there', lambda: socket.socket(fileno=os.dup(fd)).send(b'{"exit":0,"signal":0,"left":0,"fault":""}'))
`,
	"joins the worker's session": `
refused('group', lambda: os.setpgid(0, os.getpgid(zygote)))
refused('moves the worker', lambda: os.setpgid(zygote, 0))
if os.getsid(0) == os.getsid(zygote): escaped('one session')
master, slave = os.openpty()
refused('group in front', lambda: os.tcsetpgrp(master, os.getpgid(zygote)))
`,
	"keeps daemons alive that hold the output": `
for n in range(5):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for s in range(1, 65):
                try: signal.signal(s, signal.SIG_IGN)
                except (OSError, ValueError): pass
            while True: time.sleep(1000)
        os._exit(0)
`,
	"forks while it is being ended": `
def breed():
    while True:
        try:
            if os.fork(): os._exit(0)
        except OSError: pass
for n in range(8):
    if os.fork() == 0: breed()
`,
	"hides files where the next run would look": `
for p in ('sitecustomize.py', 'numpy.py', 'matplotlibrc', '/tmp/home/.config/matplotlib/matplotlibrc', '/tmp/matplotlib/matplotlibrc', '/tmp/home/.local/lib/python3.11/site-packages/x.pth'):
    os.makedirs(os.path.dirname(p) or '.', exist_ok=True)
    open(p, 'w').write('print("ESCAPED to the next run")' if p.endswith('.py') else 'figure.facecolor: black')
os.mkdir('closed'); os.chmod('closed', 0)
os.mkdir('/tmp/closed'); os.mkdir('/tmp/closed/in'); os.chmod('/tmp/closed', 0)
deep = '/tmp'
for n in range(400):
    deep += '/d'; os.mkdir(deep)
`,
}

const afterHostile = `
import matplotlib as mpl, matplotlib.pyplot as plt, numpy, os
assert mpl.rcParams['figure.facecolor'] == 'white'
assert os.listdir('.') == ['program.py'] and sorted(os.listdir('/tmp')) == ['home', 'matplotlib'] and not os.listdir('/tmp/home'), (os.listdir('.'), os.listdir('/tmp'))
assert len([p for p in os.listdir('/proc') if p.isdigit()]) == 3
plt.plot([1, 2])
`

func TestHostileProgramsInAWorker(t *testing.T) {
	r := warmRunner(t)
	for name, program := range hostileToWorker {
		t.Run(name, func(t *testing.T) {
			o := runWarm(t, r, hostilePrelude+program+"print('held', flush=True)\n")
			said := o.Stdout + o.Stderr
			assert.NotContains(t, said, "ESCAPED")
			assert.Contains(t, said, "held")
			next := runWarm(t, r, afterHostile)
			require.Nil(t, next.Diagnostic, "%+v", next.Diagnostic)
			assert.NotContains(t, next.Stdout+next.Stderr, "ESCAPED")
		})
	}
}
