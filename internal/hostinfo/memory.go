package hostinfo

import (
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// readMemory takes the smaller of what the machine and the control group have.
func readMemory(root fs.FS) Memory {
	info := fields(readText(root, "proc/meminfo"))
	m := Memory{Total: kibibytes(info["MemTotal"]), Available: kibibytes(info["MemAvailable"])}
	if room, ok := groupRoom(root); ok && room < m.Available {
		m.Available, m.Limited = room, true
	}
	return m
}

// hierarchy names the files of one control-group version.
type hierarchy struct {
	mount, limit, usage, cache string
}

var (
	groupV2 = hierarchy{"sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"}
	groupV1 = hierarchy{"sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"}
)

// groupRoom returns how many bytes this process's control groups still allow.
func groupRoom(root fs.FS) (room uint64, limited bool) {
	room = math.MaxUint64
	for _, line := range strings.Split(readText(root, "proc/self/cgroup"), "\n") {
		part := strings.SplitN(line, ":", 3)
		if len(part) != 3 {
			continue
		}
		h := groupV1
		switch part[1] {
		case "":
			h = groupV2
		case "memory":
		default:
			continue
		}
		if r, ok := h.room(root, part[2]); ok {
			room, limited = min(room, r), true
		}
	}
	return room, limited
}

// room walks from the group up to the mount point: every ancestor limits. In a
// container the path may not exist below the mount, then its ancestors do.
func (h hierarchy) room(root fs.FS, group string) (room uint64, limited bool) {
	room = math.MaxUint64
	for dir := path.Join("/", group); ; dir = path.Dir(dir) {
		if r, ok := h.roomAt(root, path.Join(h.mount, dir)); ok {
			room, limited = min(room, r), true
		}
		if dir == "/" {
			return room, limited
		}
	}
}

func (h hierarchy) roomAt(root fs.FS, dir string) (uint64, bool) {
	limit, err := strconv.ParseUint(strings.TrimSpace(readText(root, path.Join(dir, h.limit))), 10, 64)
	if err != nil { // absent, or "max"
		return 0, false
	}
	used, _ := strconv.ParseUint(strings.TrimSpace(readText(root, path.Join(dir, h.usage))), 10, 64)
	used -= min(used, h.reclaimable(root, dir))
	return limit - min(limit, used), true
}

// reclaimable is page cache that counts as used but gives way to a new need.
func (h hierarchy) reclaimable(root fs.FS, dir string) uint64 {
	for _, line := range strings.Split(readText(root, path.Join(dir, "memory.stat")), "\n") {
		if key, value, ok := strings.Cut(line, " "); ok && key == h.cache {
			n, _ := strconv.ParseUint(value, 10, 64)
			return n
		}
	}
	return 0
}

func kibibytes(s string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSuffix(s, " kB"), 10, 53)
	if err != nil {
		return 0
	}
	return n << 10
}
