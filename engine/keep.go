package engine

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"viscoder/engine/llama"
	"viscoder/engine/packed"
	"viscoder/gguf"
	"viscoder/internal/place"
)

// worthKeeping is the least size of packed weights that get a file, in bytes:
// less is packed faster than a person notices.
const worthKeeping = 16 << 20

// keeper is where the packed weights of one model lie: in a mapped file of an
// earlier load, or in one that is being made, or nowhere but in memory.
type keeper struct {
	model    string // path
	paths    []string
	key      packed.Key
	registry packed.Registry
	least    int64 // bytes worth keeping
	perm     os.FileMode
	log      *slog.Logger

	file   *packed.File
	writer *packed.Writer

	made sync.WaitGroup // the file
}

// PackedRegistry remembers the files of packed weights of this user.
func PackedRegistry() packed.Registry {
	return packed.Registry{Dir: filepath.Join(place.Cache(), "packed")}
}

// PackedPaths are the places where the packed weights of the model file at path
// are looked for and kept: beside it, and in the cache folder where that cannot
// be written.
func PackedPaths(path string) []string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		absolute = path
	}
	name := strings.ReplaceAll(strings.TrimPrefix(absolute, "/"), "/", "%")
	if len(name) > 200 {
		name = name[len(name)-200:]
	}
	return []string{absolute + packed.Extension, filepath.Join(place.Cache(), "packed", name+packed.Extension)}
}

// keptLayout names what a file holds: the weights as our kernels pack them, and
// our own parts beside them.
func keptLayout() string { return llama.LayoutKey() + " " + blobFormat }

// newKeeper is nil where nothing is to be kept.
func newKeeper(path string, o Options) *keeper {
	if o.NoPacked || o.kernelsInUse() != llama.KernelsOurs {
		return nil
	}
	identity, err := packed.Identify(path)
	if err != nil {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	k := &keeper{
		model: path, paths: PackedPaths(path), key: packed.Key{Model: identity, Layout: keptLayout()},
		registry: PackedRegistry(), least: worthKeeping, log: o.Log,
		perm: info.Mode().Perm() | 0o600, // who may read the model may read its weights
	}
	if o.keepLeast > 0 {
		k.least = o.keepLeast
	}
	return k
}

func (k *keeper) debug(text string, args ...any) {
	if k.log != nil {
		k.log.Debug(text, append(args, "from", "packed weights")...)
	}
}

// find maps a good file of an earlier load, if there is one. A bad one is removed.
func (k *keeper) find(ctx context.Context) bool {
	if k == nil {
		return false
	}
	for _, path := range k.paths {
		f, err := packed.Open(path, k.key)
		if err == nil && !k.registry.Verified(path) {
			if err = f.Verify(ctx); err == nil {
				if err := k.registry.Note(path, k.model); err != nil {
					k.debug("cannot be noted as verified", "path", path, "error", err)
				}
			} else {
				_ = f.Close()
			}
		}
		switch {
		case err == nil:
			f.Prefetch()
			k.file = f
			return true
		case errors.Is(err, packed.ErrDamaged), errors.Is(err, packed.ErrStale), errors.Is(err, packed.ErrForeign):
			k.drop(path, err)
		case !errors.Is(err, fs.ErrNotExist):
			k.debug("cannot be read", "path", path, "error", err)
		}
	}
	return false
}

// drop removes a file that is of no use.
func (k *keeper) drop(path string, reason error) {
	k.debug("are made again", "path", path, "reason", reason)
	if err := os.Remove(path); err != nil {
		k.debug("cannot be removed", "path", path, "error", err)
	}
	_ = k.registry.Forget(path)
}

// discard drops the file that find has found.
func (k *keeper) discard(reason error) {
	path := k.file.Path()
	_ = k.file.Close()
	k.file = nil
	k.drop(path, reason)
}

// header is the model's header out of a file of an earlier load, nil if there is
// none.
func (k *keeper) header() *gguf.File {
	if k == nil {
		return nil
	}
	for _, path := range k.paths {
		f, err := packed.Open(path, k.key)
		if err != nil {
			continue
		}
		defer f.Close()
		if slim, err := gguf.OpenSlim(f.Blob(blobHeader), k.model); err == nil {
			f.Prefetch() // the weights are wanted next
			return slim
		}
	}
	return nil
}

// place answers llama.Load's question where packed weights go.
func (k *keeper) place(bytes int64) llama.Place {
	if k.file != nil {
		if int64(len(k.file.Image())) != bytes {
			return llama.Place{}
		}
		return llama.Place{Memory: k.file.Image()}
	}
	if bytes < k.least {
		return llama.Place{}
	}
	for _, path := range k.paths {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			continue
		}
		w, err := packed.Create(path, k.key, bytes, k.perm)
		if err != nil {
			k.debug("cannot be kept", "path", path, "error", err)
			continue
		}
		k.writer = w
		return llama.Place{Memory: w.Memory(), File: w.File(), At: w.At()}
	}
	return llama.Place{}
}

// parts shows llama.cpp a model file without the weights that are mapped packed;
// header is what it sees before the weights, source the whole file.
func (k *keeper) parts(f *gguf.File, header, source []byte) []llama.Part {
	have := map[string]bool{}
	for _, s := range k.file.Sections() {
		have[s.Name] = true
	}
	parts := []llama.Part{{Bytes: int64(len(header)), Memory: header}}
	for i, t := range f.Tensors {
		start, end := f.DataOffset+int64(t.Offset), f.Size
		if i+1 < len(f.Tensors) {
			end = f.DataOffset + int64(f.Tensors[i+1].Offset)
		}
		part := llama.Part{Bytes: end - start}
		if !have[t.Name] {
			part.Memory = source[start:end]
		}
		parts = append(parts, part)
	}
	return parts
}

// agrees says whether the weights that were placed are those of the file.
func (k *keeper) agrees(placed []llama.Section) bool {
	return len(placed) > 0 && slices.EqualFunc(k.file.Sections(), sorted(placed), func(a packed.Section, b llama.Section) bool {
		return a == packed.Section(b)
	})
}

// sorted orders sections by offset, as a file has them.
func sorted(sections []llama.Section) []llama.Section {
	return slices.SortedFunc(slices.Values(sections), func(a, b llama.Section) int { return int(a.Offset - b.Offset) })
}
