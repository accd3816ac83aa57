package engine

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"viscoder/engine/llama"
	"viscoder/engine/vocab"
	"viscoder/gguf"
)

// loaded is a model without a context.
type loaded struct {
	weights *llama.Weights
	vocab   vocabulary
	keep    *keeper // owns memory of the two; may be nil
}

func (l *loaded) close() {
	l.weights.Close()
	l.keep.close()
}

// loadWeights loads a validated file. Weights packed by an earlier load are
// mapped; else they are packed now, and kept for the next load where that can be.
func loadWeights(ctx context.Context, file *gguf.File, o Options) (*loaded, error) {
	options := llama.LoadOptions{
		NoRepack: o.NoRepack,
		Kernels:  o.kernels(),
		Progress: func(share float32) bool {
			return ctx.Err() == nil && (o.Progress == nil || o.Progress(share))
		},
	}
	keep := newKeeper(file.Path, o)
	if keep.find(ctx) {
		l, err := keep.load(file, options)
		if err == nil {
			return l, nil
		}
		if ctx.Err() != nil {
			keep.close()
			return nil, err
		}
		keep.discard(err)
	}
	if file.NoVocab { // C is going to read all of it
		whole, err := gguf.Open(file.Path)
		if err != nil {
			keep.close()
			return nil, err
		}
		file = whole
	}
	if keep != nil {
		options.Place = keep.place
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
		return nil, err
	}
	keep.finish(ctx, file, w)
	return &loaded{w, w, keep}, nil
}

// load maps the packed weights that find has found. Of the model file llama.cpp
// reads only what is not there.
func (k *keeper) load(file *gguf.File, options llama.LoadOptions) (*loaded, error) {
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

	header := source[:file.DataOffset]
	slim, tables := k.vocabulary(file)
	if tables != nil {
		file, header = slim, gguf.SlimHeader(k.file.Blob(blobHeader))
	} else if file.NoVocab {
		return nil, errors.New("it lacks the vocabulary it had")
	}
	options.Place = k.place
	options.Parts = k.parts(file, header, source)
	w, err := llama.Load(file.Path, options)
	if err != nil {
		return nil, err
	}
	if !k.agrees(w.Sections()) {
		w.Close()
		return nil, errors.New("llama.cpp asks for other weights than it has")
	}
	l := &loaded{w, w, k}
	if tables != nil {
		l.vocab = tables
	}
	return l, nil
}

// vocabulary opens the tables and the header without a vocabulary that are kept
// beside the weights; nil where they are not.
func (k *keeper) vocabulary(file *gguf.File) (*gguf.File, *tables) {
	slim, err := gguf.OpenSlim(k.file.Blob(blobHeader), file.Path)
	if err != nil || slim.Size != file.Size || slim.DataOffset != file.DataOffset {
		return nil, nil
	}
	v, err := vocab.Open(k.file.Blob(blobVocabulary))
	if err != nil || v.Size() != int(slim.VocabSize()) {
		return nil, nil
	}
	return slim, &tables{v, slim.ChatTemplate()}
}
