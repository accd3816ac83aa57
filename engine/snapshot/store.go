package snapshot

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"time"

	"viscoder/internal/atomicfile"
	"viscoder/internal/place"
)

// Store is a folder of snapshots with a budget. Any number of processes may use
// it: files appear whole, and what another process deletes is just not there.
type Store struct {
	Dir    string
	Budget int64 // bytes of all files together
}

// DefaultBudget is the space that snapshots may take where nobody chose.
const DefaultBudget = 1 << 30

const ending = ".kv"

// folder holds the snapshots of one key.
func (s Store) folder(k Key) string {
	sum := sha256.Sum256([]byte(k.Model + "\x00" + k.Layout + "\x00" + k.KVType))
	return filepath.Join(s.Dir, hex.EncodeToString(sum[:8]))
}

func (s Store) path(k Key, tokens []Token) string {
	sum := sha256.New()
	_ = binary.Write(sum, binary.LittleEndian, tokens)
	return filepath.Join(s.folder(k), hex.EncodeToString(sum.Sum(nil)[:12])+ending)
}

// Has says that a snapshot of exactly these tokens is there.
func (s Store) Has(k Key, tokens []Token) bool {
	_, err := os.Stat(s.path(k, tokens))
	return err == nil
}

// Save keeps a snapshot, and makes room for it by deleting those not used for
// longest.
func (s Store) Save(snap Snapshot) error {
	dir, err := place.Make(s.folder(snap.Key))
	if err != nil {
		return err
	}
	path := filepath.Join(dir, filepath.Base(s.path(snap.Key, snap.Tokens)))
	out, err := atomicfile.Create(path, 0o600)
	if err != nil {
		return err
	}
	defer out.Abort()
	if err := Write(out, snap); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	return s.trim(path)
}

// Longest loads the snapshot that covers most of the beginning of tokens; ok is
// false where none does. A damaged file is deleted.
func (s Store) Longest(k Key, tokens []Token) (best Snapshot, ok bool) {
	files, _ := filepath.Glob(filepath.Join(s.folder(k), "*"+ending))
	type candidate struct {
		path   string
		length int
	}
	var fitting []candidate
	for _, path := range files {
		h, err := headerOf(path)
		if err != nil {
			os.Remove(path)
			continue
		}
		if n := len(h.tokens); h.key == k && n > 0 && n <= len(tokens) && slices.Equal(h.tokens, tokens[:n]) {
			fitting = append(fitting, candidate{path, n})
		}
	}
	slices.SortFunc(fitting, func(a, b candidate) int { return cmp.Compare(b.length, a.length) })
	for _, c := range fitting {
		snap, err := load(c.path)
		if err != nil {
			os.Remove(c.path)
			continue
		}
		now := time.Now()
		_ = os.Chtimes(c.path, now, now) // used last: by age it goes last
		return snap, true
	}
	return Snapshot{}, false
}

func headerOf(path string) (header, error) {
	f, err := os.Open(path)
	if err != nil {
		return header{}, err
	}
	defer f.Close()
	return readHeader(f)
}

func load(path string) (Snapshot, error) {
	f, err := os.Open(path)
	if err != nil {
		return Snapshot{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Snapshot{}, err
	}
	return Read(f, info.Size())
}

// File is a snapshot on disk.
type File struct {
	Path  string    `json:"path"`
	Bytes int64     `json:"bytes"`
	Used  time.Time `json:"used"`
}

// Files lists what is there, used last first.
func (s Store) Files() []File {
	paths, _ := filepath.Glob(filepath.Join(s.Dir, "*", "*"+ending))
	var files []File
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil {
			files = append(files, File{path, info.Size(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b File) int { return b.Used.Compare(a.Used) })
	return files
}

// trim deletes the files beyond the budget, but never the one just written.
func (s Store) trim(keep string) error {
	budget := cmp.Or(s.Budget, DefaultBudget)
	for _, f := range s.Files() {
		budget -= f.Bytes
		if budget >= 0 || f.Path == keep {
			continue
		}
		if err := os.Remove(f.Path); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// Clear deletes all snapshots.
func (s Store) Clear() error { return os.RemoveAll(s.Dir) }
