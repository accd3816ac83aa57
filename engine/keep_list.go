package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"viscoder/engine/packed"
)

// PackedFile is a file of packed weights on this machine.
type PackedFile struct {
	Path  string `json:"path"`
	Model string `json:"model"` // path of the model file it was made from, "" where that is not known
	Bytes int64  `json:"bytes"`
	State string `json:"state"` // one of the Packed… states
}

// The states of a PackedFile.
const (
	PackedReady     = "ready"     // it is mapped at the next start
	PackedUnchecked = "unchecked" // its weights are checked first, as it was written to, moved or copied
	PackedStale     = "stale"     // of an older build, or its model changed or is gone: it is made again
	PackedDamaged   = "damaged"   // it is made again
)

// PackedFiles lists the files of packed weights that were noted, and those beside
// the given model files, by path. Weights are not read.
func PackedFiles(models []string) ([]PackedFile, error) {
	registry := PackedRegistry()
	records, err := registry.List()
	if err != nil {
		return nil, err
	}
	model := map[string]string{}
	for _, m := range models {
		for _, path := range PackedPaths(m) {
			model[path] = m
		}
	}
	for _, r := range records {
		model[r.Path] = r.Model
	}
	var list []PackedFile
	for path, m := range model {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		list = append(list, PackedFile{Path: path, Model: m, Bytes: info.Size(), State: stateOf(registry, path, m)})
	}
	slices.SortFunc(list, func(a, b PackedFile) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

func stateOf(registry packed.Registry, path, model string) string {
	f, state := openPacked(path, model)
	if f == nil {
		return state
	}
	defer f.Close()
	if registry.Verified(path) {
		return PackedReady
	}
	return PackedUnchecked
}

// openPacked maps a file, or says why it is of no use.
func openPacked(path, model string) (*packed.File, string) {
	identity, err := packed.Identify(model)
	if err != nil {
		return nil, PackedStale
	}
	f, err := packed.Open(path, packed.Key{Model: identity, Layout: keptLayout()})
	switch {
	case errors.Is(err, packed.ErrStale):
		return nil, PackedStale
	case err != nil:
		return nil, PackedDamaged
	}
	return f, ""
}

// VerifyPacked reads all weights of a file, compares them with their checksums,
// and returns the state it is then in.
func VerifyPacked(ctx context.Context, file PackedFile) (string, error) {
	f, state := openPacked(file.Path, file.Model)
	if f == nil {
		return state, nil
	}
	defer f.Close()
	err := f.Verify(ctx)
	switch {
	case errors.Is(err, packed.ErrDamaged):
		return PackedDamaged, PackedRegistry().Forget(file.Path)
	case err != nil:
		return "", err
	}
	return PackedReady, PackedRegistry().Note(file.Path, file.Model)
}

// RemovePacked removes a file of packed weights. A process that has it mapped
// goes on with it.
func RemovePacked(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return PackedRegistry().Forget(path)
}
