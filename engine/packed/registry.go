package packed

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"viscoder/internal/atomicfile"
)

// Registry remembers in a folder where files of packed weights lie, and which of
// them this machine has verified. A file needs no check as long as it is the same
// inode, of the same size, and was not changed since: the kernel sets the time of
// the last change on every write, copy, rename and truncation, and no program can
// set it back. What this trusts is the disk, as loading a model file does.
type Registry struct{ Dir string }

// Record is what the registry knows of a file.
type Record struct {
	Path     string    `json:"path"`
	Model    string    `json:"model"` // path of the model it was made from
	Device   uint64    `json:"device"`
	Inode    uint64    `json:"inode"`
	Bytes    int64     `json:"bytes"`
	Changed  int64     `json:"changed_ns"` // since 1970
	Verified time.Time `json:"verified"`
}

func (r Registry) file(path string) string {
	name := sha256.Sum256([]byte(path))
	return filepath.Join(r.Dir, hex.EncodeToString(name[:8])+".json")
}

// stamp is what the kernel says of a file now.
func stamp(path string) (Record, error) {
	var s unix.Stat_t
	if err := unix.Stat(path, &s); err != nil {
		return Record{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	return Record{Path: path, Device: uint64(s.Dev), Inode: s.Ino, Bytes: s.Size, Changed: s.Ctim.Nano()}, nil
}

// Verified says whether the file at path is as it was when Note was last called.
func (r Registry) Verified(path string) bool {
	known, err := r.read(r.file(path))
	if err != nil {
		return false
	}
	now, err := stamp(path)
	return err == nil && known.Path == path && known.Device == now.Device && known.Inode == now.Inode &&
		known.Bytes == now.Bytes && known.Changed == now.Changed
}

// Note remembers that the file at path, made from model, is good as it stands.
func (r Registry) Note(path, model string) error {
	rec, err := stamp(path)
	if err != nil {
		return err
	}
	rec.Model, rec.Verified = model, time.Now().UTC()
	data, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return err
	}
	return atomicfile.WriteFile(r.file(path), append(data, '\n'), 0o600)
}

// Forget drops what is known of the file at path.
func (r Registry) Forget(path string) error {
	err := os.Remove(r.file(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// List returns the records whose files are still there, by path, and forgets the
// others.
func (r Registry) List() ([]Record, error) {
	entries, err := os.ReadDir(r.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []Record
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") {
			continue
		}
		name := filepath.Join(r.Dir, e.Name())
		rec, err := r.read(name)
		if err == nil {
			_, err = os.Stat(rec.Path)
		}
		if err != nil {
			_ = os.Remove(name)
			continue
		}
		list = append(list, rec)
	}
	slices.SortFunc(list, func(a, b Record) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

const maxRecord = 64 << 10 // bytes; two paths and a few numbers

func (r Registry) read(name string) (Record, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Record{}, err
	}
	if info.Size() > maxRecord {
		return Record{}, errors.New("too long for a record")
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return Record{}, err
	}
	return parseRecord(data)
}

func parseRecord(data []byte) (Record, error) {
	var rec Record
	if err := json.Unmarshal(data, &rec); err != nil {
		return Record{}, err
	}
	if !filepath.IsAbs(rec.Path) {
		return Record{}, errors.New("a record without a path")
	}
	return rec, nil
}
