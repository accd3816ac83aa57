package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sync"

	"github.com/gofrs/flock"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

// Files of an evaluation's folder.
const (
	settingsFile = "eval.json"
	resultsFile  = "results.jsonl"
	lockFile     = ".lock"
)

// Store is the folder of an evaluation: eval.json, and results.jsonl to which
// each finished task adds one synced line.
type Store struct {
	Dir      string // absolute
	Settings Settings

	mu      sync.Mutex
	results []Result
	file    *os.File
	lock    *flock.Flock
}

// OpenStore begins an evaluation in dir, or goes on with the one there; other
// settings than before are fault.Usage. A last line that a kill cut off is
// dropped.
func OpenStore(dir string, s Settings) (store *Store, err error) {
	store, err = lockStore(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, store.Close())
			store = nil
		}
	}()
	store.Settings = s
	if err := store.settle(); err != nil {
		return store, err
	}
	return store, store.openResults()
}

func lockStore(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(abs, 0o755); err != nil {
		return nil, fault.Wrap(err, fault.Usage, "--out: cannot make the folder")
	}
	lock := flock.New(filepath.Join(abs, lockFile))
	held, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fault.Wrap(err, fault.Usage, "--out: cannot lock %s", dir)
	case !held:
		return nil, fault.New(fault.Usage, "--out: another evaluation writes into %s", dir).WithHint("wait for it, or name another folder")
	}
	return &Store{Dir: abs, lock: lock}, nil
}

// settle writes the settings, or compares them with those of the run before.
func (s *Store) settle() error {
	before, err := ReadSettings(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return writeJSON(filepath.Join(s.Dir, settingsFile), s.Settings)
	}
	if err != nil {
		return err
	}
	if name := firstDifference(before, s.Settings); name != "" {
		return fault.New(fault.Usage, "--out: %s holds results under other settings (%s)", s.Dir, name).
			WithHint("take another folder, or repeat the command that made it to go on with it")
	}
	return nil
}

// firstDifference is the JSON name of the first field in which two settings
// differ, "" if none.
func firstDifference(a, b Settings) string {
	va, vb := reflect.ValueOf(roundTrip(a)), reflect.ValueOf(roundTrip(b))
	for i := range va.NumField() {
		if !reflect.DeepEqual(va.Field(i).Interface(), vb.Field(i).Interface()) {
			return va.Type().Field(i).Tag.Get("json")
		}
	}
	return ""
}

// roundTrip makes nil and empty lists alike.
func roundTrip(s Settings) (out Settings) {
	data, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return s
	}
	return out
}

// ReadSettings reads a folder's eval.json.
func ReadSettings(dir string) (s Settings, err error) {
	data, err := os.ReadFile(filepath.Join(dir, settingsFile))
	if err != nil {
		return s, fault.Wrap(err, fault.Usage, "%s is no folder of an evaluation", dir)
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fault.Wrap(err, fault.Usage, "%s is damaged", filepath.Join(dir, settingsFile))
	}
	return s, nil
}

func (s *Store) openResults() error {
	path := filepath.Join(s.Dir, resultsFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fault.Wrap(err, fault.Usage, "--out: cannot write the results")
	}
	s.file = f
	results, whole, err := parseResults(path, f)
	if err != nil {
		return err
	}
	s.results = results
	if err := f.Truncate(whole); err != nil {
		return fault.Wrap(err, fault.Usage, "--out: cannot write %s", path)
	}
	_, err = f.Seek(whole, io.SeekStart)
	return err
}

// ReadResults reads the results of a folder.
func ReadResults(dir string) ([]Result, error) {
	path := filepath.Join(dir, resultsFile)
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "%s is no folder of an evaluation", dir)
	}
	defer f.Close()
	results, _, err := parseResults(path, f)
	return results, err
}

// parseResults reads whole lines and says how many bytes they have. A last line
// without its end is no result: the write of it was cut off.
func parseResults(path string, in io.Reader) (results []Result, whole int64, err error) {
	r := bufio.NewReader(in)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return results, whole, nil
		}
		if err != nil {
			return nil, 0, fault.Wrap(err, fault.Usage, "reading %s", path)
		}
		whole += int64(len(line))
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var one Result
		if err := json.Unmarshal(line, &one); err != nil {
			return nil, 0, fault.Wrap(err, fault.Usage, "%s:%d: no result", path, n).WithHint("take the line out; its task is then done again")
		}
		results = append(results, one)
	}
}

// Add keeps a result; when it returns, the result is on the disk.
func (s *Store) Add(r Result) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.file.Write(append(line, '\n')); err != nil {
		return fault.Wrap(err, fault.Usage, "cannot write %s", s.file.Name())
	}
	if err := s.file.Sync(); err != nil {
		return fault.Wrap(err, fault.Usage, "cannot write %s", s.file.Name())
	}
	s.results = append(s.results, r)
	return nil
}

// Results are all so far, in the order in which they came.
func (s *Store) Results() []Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Result(nil), s.results...)
}

// Close gives the folder free.
func (s *Store) Close() error {
	var errs []error
	if s.file != nil {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(append(errs, s.lock.Unlock())...)
}

func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fault.Wrap(err, fault.Usage, "cannot write %s", path)
	}
	return nil
}
