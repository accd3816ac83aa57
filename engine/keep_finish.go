package engine

import (
	"context"

	"viscoder/engine/llama"
	"viscoder/engine/packed"
	"viscoder/gguf"
)

// finish completes the file; only the disk is waited for beside the model's work,
// whose threads suffer where they lose a core. close waits too: a file that was
// begun is wanted the next time.
func (k *keeper) finish(ctx context.Context, file *gguf.File, w *llama.Weights) {
	if k == nil || k.writer == nil {
		return
	}
	var sections []packed.Section
	for _, s := range sorted(w.Sections()) {
		sections = append(sections, packed.Section(s))
	}
	if err := k.writer.Seal(ctx, sections, func() []packed.Blob { return k.blobs(file, w) }); err != nil {
		k.debug("cannot be kept", "path", k.writer.Path(), "error", err)
		return
	}
	k.made.Go(func() {
		err := k.writer.Commit()
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

// close gives the memory back; the weights in it must be closed before.
func (k *keeper) close() {
	if k == nil {
		return
	}
	k.made.Wait()
	if k.file != nil {
		_ = k.file.Close()
		k.file = nil
	}
	if k.writer != nil {
		_ = k.writer.Close()
		k.writer = nil
	}
}
