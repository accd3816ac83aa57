package models

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"viscoder/internal/fault"
)

// smallest is the default model that every machine can run and fetch.
const smallest = "qwen2.5-coder-1.5b"

// Resolved is a model ready to be opened.
type Resolved struct {
	Name   string
	Path   string
	SHA256 string // as recorded when it was pulled; empty = Verify computes it
	Entry  Entry  // zero for a model outside the catalogue
}

// Resolve finds the model that ref means: a NAME, hf:OWNER/REPO/FILE.gguf, the
// path of a .gguf file, or, if it is empty, the best default model that is
// present and fits into memoryBytes (0 = unknown, all fit). Nothing is
// downloaded: what is absent is a fault.Model with the command that gets it.
func (s *Store) Resolve(ref string, memoryBytes uint64) (Resolved, error) {
	if ref == "" {
		return s.defaultModel(memoryBytes)
	}
	r, err := parseRef(ref)
	switch {
	case err != nil:
		return Resolved{}, err
	case r.path != "":
		return s.resolvePath(r.path)
	case r.hub.file != "":
		return s.resolveHub(r.hub)
	}
	name := s.spelling(r.name)
	if !s.has(name) {
		return Resolved{}, s.missing(name, "")
	}
	return s.resolved(name), nil
}

func (s *Store) resolved(name string) Resolved {
	rec, _ := s.record(name)
	e, _ := s.entry(name)
	return Resolved{Name: name, Path: s.path(name), SHA256: rec.SHA256, Entry: e}
}

func (s *Store) defaultModel(memoryBytes uint64) (Resolved, error) {
	ranked := slices.DeleteFunc(slices.Clone(s.catalogue), func(e Entry) bool { return e.Default == 0 })
	slices.SortFunc(ranked, func(a, b Entry) int { return cmp.Compare(a.Default, b.Default) })
	for _, e := range ranked {
		if s.has(e.Name) && (memoryBytes == 0 || e.MemoryBytes <= memoryBytes) {
			return s.resolved(e.Name), nil
		}
	}
	return Resolved{}, fault.New(fault.Model, "no default model is in %s", s.Dir).
		WithHint("viscoder pull %s", smallest)
}

func (s *Store) resolvePath(path string) (Resolved, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Resolved{}, fault.Wrap(err, fault.Model, "model file %s", path)
	}
	info, err := os.Stat(abs)
	if err != nil {
		return Resolved{}, fault.Wrap(err, fault.Model, "model file %s", path).WithHint("`viscoder models` lists what is here")
	}
	if !info.Mode().IsRegular() {
		return Resolved{}, fault.New(fault.Model, "model file %s is not a regular file", path)
	}
	name := nameOf(abs)
	if abs == s.path(name) {
		return s.resolved(name), nil
	}
	return Resolved{Name: name, Path: abs}, nil
}

func (s *Store) resolveHub(h hubFile) (Resolved, error) {
	name := s.hubName(h)
	rec, recorded := s.record(name)
	_, known := s.entry(name)
	if s.has(name) && (known || recorded && rec.Source == h.String()) {
		return s.resolved(name), nil
	}
	return Resolved{}, fault.New(fault.Model, "model %s is not pulled", h).WithHint("viscoder pull %s", h)
}

// hubName is the store name of a hub file: the catalogue's where it lists it.
func (s *Store) hubName(h hubFile) string {
	for _, e := range s.catalogue {
		if hubPrefix+e.Source.Hub == h.String() {
			return e.Name
		}
	}
	return h.name()
}

// missing explains that no model name is here.
func (s *Store) missing(name, before string) error {
	if e, ok := s.entry(name); ok {
		return fault.New(fault.Model, "%smodel %s is not pulled", before, e.Name).WithHint("viscoder pull %s", e.Name)
	}
	err := fault.New(fault.Model, "%sno model is called %s", before, name)
	if near := s.nearest(name); len(near) > 0 {
		return err.WithHint("did you mean %s? `viscoder models` lists all", strings.Join(near, ", "))
	}
	return err.WithHint("`viscoder models` lists all; hf:OWNER/REPO/FILE.gguf and paths work too")
}

// nearest returns up to three known names that name may be a slip of.
func (s *Store) nearest(name string) []string {
	known, _ := s.present()
	for _, e := range s.catalogue {
		known = append(known, e.Name)
	}
	slices.Sort(known)
	known = slices.Compact(known)
	wrong := strings.ToLower(name)
	distance := map[string]int{}
	for _, k := range known {
		d := editDistance(wrong, strings.ToLower(k))
		if strings.Contains(strings.ToLower(k), wrong) {
			d = min(d, 1)
		}
		distance[k] = d
	}
	known = slices.DeleteFunc(known, func(k string) bool { return distance[k] > max(2, len(k)/3) })
	slices.SortStableFunc(known, func(a, b string) int { return cmp.Compare(distance[a], distance[b]) })
	return known[:min(3, len(known))]
}

// editDistance counts insertions, deletions and replacements (Levenshtein 1966).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
