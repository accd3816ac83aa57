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
	log      *slog.Logger

	file   *packed.File
	writer *packed.Writer

	cancel context.CancelFunc
	made   sync.WaitGroup
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

// newKeeper is nil where nothing is to be kept.
func newKeeper(path string, o Options) *keeper {
	if o.NoPacked || o.kernelsInUse() != llama.KernelsOurs {
		return nil
	}
	identity, err := packed.Identify(path)
	if err != nil {
		return nil
	}
	k := &keeper{
		model: path, paths: PackedPaths(path), key: packed.Key{Model: identity, Layout: llama.LayoutKey()},
		registry: PackedRegistry(), least: worthKeeping, log: o.Log,
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
		w, err := packed.Create(path, k.key, bytes)
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
// source is the whole file.
func (k *keeper) parts(f *gguf.File, source []byte) []llama.Part {
	have := map[string]bool{}
	for _, s := range k.file.Sections() {
		have[s.Name] = true
	}
	parts := []llama.Part{{Bytes: f.DataOffset, Memory: source[:f.DataOffset]}}
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

// finish completes the file beside the model's work. It is stopped by ctx, not by
// close, which waits: a file that was begun is wanted the next time.
func (k *keeper) finish(ctx context.Context, placed []llama.Section) {
	if k.writer == nil {
		return
	}
	ctx, k.cancel = context.WithCancel(ctx)
	k.made.Go(func() {
		sections := make([]packed.Section, 0, len(placed))
		for _, s := range sorted(placed) {
			sections = append(sections, packed.Section(s))
		}
		err := k.writer.Finish(ctx, sections, nil)
		if err == nil {
			err = k.registry.Note(k.writer.Path(), k.model)
		}
		if err != nil {
			k.debug("cannot be kept", "path", k.writer.Path(), "error", err)
		}
	})
}

// close gives the memory back; the weights in it must be closed before.
func (k *keeper) close() {
	if k == nil {
		return
	}
	k.made.Wait()
	if k.cancel != nil {
		k.cancel()
	}
	if k.file != nil {
		_ = k.file.Close()
		k.file = nil
	}
	if k.writer != nil {
		_ = k.writer.Close()
		k.writer = nil
	}
}
