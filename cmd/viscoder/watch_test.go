package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const circle = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="4" fill="red"/></svg>`

func TestWatchDrawsAgainOnEachChange(t *testing.T) {
	folder := t.TempDir()
	file, picture := filepath.Join(folder, "circle.svg"), filepath.Join(folder, "circle.png")
	require.NoError(t, os.WriteFile(file, []byte(circle), 0o600))
	s := start(t, nil, "viscoder", "render", "--watch", "--out", picture, file)
	s.until(t, "✓")
	first, err := os.ReadFile(picture)
	require.NoError(t, err)

	require.NoError(t, os.WriteFile(file, []byte("<svg"), 0o600))
	s.until(t, "✗")
	kept, err := os.ReadFile(picture)
	require.NoError(t, err)
	assert.Equal(t, first, kept, "a broken program takes nothing away")

	// Editors replace the file.
	next := filepath.Join(folder, "next")
	require.NoError(t, os.WriteFile(next, []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="5" height="5"/></svg>`), 0o600))
	require.NoError(t, os.Rename(next, file))
	s.until(t, "✓")
	second, err := os.ReadFile(picture)
	require.NoError(t, err)
	assert.NotEqual(t, first, second)

	require.NoError(t, s.Process.Signal(os.Interrupt))
	s.ends(t, 130)
}
