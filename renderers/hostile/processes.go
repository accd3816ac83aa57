package hostile

import (
	"fmt"
	"time"

	"viscoder/renderers/sandbox"
)

func processTricks() []Program {
	return []Program{
		{Name: "looks for other processes", Python: `
pids = sorted(int(p) for p in os.listdir("/proc") if p.isdigit())
if len(pids) > 3: escaped(pids)
for pid in [@PID@, @TESTER@]:
    refused(f"kill {pid}", lambda: os.kill(pid, 0))
    refused(f"pidfd {pid}", lambda: os.pidfd_open(pid))
held()`},
		{Name: "kills its parents", Python: `
for sig in range(1, 65):
    if sig in (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH): continue
    for pid in (1, os.getppid()):
        try: os.kill(pid, sig)
        except OSError: pass
child = os.fork()
if child == 0:
    os.kill(-1, signal.SIGKILL)
    os._exit(0)
time.sleep(600)`, Signal: "SIGKILL"},
		{Name: "leaves a daemon that holds the output", Python: `
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
		{Name: "ignores being asked to end", Limits: sandbox.Limits{Wall: 700 * time.Millisecond}, Reason: sandbox.ReasonTimeout, Python: `
for sig in range(1, 65):
    try: signal.signal(sig, signal.SIG_IGN)
    except (OSError, ValueError): pass
print("begun", flush=True)
while True: time.sleep(600)`, check: func(r sandbox.Result, work string) error {
			if string(r.Stdout) != "begun\n" {
				return fmt.Errorf("it said %q", r.Stdout)
			}
			return nil
		}},
		{Name: "computes for ever", Limits: sandbox.Limits{CPU: time.Second}, Reason: sandbox.ReasonTimeout, Signal: "SIGXCPU", command: inTime, Python: `
while True: pass`},
		{Name: "computes for ever and ignores the limit", Limits: sandbox.Limits{CPU: time.Second}, Signal: "SIGKILL", Python: `
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while True: pass`},
		{Name: "writes into the box's first process", Python: `
refused("mem", lambda: open("/proc/1/mem", "r+b").read(1)) if os.stat("/proc/1").st_uid != os.getuid() else None
first = open("/proc/1/status").read()
if "Seccomp:\t2" not in first or "NoNewPrivs:\t1" not in first: escaped("the first process has more rights than this one")
held()`},
		{Name: "raises its own limits", Python: `
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
func inTime(c *sandbox.Command) { c.Limits.Wall = 20 * time.Second }
