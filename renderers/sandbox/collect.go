package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// TakeLimits bounds what Collect takes. Zero means the default named at the field.
type TakeLimits struct {
	Files     int   // 100
	FileBytes int64 // of any one file; 64 MiB
}

// Taken is what Collect found.
type Taken struct {
	Paths   []string // copies, in the order of their names
	Refused []string // "name: why", for files that matched and were not taken
}

// Collect copies the files of a work folder whose name matches pattern, as
// path.Match has it, into another folder. Only regular files are taken, at any
// depth, and no symlink is followed on the way: the folder may be full of
// traps, and may even change meanwhile. Names are reduced to letters, digits,
// dot, dash and underscore; a name in use gets a number.
func Collect(work, pattern, into string, l TakeLimits) (Taken, error) {
	l.Files, l.FileBytes = cmp.Or(l.Files, 100), cmp.Or(l.FileBytes, 64<<20)
	if _, err := path.Match(pattern, ""); err != nil {
		return Taken{}, fault.Wrap(err, fault.Internal, "sandbox: pattern %q", pattern)
	}
	var t Taken
	w := walker{visit: func(e entry) (bool, error) {
		if ok, _ := path.Match(pattern, e.name); !ok || e.kind() == unix.S_IFDIR {
			return true, nil
		}
		if len(t.Paths) >= l.Files {
			t.Refused = append(t.Refused, fmt.Sprintf("%q: more than %d files", e.path, l.Files))
			return false, nil
		}
		copied, why, err := take(e, into, l.FileBytes)
		if why != "" {
			t.Refused = append(t.Refused, fmt.Sprintf("%q: %s", e.path, why))
		} else if err == nil {
			t.Paths = append(t.Paths, copied)
		}
		return false, err
	}}
	err := w.walk(work)
	slices.Sort(t.Paths)
	slices.Sort(t.Refused)
	if errors.Is(err, errTooDeep) {
		t.Refused = append(t.Refused, errTooDeep.Error())
		err = nil
	}
	if err != nil {
		return t, fault.Wrap(err, fault.Sandbox, "sandbox: taking results from %s", work)
	}
	return t, nil
}

// take copies one file; why says what kept it from being taken.
func take(e entry, into string, limit int64) (copied, why string, err error) {
	// O_NONBLOCK: a fifo that took the file's place would block for ever.
	fd, err := unix.Openat(e.dir, e.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", "cannot be opened as a file: " + err.Error(), nil
	}
	in := os.NewFile(uintptr(fd), e.name)
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return "", "", err
	}
	if !info.Mode().IsRegular() {
		return "", "not a regular file", nil
	}
	if info.Size() > limit {
		return "", fmt.Sprintf("%d bytes, more than %d", info.Size(), limit), nil
	}
	out, err := create(into, safeName(e.name))
	if err != nil {
		return "", "", err
	}
	n, err := io.Copy(out, io.LimitReader(in, limit+1))
	if err = errors.Join(err, out.Close()); err != nil || n > limit {
		os.Remove(out.Name())
		return "", fmt.Sprintf("grew beyond %d bytes", limit), err
	}
	return out.Name(), "", nil
}

// create makes a new file, with a number in its name where that is in use.
func create(dir, name string) (*os.File, error) {
	ext := filepath.Ext(name)
	for i := 1; ; i++ {
		try := name
		if i > 1 {
			try = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext)
		}
		f, err := os.OpenFile(filepath.Join(dir, try), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// safeName keeps a name that a program chose from doing harm in a terminal, a
// page or a shell: no control characters, no leading dot or dash, no great length.
func safeName(name string) string {
	ext := filepath.Ext(name)
	if len(name) > 100 {
		name = name[:100-min(len(ext), 10)] + ext[:min(len(ext), 10)]
	}
	name = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, name)
	if name[0] == '.' || name[0] == '-' {
		name = "_" + name[1:]
	}
	return name
}
