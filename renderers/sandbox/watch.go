package sandbox

import (
	"time"

	"golang.org/x/sys/unix"
)

const (
	// watchEvery is the shortest time between two looks; a look that takes
	// long makes the time longer, so that watching costs at most a tenth of a CPU.
	watchEvery = 25 * time.Millisecond
	watchShare = 10

	// When the machine itself has less than this left, the run ends: memory
	// and disk can be held in ways that no count sees, such as descriptors
	// under way in a socket.
	memoryFloor = 192 << 20
	diskFloor   = 192 << 20
)

// watcher looks at a running box from outside, for what no rlimit bounds: sums
// over processes, and the disk.
type watcher struct {
	limits    Limits
	work      string
	device    uint64 // that holds work
	boxed     bool
	lowMemory bool // already when the run began, so not the run's fault
	lowDisk   bool

	stop  chan struct{}
	ended chan struct{}
	cpu   time.Duration // highest sum seen; valid after close
}

func newWatcher(p *preparation) *watcher {
	w := &watcher{limits: p.limits, work: p.work, boxed: p.infoRead != nil, stop: make(chan struct{}), ended: make(chan struct{})}
	var st unix.Stat_t
	if unix.Stat(p.work, &st) == nil {
		w.device = uint64(st.Dev)
	}
	w.lowMemory = shortOfMemory()
	w.lowDisk = shortOfDisk(p.work)
	return w
}

// watch looks until close, or until it found a reason to end the run.
func (w *watcher) watch(pid int, found chan<- Reason) {
	defer close(w.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-timer.C:
		}
		begin := time.Now()
		if why := w.look(pid); why != "" {
			found <- why
			return
		}
		timer.Reset(max(watchEvery, watchShare*time.Since(begin)))
	}
}

// never stands for watch when the program did not start.
func (w *watcher) never() { close(w.ended) }

func (w *watcher) close() {
	close(w.stop)
	<-w.ended
}

// look takes one sample and names the limit that is exceeded, if any.
func (w *watcher) look(pid int) Reason {
	list := descendants(pid)
	own := list
	if w.boxed {
		own = list[min(2, len(list)):] // without bubblewrap itself, outside and inside
	}
	tasks, rss, cpu := 0, int64(0), time.Duration(0)
	nameless := map[[2]uint64]int64{}
	for _, p := range list {
		s, err := readStat(p)
		if err != nil {
			continue
		}
		cpu += s.cpu
		rss += s.rss
		tasks += s.threads
		hidden(p, nameless)
	}
	tasks -= len(list) - len(own)
	w.cpu = max(w.cpu, cpu)
	onDisk, inMemory := int64(0), int64(0)
	for key, bytes := range nameless {
		if key[0] == w.device {
			onDisk += bytes
		} else {
			inMemory += bytes
		}
	}
	switch {
	case tasks >= w.limits.Processes:
		return ReasonProcesses
	case w.tooMuchMemory(own, rss, inMemory):
		return ReasonMemory
	case w.tooMuchDisk(onDisk) || w.boxed && len(list) > 1 && w.floodedTmp(list[1]):
		return ReasonDisk
	}
	return ""
}

// tooMuchMemory counts exactly only when the cheap sum, in which shared pages
// count in each process, is over the limit.
func (w *watcher) tooMuchMemory(pids []int, rss, inMemory int64) bool {
	if !w.lowMemory && shortOfMemory() {
		return true
	}
	if rss+inMemory <= w.limits.Memory {
		return false
	}
	exact := inMemory
	for _, p := range pids {
		if bytes, ok := share(p); ok {
			exact += bytes
		} else if s, err := readStat(p); err == nil {
			exact += s.rss
		}
	}
	return exact > w.limits.Memory
}

func (w *watcher) tooMuchDisk(nameless int64) bool {
	bytes, err := weigh(w.work, w.limits.WorkFiles)
	return err != nil || bytes+nameless > w.limits.WorkBytes || !w.lowDisk && shortOfDisk(w.work)
}

// floodedTmp reports too many files in the box's own tmpfs folders: their
// sizes are bounded, but not the kernel memory of their inodes. They are seen
// through the box's first process.
func (w *watcher) floodedTmp(first int) bool {
	for _, dir := range []string{privateTmp, "/dev/shm"} {
		var st unix.Statfs_t
		if unix.Statfs(procPath(first, "root"+dir), &st) != nil || st.Type != unix.TMPFS_MAGIC {
			continue
		}
		if int64(st.Files-st.Ffree) > int64(w.limits.WorkFiles) {
			return true
		}
	}
	return false
}

func shortOfMemory() bool {
	bytes, ok := available()
	return ok && bytes < memoryFloor
}

func shortOfDisk(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && int64(st.Bavail)*st.Bsize < diskFloor
}
