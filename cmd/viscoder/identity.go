package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"

	"viscoder/internal/fault"
	"viscoder/models"
)

// identify finds the SHA-256 of a model's file for the records of a run, while
// the weights load. A model that was pulled has it recorded; for a file of
// elsewhere it is computed. The answer is waited for by calling the result.
func identify(ctx context.Context, picked models.Resolved) (sum func() (string, error)) {
	if picked.SHA256 != "" {
		return func() (string, error) { return picked.SHA256, nil }
	}
	type answer struct {
		sum string
		err error
	}
	done := make(chan answer, 1)
	go func() {
		sum, err := hashFile(ctx, picked.Path)
		done <- answer{sum, err}
	}()
	return func() (string, error) {
		a := <-done
		return a.sum, a.err
	}
}

func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fault.Wrap(err, fault.Model, "model file")
	}
	defer f.Close()
	const piece = 16 << 20 // between two looks at ctx
	h := sha256.New()
	for {
		_, err := io.CopyN(h, f, piece)
		switch {
		case errors.Is(err, io.EOF):
			return hex.EncodeToString(h.Sum(nil)), nil
		case err != nil:
			return "", fault.Wrap(err, fault.Model, "model file %s", path)
		case ctx.Err() != nil:
			return "", ctx.Err()
		}
	}
}
