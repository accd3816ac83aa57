"""A Python that has its imports done and forks for every run.

It stands behind run.py in one driver and talks over the socket that is its
standard input: one JSON message for each request and each answer. It never
runs a program itself. A run is a child with its own session, limits, output
and system call filter, which keeps it from reaching this process; when it has
ended, every process but this one is killed, and what it left in the private
folders is removed. Where anything of that fails, the answer says so, and the
other side ends the box.
"""
import ctypes
import json
import resource
import shutil
import signal
import socket

PRIVATE = ("/tmp", "/tmp/home", "/dev/shm")  # folders that programs may write, beside their own
HOME = "/tmp/home"
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER = 4, 22, 36
MAX_MESSAGE = 1 << 16


# ---- the imports

class Held:
    """A package that is loaded and stays out of sight until a program imports
    it: what it registers elsewhere on import would otherwise be there for
    programs that forget to."""

    def __init__(self, package, withdraw, restore):
        self.package, self.restore = package, restore
        names = [n for n in sys.modules if n == package or n.startswith(package + ".")]
        self.modules = {n: sys.modules.pop(n) for n in names}
        self.spec = self.modules[package].__spec__
        withdraw()

    def find_spec(self, name, path=None, target=None):
        if name != self.package or not self.modules:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return self.modules[self.package]

    def exec_module(self, module):
        sys.modules.update(self.modules)
        self.modules = {}
        module.__spec__ = self.spec
        self.restore()


def hold_seaborn():
    import matplotlib
    before = set(matplotlib.colormaps)
    import seaborn
    added = {n: matplotlib.colormaps[n] for n in matplotlib.colormaps if n not in before}

    def withdraw():
        for name in added:
            matplotlib.colormaps.unregister(name)

    def restore():
        for name, colours in added.items():
            matplotlib.colormaps.register(colours, name=name)

    sys.meta_path.insert(0, Held("seaborn", withdraw, restore))


def rehearse():
    """Draws one picture and forgets it, so that fonts and formats are loaded."""
    import io
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    fig = Figure()
    FigureCanvasAgg(fig)
    ax = fig.subplots()
    ax.plot([1, 2], label="a")
    ax.set_title("$x^2$")
    ax.legend()
    fig.canvas.print_figure(io.BytesIO(), bbox_inches="tight")


def preload():
    """Loads what most programs import; an interpreter of the user's own may
    lack any of it."""
    sys.meta_path.insert(0, Finder)
    # pyarrow's allocator would start a thread that tidies in the background.
    os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
    for step in ("numpy", "pandas", "matplotlib.pyplot", "pandas.plotting._matplotlib", hold_seaborn, rehearse):
        try:
            importlib.import_module(step) if isinstance(step, str) else step()
        except Exception as e:
            print("%s: %s" % (getattr(step, "__name__", step), e), file=sys.stderr)
    del os.environ["JE_ARROW_MALLOC_CONF"]


# ---- what keeps a run away from this process

def alone():
    """Whether nobody but the box's first process and this one is in sight. A
    box without a process list of its own would be no place to kill in."""
    return sorted(int(n) for n in os.listdir("/proc") if n.isdigit()) == [1, os.getpid()]


def shared_memory():
    """Mappings through which a child could write into this process."""
    with open("/proc/self/maps") as f:
        return [l.strip() for l in f if l.split()[1][1::2] == "ws"]


def single():
    """Makes sure that no thread is left after a fork. Pools of linear algebra
    end themselves before one; other threads could hold a lock for ever in the
    child, and the filter knows this process by one number only."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    if len(os.listdir("/proc/self/task")) != 1:
        raise SystemExit("an imported package runs threads")


def guard():
    if not alone():
        raise SystemExit("other processes are in sight")
    if shared_memory():
        raise SystemExit("memory would be shared with programs: %s" % shared_memory())
    if os.getsid(0) != os.getpid():
        os.setsid()
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    single()
    # Closes /proc/PID/mem and the like to others of the same user.
    if LIBC.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) or LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise SystemExit("prctl: error %d" % ctypes.get_errno())


class Filter(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("rules", ctypes.c_char_p)]


def confine(rules):
    """Puts this process, a child of the zygote, under a filter; struct sock_filter[]."""
    zygote = os.getppid()
    program = Filter(len(rules) // 8, rules)
    if LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) or LIBC.prctl(PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "system call filter")
    try:
        os.kill(zygote, 0)
    except PermissionError:
        return
    raise OSError("the system call filter does not hold")


def seed_anew():
    import random
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


# ---- runs

def child(control, files, order):
    """Becomes a run; never returns."""
    try:
        os.setsid()
        for target, fd in enumerate(files, 1):
            os.dup2(fd, target)
        os.closerange(1 + len(files), resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        seconds = order["cpu_s"]
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        seed_anew()
        told(order["args"])
        confine(bytes.fromhex(order["filter"]))
    except BaseException as e:
        os.write(2, ("viscoder: %r\n" % e).encode())
        os._exit(126)
    steps(order) if order.get("steps") else once()


def reap():
    """Kills all that a run started. Returns how many were left."""
    left = 0
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    while True:
        try:
            os.waitpid(-1, 0)
            left += 1
        except ChildProcessError:
            return left


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


def wipe():
    """Empties the private folders as they were at the start."""
    if os.path.lexists(HOME) and (os.path.islink(HOME) or not os.path.isdir(HOME)):
        os.remove(HOME)
    if not os.path.exists(HOME):
        os.mkdir(HOME)
    for folder in PRIVATE:
        if os.stat(folder).st_uid == os.getuid():
            os.chmod(folder, 0o777 if folder == HOME else 0o1777)
        for name in os.listxattr(folder):
            os.removexattr(folder, name)
        for name in os.listdir(folder):
            if os.path.join(folder, name) != HOME:
                remove(os.path.join(folder, name))
    fonts()


def run_one(control, files, order):
    flush()
    pid = os.fork()
    if pid == 0:
        child(control, files, order)
    for fd in files:
        os.close(fd)
    status = os.waitpid(pid, 0)[1]
    answer = {"exit": -1, "signal": 0, "left": reap(), "fault": ""}
    if os.WIFSIGNALED(status):
        answer["signal"] = os.WTERMSIG(status)
    else:
        answer["exit"] = os.WEXITSTATUS(status)
    try:
        wipe()
        if not alone():
            answer["fault"] = "processes are left"
    except BaseException as e:
        answer["fault"] = "tidying: %s" % type(e).__name__
    return answer


def serve():
    control = socket.socket(fileno=os.dup(0))
    control.set_inheritable(False)
    nothing = os.open("/dev/null", os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    preload()
    wipe()
    guard()
    import gc
    gc.collect()
    gc.freeze()  # else the first collection of a child copies every page
    control.send(json.dumps({"pid": os.getpid()}).encode())
    while True:
        message, files, flags, _ = socket.recv_fds(control, MAX_MESSAGE, 4)
        if not message:
            os._exit(0)
        control.send(json.dumps(run_one(control, files, json.loads(message))).encode())
