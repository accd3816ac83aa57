package models

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"viscoder/internal/fault"
	"viscoder/internal/place"
)

// Store is a folder of models. Its methods may be called from several
// processes at once.
type Store struct {
	Dir string

	catalogue []Entry
	hub       hub
	wheels    wheelSource
	now       func() time.Time
	free      func(dir string) (uint64, error)
	sink      func(f *os.File) io.Writer // what bytes go through on their way to the disk
}

// Open returns the store in dir, or in place.Models() if dir is empty. Nothing
// is read or made before it is needed. HF_ENDPOINT and HF_TOKEN are taken from
// the environment.
func Open(dir string) *Store {
	if dir == "" {
		dir = place.Models()
	}
	return &Store{
		Dir:       dir,
		catalogue: Catalogue(),
		hub:       newHub(os.Getenv("HF_ENDPOINT"), os.Getenv("HF_TOKEN")),
		wheels:    pip{venv: filepath.Join(place.Cache(), "pip")},
		now:       time.Now,
		free:      freeBytes,
		sink:      func(f *os.File) io.Writer { return f },
	}
}

// Status is a model as `viscoder models` lists it.
type Status struct {
	Name     string     `json:"name"`
	Title    string     `json:"title,omitempty"`
	Params   string     `json:"params,omitempty"`
	Licence  string     `json:"licence,omitempty"`
	Bytes    int64      `json:"bytes"`             // of the file where it is present
	Present  bool       `json:"present"`           // false = of the catalogue, not pulled
	Fetched  int64      `json:"fetched,omitempty"` // bytes of an unfinished pull
	Path     string     `json:"path,omitempty"`
	Source   string     `json:"source,omitempty"`
	SHA256   string     `json:"sha256,omitempty"` // as recorded; empty = not yet computed
	PulledAt *time.Time `json:"pulled_at,omitempty"`
	Note     string     `json:"note,omitempty"`
}

// List returns the catalogue in its order and behind it the other models that
// are present, by name.
func (s *Store) List() ([]Status, error) {
	var list []Status
	for _, e := range s.catalogue {
		list = append(list, s.status(e.Name))
	}
	names, err := s.present()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, known := s.entry(name); !known {
			list = append(list, s.status(name))
		}
	}
	return list, nil
}

// present returns the names of the models in the folder, sorted.
func (s *Store) present() ([]string, error) {
	files, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Model, "folder of models %s", s.Dir)
	}
	var names []string
	for _, f := range files {
		name, is := strings.CutSuffix(f.Name(), extension)
		if is && !strings.HasPrefix(name, ".") && s.has(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// has follows a symbolic link, so that weights may lie elsewhere.
func (s *Store) has(name string) bool {
	info, err := os.Stat(s.path(name))
	return err == nil && info.Mode().IsRegular()
}

func (s *Store) path(name string) string { return filepath.Join(s.Dir, name+extension) }

func (s *Store) entry(name string) (Entry, bool) {
	i := slices.IndexFunc(s.catalogue, func(e Entry) bool { return strings.EqualFold(e.Name, name) })
	if i < 0 {
		return Entry{}, false
	}
	return s.catalogue[i], true
}

func (s *Store) status(name string) Status {
	e, _ := s.entry(name)
	st := Status{Name: name, Title: e.Title, Params: e.Params, Licence: e.Licence, Bytes: e.Bytes, Note: e.Note}
	if e.Name != "" {
		st.Source = e.Source.String()
	}
	info, err := os.Stat(s.path(name))
	if err != nil || !info.Mode().IsRegular() {
		st.Fetched = s.fetched(name)
		return st
	}
	st.Present, st.Path, st.Bytes, st.Source = true, s.path(name), info.Size(), byHand
	if rec, ok := s.record(name); ok {
		st.Source, st.SHA256, st.PulledAt = rec.Source, rec.SHA256, &rec.PulledAt
		st.Licence = or(rec.Licence, st.Licence)
	}
	return st
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Remove deletes a model, its record and what an unfinished pull left of it.
func (s *Store) Remove(name string) error {
	if !nameRE.MatchString(name) {
		return fault.New(fault.Usage, "%q is no model name", name)
	}
	name = s.spelling(name)
	if !s.has(name) && s.fetched(name) == 0 {
		return s.missing(name, "nothing to remove: ")
	}
	unlock, err := s.lock(context.Background(), name, nil)
	if err != nil {
		return err
	}
	defer unlock()
	for _, path := range []string{s.path(name), s.recordPath(name), s.partialDir(name)} {
		if err := os.RemoveAll(path); err != nil {
			return fault.Wrap(err, fault.Model, "removing %s", path)
		}
	}
	return nil
}

// spelling returns the name as the folder or the catalogue writes it.
func (s *Store) spelling(name string) string {
	if s.has(name) {
		return name
	}
	if e, ok := s.entry(name); ok {
		return e.Name
	}
	names, _ := s.present()
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return name
}
