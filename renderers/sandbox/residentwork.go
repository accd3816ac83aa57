package sandbox

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// Work is the host's path of the folder at /work.
func (r *Resident) Work() string { return r.p.work }

// Put writes files into the work folder for the next run.
func (r *Resident) Put(files map[string]string) error {
	root, err := os.OpenRoot(r.p.work)
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: the work folder")
	}
	defer root.Close()
	for name, text := range files {
		if err := root.WriteFile(name, []byte(text), 0o644); err != nil {
			return fault.Wrap(err, fault.Sandbox, "sandbox: writing %s", name)
		}
	}
	if r.p.handed {
		err = handOver(r.p.work, r.p.who.uid)
	}
	return err
}

// Settle makes the work folder safe to look at, once a run has ended.
func (r *Resident) Settle() error {
	if err := settle(r.p.work, -1); err != nil {
		r.end() // too deep or too many to walk; Close removes them
		return fault.Wrap(err, fault.Sandbox, "sandbox: tidying %s after the run", r.p.work)
	}
	return nil
}

// Clear empties the work folder for the next run. What is shown there
// read-only stays.
func (r *Resident) Clear() error {
	err := r.clear()
	if err != nil {
		r.end()
	}
	return err
}

func (r *Resident) clear() error {
	root, err := os.OpenRoot(r.p.work)
	if err != nil {
		return err
	}
	defer root.Close()
	names, err := readNames(root, ".")
	if err != nil {
		return err
	}
	for _, name := range names {
		if slices.Contains(r.p.mountpoints, name) {
			continue
		}
		if err := root.RemoveAll(name); err != nil {
			return err
		}
	}
	return clearAttributes(r.p.work)
}

// clearAttributes drops what a program may note on a folder itself.
func clearAttributes(path string) error {
	buf := make([]byte, 4096)
	n, err := unix.Llistxattr(path, buf)
	if err != nil {
		return nil // a file system without any, or more than a program can be meant to set
	}
	for name := range strings.SplitSeq(string(buf[:n]), "\x00") {
		if !strings.HasPrefix(name, "user.") && !strings.HasPrefix(name, "system.posix_acl") {
			continue
		}
		if err := unix.Lremovexattr(path, name); err != nil {
			return err
		}
	}
	return nil
}
