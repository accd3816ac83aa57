package hostile

import (
	"bytes"
	"fmt"
	"os"

	"viscoder/renderers/sandbox"
)

func floods() []Program {
	const mb = 1 << 20
	return []Program{
		{Name: "forks without end", Limits: sandbox.Limits{Processes: 60}, Reason: sandbox.ReasonProcesses, Python: `
while True:
    try: os.fork()
    except OSError: pass`},
		{Name: "forks too fast to be watched", Limits: sandbox.Limits{Processes: 100}, Python: `
made = 0
try:
    while made < 5000:
        if os.fork() == 0: time.sleep(600); os._exit(0)
        made += 1
except OSError as e:
    print(made, e)
if made > 200: escaped(made)
held()
time.sleep(600)`, Reason: sandbox.ReasonProcesses},
		{Name: "starts threads without end", Limits: sandbox.Limits{Processes: 60}, Reason: sandbox.ReasonProcesses, Python: `
threading.stack_size(65536)
while True:
    try: threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    except RuntimeError: pass`},
		{Name: "takes all memory", Limits: sandbox.Limits{Memory: 200 * mb}, Reason: sandbox.ReasonMemory, Python: `
hoard = []
while True: hoard.append(bytearray(1 << 20)); time.sleep(0.0002)`},
		{Name: "takes all memory at once", Limits: sandbox.Limits{Memory: 200 * mb, AddressSpace: 600 * mb}, Python: `
refused("a gigabyte", lambda: len(bytearray(1 << 30)))
held()`},
		{Name: "takes all memory with many hands", Limits: sandbox.Limits{Memory: 300 * mb}, Reason: sandbox.ReasonMemory, Python: `
for i in range(10):
    if os.fork() == 0:
        hoard = bytearray(os.urandom(1 << 16)) * (16 * 60)
        time.sleep(600)
time.sleep(600)`},
		{Name: "shares memory, which counts once", Limits: sandbox.Limits{Memory: 300 * mb}, Python: `
hoard = bytearray(b"x") * (100 << 20)
children = []
for i in range(6):
    pid = os.fork()
    if pid == 0: time.sleep(0.5); os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
held()`},
		{Name: "hides memory in files without name", Limits: sandbox.Limits{Memory: 200 * mb, FileBytes: 100 * mb}, Reason: sandbox.ReasonMemory, Python: `
hoard = []
while True:
    fd = os.memfd_create("x"); hoard.append(fd)
    for i in range(50): os.write(fd, b"x" * (1 << 20))`},
		{Name: "hides memory in shared memory", Limits: sandbox.Limits{WorkBytes: 50 * mb}, Python: `
try:
    with open("/dev/shm/x", "wb") as f:
        for i in range(200): f.write(b"x" * (1 << 20))
    escaped("200 MB in /dev/shm")
except OSError as e:
    if e.errno != errno.ENOSPC: escaped(e)
held()`},
		{Name: "fills the private tmp", Limits: sandbox.Limits{WorkBytes: 50 * mb}, Python: `
try:
    with open("/tmp/x", "wb") as f:
        for i in range(200): f.write(b"x" * (1 << 20))
    escaped("200 MB in /tmp")
except OSError as e:
    if e.errno != errno.ENOSPC: escaped(e)
held()`},
		{Name: "writes one large file", Limits: sandbox.Limits{FileBytes: 10 * mb}, Python: `
try:
    with open("large", "wb") as f:
        for i in range(200): f.write(b"x" * (1 << 20))
    escaped("200 MB")
except OSError as e:
    if e.errno != errno.EFBIG: escaped(e)
held()`},
		{Name: "writes one large file and ignores nothing", Limits: sandbox.Limits{FileBytes: 10 * mb}, Reason: sandbox.ReasonDisk, Signal: "SIGXFSZ", Python: `
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
with open("large", "wb") as f:
    for i in range(200): f.write(b"x" * (1 << 20))`},
		{Name: "fills the disk", Limits: sandbox.Limits{WorkBytes: 40 * mb, FileBytes: 8 * mb}, Reason: sandbox.ReasonDisk, Python: `
i = 0
while True:
    write(f"f{i}", b"x" * (7 << 20)); i += 1; time.sleep(0.005)`},
		{Name: "fills the disk with files without name", Limits: sandbox.Limits{WorkBytes: 40 * mb, FileBytes: 8 * mb}, Reason: sandbox.ReasonDisk, Python: `
hoard = []
while True:
    f = open("x", "wb"); os.unlink("x"); f.write(b"x" * (7 << 20)); f.flush(); hoard.append(f); time.sleep(0.005)`},
		{Name: "makes files without end", Limits: sandbox.Limits{WorkFiles: 500}, Reason: sandbox.ReasonDisk, Python: `
i = 0
while True: os.close(os.open(f"f{i}", os.O_CREAT | os.O_WRONLY)); i += 1`},
		{Name: "makes files without end in tmp", Limits: sandbox.Limits{WorkFiles: 500}, Reason: sandbox.ReasonDisk, Python: `
i = 0
while i < 200000: os.close(os.open(f"/tmp/f{i}", os.O_CREAT | os.O_WRONLY)); i += 1
time.sleep(600)`},
		{Name: "hides files in a folder without sight", Limits: sandbox.Limits{WorkFiles: 500}, Reason: sandbox.ReasonDisk, Python: `
os.mkdir("dark"); os.chmod("dark", 0o300)
i = 0
while True: os.close(os.open(f"dark/f{i}", os.O_CREAT | os.O_WRONLY)); i += 1; time.sleep(0.0005)`},
		{Name: "digs folders without end", Limits: sandbox.Limits{WorkFiles: 5000}, Reason: sandbox.ReasonDisk, Python: `
i = 0
while i < 3000: os.mkdir("d"); write("f"); os.chdir("d"); i += 1
os.chmod(".", 0)
time.sleep(600)`, check: func(_ sandbox.Result, work string) error {
			left, err := os.ReadDir(work)
			if err == nil && len(left) > 0 {
				err = fmt.Errorf("%d entries are left", len(left))
			}
			return err
		}},
		{Name: "talks without end", Limits: sandbox.Limits{OutputBytes: 64 << 10}, Reason: sandbox.ReasonOutput, Python: `
print("head", flush=True)
while True: sys.stdout.write("blah " * 1000)`, check: func(r sandbox.Result, _ string) error {
			if !r.Truncated || !bytes.HasPrefix(r.Stdout, []byte("head")) || len(r.Stdout) > 70<<10 {
				return fmt.Errorf("%d bytes of output are kept, beginning with %.10q", len(r.Stdout), r.Stdout)
			}
			return nil
		}},
		{Name: "talks without end on the other channel", Limits: sandbox.Limits{OutputBytes: 64 << 10}, Reason: sandbox.ReasonOutput, Python: `
while True: sys.stderr.write("blah " * 1000)`},
	}
}
