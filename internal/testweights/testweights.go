// Package testweights gives tests the real weights that `make deps` pulls.
package testweights

import (
	"os"
	"path/filepath"
	"testing"

	"viscoder/internal/place"
)

// Small is the path of qwen2.5-coder-0.5b, the model of the tests. A test that
// needs it fails without: real weights are part of what `make test` sets up.
func Small(t testing.TB) string {
	t.Helper()
	path := filepath.Join(place.Models(), "qwen2.5-coder-0.5b.gguf")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("real weights are missing (%v); get them with: make deps", err)
	}
	return path
}
