package models

import (
	"errors"
	"syscall"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// spare is left free, so that a pull does not fill a disk to the brim.
const spare = 64 << 20

// freeBytes returns what an unprivileged user may still write into dir.
func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil
}

// checkSpace refuses to start what would not fit. A file system that cannot
// tell its free space is given the benefit of the doubt.
func (s *Store) checkSpace(need int64) error {
	free, err := s.free(s.Dir)
	if err != nil || need <= 0 || uint64(need)+spare <= free {
		return nil
	}
	return diskFull(s.Dir, "%s more are needed in %s, and %s are free there", size(need), s.Dir, size(int64(free)))
}

// writeError names a full disk; done is what stays for the next try.
func (s *Store) writeError(err error, done, total int64) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return fault.Wrap(err, fault.Model, "writing to %s", s.Dir)
	}
	full := diskFull(s.Dir, "the disk of %s is full after %s of %s", s.Dir, size(done), size(total))
	full.Err = err
	return full
}

func diskFull(dir, format string, args ...any) *fault.Error {
	return fault.New(fault.Model, format, args...).
		WithHint("free some space (`viscoder models rm NAME`), or keep the models elsewhere: make %s a link to another disk", dir)
}

func size(n int64) string { return humanize.Bytes(uint64(max(0, n))) }
