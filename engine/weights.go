package engine

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"viscoder/engine/llama"
	"viscoder/gguf"
)

// loadWeights loads a validated file. Weights packed by an earlier load are
// mapped; else they are packed now, and kept for the next load where that can be.
func loadWeights(ctx context.Context, file *gguf.File, o Options) (*llama.Weights, *keeper, error) {
	options := llama.LoadOptions{
		NoRepack: o.NoRepack,
		Kernels:  o.kernels(),
		Progress: func(share float32) bool {
			return ctx.Err() == nil && (o.Progress == nil || o.Progress(share))
		},
	}
	keep := newKeeper(file.Path, o)
	if keep == nil {
		w, err := llama.Load(file.Path, options)
		return w, nil, err
	}
	options.Place = keep.place
	if keep.find(ctx) {
		w, err := keep.load(file, options)
		if err == nil && keep.agrees(w.Sections()) {
			return w, keep, nil
		}
		if err == nil {
			w.Close()
			err = errors.New("llama.cpp asks for other weights than it has")
		}
		if ctx.Err() != nil {
			keep.close()
			return nil, nil, err
		}
		path := keep.file.Path()
		_ = keep.file.Close()
		keep.file = nil
		keep.drop(path, err)
	}
	w, err := llama.Load(file.Path, options)
	if errors.Is(err, llama.ErrUnkept) {
		keep.debug("cannot be kept", "error", err)
		keep.close()
		options.Place, keep = nil, nil
		w, err = llama.Load(file.Path, options)
	}
	if err != nil {
		keep.close()
		return nil, nil, err
	}
	if keep != nil {
		keep.finish(ctx, w.Sections())
	}
	return w, keep, nil
}

// load has llama.cpp read of a file only what is not mapped packed.
func (k *keeper) load(file *gguf.File, options llama.LoadOptions) (*llama.Weights, error) {
	in, err := os.Open(file.Path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	source, err := unix.Mmap(int(in.Fd()), 0, int(file.Size), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	defer func() { _ = unix.Munmap(source) }()
	options.Parts = k.parts(file, source)
	return llama.Load(file.Path, options)
}
