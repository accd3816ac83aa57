package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// The trees walked here were made by hostile programs: every step goes by
// descriptor, follows no symlink, and the walk is bounded in depth and number.

// maxDepth bounds folders in folders; a descriptor is held for each.
const maxDepth = 100

var (
	errTooMany = errors.New("too many files")
	errTooDeep = errors.New("folders nested too deep")
	errClosed  = errors.New("a folder that may not be read")
)

// entry is one thing in a tree, named relative to an open folder.
type entry struct {
	dir  int // descriptor of the folder it is in
	name string
	path string // from the top of the tree
	stat unix.Stat_t
}

func (e entry) kind() uint32 { return e.stat.Mode & unix.S_IFMT }

// walker goes through a tree in depth, children after visit of their folder.
type walker struct {
	limit int // entries at most; 0: any number
	seen  int
	// visit is called for each entry; an error ends the walk. It may remove
	// the entry, and returns whether to descend into a folder.
	visit func(e entry) (descend bool, err error)
}

func (w *walker) walk(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	return w.folder(fd, "", 0)
}

// folder takes over fd.
func (w *walker) folder(fd int, path string, depth int) error {
	f := os.NewFile(uintptr(fd), path)
	defer f.Close()
	if depth > maxDepth {
		return errTooDeep
	}
	for {
		names, err := f.Readdirnames(512)
		for _, n := range names {
			if err := w.entry(entry{dir: fd, name: n, path: filepath.Join(path, n)}, depth); err != nil {
				return err
			}
		}
		if err != nil || len(names) == 0 {
			return nil // io.EOF, or a folder that vanished meanwhile
		}
	}
}

func (w *walker) entry(e entry, depth int) error {
	w.seen++
	if w.limit > 0 && w.seen > w.limit {
		return errTooMany
	}
	if err := unix.Fstatat(e.dir, e.name, &e.stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return nil // vanished meanwhile
	}
	descend, err := w.visit(e)
	if err != nil || !descend || e.kind() != unix.S_IFDIR {
		return err
	}
	fd, err := unix.Openat(e.dir, e.name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EACCES) {
		return errClosed // what is in there could not be counted
	}
	if err != nil {
		return nil // vanished or replaced meanwhile
	}
	return w.folder(fd, e.path, depth+1)
}

// weigh sums the disk space of a tree; it gives up at limit entries.
func weigh(path string, limit int) (bytes int64, err error) {
	w := walker{limit: limit, visit: func(e entry) (bool, error) {
		bytes += e.stat.Blocks * 512
		return true, nil
	}}
	return bytes, w.walk(path)
}

// handOver makes the work folder and what the caller put into it belong to the
// box's user. A file with a second name elsewhere is left alone: the change
// would show there.
func handOver(path string, uid int) error {
	if err := os.Lchown(path, uid, uid); err != nil {
		return err
	}
	w := walker{visit: func(e entry) (bool, error) {
		if e.kind() == unix.S_IFREG && e.stat.Nlink > 1 {
			return false, nil
		}
		return true, unix.Fchownat(e.dir, e.name, uid, uid, unix.AT_SYMLINK_NOFOLLOW)
	}}
	return w.walk(path)
}

// settle makes a work folder safe to look at once the box has ended: only
// regular files and folders stay, they belong to the caller, who can read and
// remove them, and none carries set-user-id. uid is negative where nothing
// changed hands.
func settle(path string, uid int) error {
	if err := os.Chmod(path, 0o700); err != nil {
		return err
	}
	if uid >= 0 {
		if err := os.Lchown(path, uid, os.Getegid()); err != nil {
			return err
		}
	}
	w := walker{visit: func(e entry) (bool, error) { return true, settleEntry(e, uid) }}
	return w.walk(path)
}

func settleEntry(e entry, uid int) error {
	kind := e.kind()
	if kind != unix.S_IFREG && kind != unix.S_IFDIR {
		return unix.Unlinkat(e.dir, e.name, 0)
	}
	if uid >= 0 && int(e.stat.Uid) != uid {
		if err := unix.Fchownat(e.dir, e.name, uid, os.Getegid(), unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
	}
	mode := e.stat.Mode&0o777 | 0o600
	if kind == unix.S_IFDIR {
		mode |= 0o700
	}
	if mode == e.stat.Mode&0o7777 {
		return nil
	}
	// Follows symlinks, but nobody is left who could put one in the place of what was looked at.
	return unix.Fchmodat(e.dir, e.name, mode, 0)
}

// empty removes all that is in a folder whose box has ended, to any depth,
// with two descriptors: folders are moved up to the top before they are opened.
func empty(path string) error {
	top, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer top.Close()
	for moved := 0; ; {
		names, err := readNames(top, ".")
		if err != nil || len(names) == 0 {
			return err
		}
		for _, name := range names {
			if err := dismantle(top, name, &moved); err != nil {
				return err
			}
		}
	}
}

// dismantle removes one entry of top; folders in it become entries of top.
func dismantle(top *os.Root, name string, moved *int) error {
	if info, err := top.Lstat(name); err != nil || !info.IsDir() {
		return errors.Join(err, top.Remove(name))
	}
	if err := top.Chmod(name, 0o700); err != nil {
		return err
	}
	inner, err := readNames(top, name)
	if err != nil {
		return err
	}
	for _, n := range inner {
		n = name + "/" + n
		info, err := top.Lstat(n)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			err = top.Remove(n)
		} else {
			err = errors.Join(top.Chmod(n, 0o700), top.Rename(n, unusedName(top, moved)))
		}
		if err != nil {
			return err
		}
	}
	return top.Remove(name)
}

func unusedName(top *os.Root, moved *int) string {
	for {
		*moved++
		name := ".moved-" + strconv.Itoa(*moved)
		if _, err := top.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
}

func readNames(top *os.Root, name string) ([]string, error) {
	f, err := top.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
