package sandbox

import (
	"cmp"
	"math"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// Limits bounds one run. Zero means the default named at the field.
type Limits struct {
	Wall time.Duration // from start to end of the run; 60 s
	CPU  time.Duration // CPU time of any one process, all its threads; Wall × number of CPUs

	Memory       int64 // bytes held by all processes together, sampled; 2 GiB
	AddressSpace int64 // bytes of address space of any one process; 4 GiB or twice Memory; negative: no limit, for browsers
	FileBytes    int64 // size of any one file; 256 MiB
	WorkBytes    int64 // disk held by the work folder, sampled; 512 MiB. Also the size of the private /tmp and of /dev/shm
	WorkFiles    int   // entries in the work folder, and in /tmp, sampled; 10000
	OutputBytes  int64 // kept of stdout and of stderr each, half head and half tail; 1 MiB. Eight times as much ends the run

	Processes int // processes and threads at one time; 256
	OpenFiles int // open files of any one process; 512
}

// floodFactor times OutputBytes is the point at which output is a flood.
const floodFactor = 8

// Validate says which limit cannot be meant.
func (l Limits) Validate() error {
	for name, v := range map[string]int64{
		"Wall": int64(l.Wall), "CPU": int64(l.CPU), "Memory": l.Memory, "FileBytes": l.FileBytes, "WorkBytes": l.WorkBytes,
		"WorkFiles": int64(l.WorkFiles), "OutputBytes": l.OutputBytes, "Processes": int64(l.Processes), "OpenFiles": int64(l.OpenFiles),
	} {
		if v < 0 {
			return fault.New(fault.Internal, "sandbox: limit %s is negative (%d)", name, v)
		}
	}
	return nil
}

func (l Limits) withDefaults() Limits {
	l.Wall = cmp.Or(l.Wall, time.Minute)
	l.CPU = cmp.Or(l.CPU, l.Wall*time.Duration(runtime.NumCPU()))
	l.Memory = cmp.Or(l.Memory, 2<<30)
	l.AddressSpace = cmp.Or(l.AddressSpace, max(4<<30, 2*l.Memory))
	l.FileBytes = cmp.Or(l.FileBytes, 256<<20)
	l.WorkBytes = cmp.Or(l.WorkBytes, 512<<20)
	l.WorkFiles = cmp.Or(l.WorkFiles, 10000)
	l.OutputBytes = cmp.Or(l.OutputBytes, 1<<20)
	l.Processes = cmp.Or(l.Processes, 256)
	l.OpenFiles = cmp.Or(l.OpenFiles, 512)
	return l
}

// rlimit is one resource limit in the form that the launcher sets.
type rlimit struct {
	Resource int
	Soft     uint64
	Hard     uint64
}

// rlimits are the limits that the kernel keeps, per process. others is the
// number of tasks that count against the same user although they are not in
// the box; it is zero where the user of the box is its own.
func (l Limits) rlimits(others int) []rlimit {
	same := func(resource int, v uint64) rlimit { return rlimit{resource, v, v} }
	seconds := uint64(math.Ceil(l.CPU.Seconds()))
	list := []rlimit{
		// One and not zero: with zero the kernel still starts a core handler that
		// the machine pipes dumps to, as root and outside of the box; see core(5)
		// and do_coredump in fs/coredump.c.
		same(unix.RLIMIT_CORE, 1),
		// The soft limit gives SIGXCPU, which names the cause; the hard one kills whoever ignores it.
		{unix.RLIMIT_CPU, seconds, seconds + 1},
		same(unix.RLIMIT_FSIZE, uint64(l.FileBytes)),
		same(unix.RLIMIT_NOFILE, uint64(l.OpenFiles)),
		// POSIX message queues hold kernel memory that no other limit sees.
		same(unix.RLIMIT_MSGQUEUE, 0),
		same(unix.RLIMIT_MEMLOCK, 8<<20),
		// Above Processes, so that the watcher sees the excess and can name it.
		same(unix.RLIMIT_NPROC, uint64(l.Processes+others+16)),
	}
	if l.AddressSpace > 0 {
		list = append(list, same(unix.RLIMIT_AS, uint64(l.AddressSpace)))
	}
	return list
}
