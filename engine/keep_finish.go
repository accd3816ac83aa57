package engine

import (
	"context"

	"viscoder/engine/llama"
	"viscoder/engine/packed"
	"viscoder/gguf"
)

// finish completes the file beside the model's work. It is stopped by ctx, not by
// close, which waits: a file that was begun is wanted the next time.
func (k *keeper) finish(ctx context.Context, file *gguf.File, w *llama.Weights) {
	if k == nil || k.writer == nil {
		return
	}
	ctx, k.cancel = context.WithCancel(ctx)
	k.made.Go(func() {
		var sections []packed.Section
		for _, s := range sorted(w.Sections()) {
			sections = append(sections, packed.Section(s))
		}
		err := k.writer.Finish(ctx, sections, k.blobs(file, w))
		if err == nil {
			err = k.registry.Note(k.writer.Path(), k.model)
		}
		if err != nil {
			k.debug("cannot be kept", "path", k.writer.Path(), "error", err)
		}
	})
}

// The parts of a file beside the weights: a header without the vocabulary, and
// the vocabulary as tables. A file has both or none.
const (
	blobHeader     = "header"
	blobVocabulary = "vocabulary"
	blobFormat     = "1" // to be raised when what they hold changes
)

func (k *keeper) blobs(file *gguf.File, w *llama.Weights) []packed.Blob {
	slim, err := file.Slim()
	if err == nil {
		var table []byte
		if table, err = buildTables(file, w); err == nil {
			return []packed.Blob{{Name: blobHeader, Data: slim}, {Name: blobVocabulary, Data: table}}
		}
	}
	k.debug("come without the vocabulary", "reason", err)
	return nil
}

// wait waits until finish is done.
func (k *keeper) wait() {
	if k != nil {
		k.made.Wait()
	}
}

// close gives the memory back; the weights in it must be closed before.
func (k *keeper) close() {
	if k == nil {
		return
	}
	k.wait()
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
