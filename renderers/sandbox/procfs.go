package sandbox

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// stat is what the watcher needs of /proc/PID/stat, see proc_pid_stat(5).
type stat struct {
	parent  int
	threads int
	cpu     time.Duration // own, and of children that were waited for
	rss     int64         // bytes
}

// clockTick is the unit of CPU times in /proc: USER_HZ is 100 on every Linux
// that user space sees.
const clockTick = 10 * time.Millisecond

func readStat(pid int) (stat, error) {
	b, err := os.ReadFile(procPath(pid, "stat"))
	if err != nil {
		return stat{}, err
	}
	return parseStat(b)
}

// parseStat reads the fields after the last parenthesis: the name before it
// was chosen by the program and may hold anything.
func parseStat(b []byte) (stat, error) {
	i := bytes.LastIndexByte(b, ')')
	f := strings.Fields(string(b[i+1:]))
	if i < 0 || len(f) < 22 {
		return stat{}, errors.New("not the form of /proc/PID/stat")
	}
	var failed error
	field := func(number int) int64 { // as counted by the manual page, from 3 on
		v, err := strconv.ParseInt(f[number-3], 10, 64)
		failed = errors.Join(failed, err)
		return v
	}
	s := stat{parent: int(field(4)), threads: int(field(20)), rss: field(24) * int64(os.Getpagesize())}
	s.cpu = time.Duration(field(14)+field(15)+field(16)+field(17)) * clockTick
	return s, failed
}

func procPath(pid int, name string) string {
	return filepath.Join("/proc", strconv.Itoa(pid), name)
}

// descendants lists pid and all below it. A process that is forked while the
// list is made may be missing; the next look finds it.
func descendants(pid int) []int {
	list := []int{pid}
	for i := 0; i < len(list); i++ {
		list = append(list, children(list[i])...)
	}
	return list
}

func children(pid int) []int {
	tasks, err := os.ReadDir(procPath(pid, "task"))
	if err != nil {
		return nil
	}
	var list []int
	for _, t := range tasks {
		b, err := os.ReadFile(filepath.Join(procPath(pid, "task"), t.Name(), "children"))
		if err != nil {
			continue
		}
		for _, f := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(f); err == nil {
				list = append(list, n)
			}
		}
	}
	return list
}

// share is the process's proportional share of memory in bytes: pages held by
// n processes count 1/n in each. It costs more to read than stat.rss.
func share(pid int) (int64, bool) {
	b, err := os.ReadFile(procPath(pid, "smaps_rollup"))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10, err == nil
		}
	}
	return 0, false
}

// hidden finds files that are open in a process but have no name any more: a
// walk through folders does not see what they hold. The map is from device
// and inode to bytes held.
func hidden(pid int, into map[[2]uint64]int64) {
	dir := procPath(pid, "fd")
	fds, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, fd := range fds {
		var st unix.Stat_t
		if err := unix.Stat(filepath.Join(dir, fd.Name()), &st); err != nil {
			continue
		}
		if st.Mode&unix.S_IFMT == unix.S_IFREG && st.Nlink == 0 {
			into[[2]uint64{uint64(st.Dev), st.Ino}] = st.Blocks * 512
		}
	}
}

// available is the machine's memory that new work may use, in bytes.
func available() (int64, bool) {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "MemAvailable:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10, err == nil
		}
	}
	return 0, false
}

// tasksOf counts the threads of a user on the whole machine.
func tasksOf(uid int) int {
	pids, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	n := 0
	for _, e := range pids {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		var st unix.Stat_t
		if unix.Stat(procPath(pid, ""), &st) != nil || int(st.Uid) != uid {
			continue
		}
		if s, err := readStat(pid); err == nil {
			n += s.threads
		}
	}
	return n
}
