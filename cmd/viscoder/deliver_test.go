package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

func TestSlug(t *testing.T) {
	for request, want := range map[string]string{
		"Plot monthly sales":           "plot-monthly-sales",
		"  a/../b\x00 $(rm) 'x' ":      "a-b-rm-x",
		"Größe je Monat, 2024":         "größe-je-monat-2024",
		"図を描く":                         "図を描く",
		"?!…":                          "picture",
		strings.Repeat("very ", 20):    "very-very-very-very-very-very-very-very",
		strings.Repeat("x", 60) + " y": strings.Repeat("x", 40),
	} {
		assert.Equal(t, want, slug(request), "%q", request)
	}
}

// source writes a picture as a run leaves it.
func source(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

func TestOwnNamesNeverReplaceAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("plot-sales.png", []byte("mine"), 0o600))
	for _, want := range []string{"plot-sales-2.png", "plot-sales-3.png"} {
		placed, err := deliver([]string{source(t, "picture.png", want)}, "", "plot sales")
		require.NoError(t, err)
		assert.Equal(t, []string{want}, placed)
		assert.Equal(t, want, read(t, want))
	}
	assert.Equal(t, "mine", read(t, "plot-sales.png"))
}

func TestNamedFileIsReplaced(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x.png")
	require.NoError(t, os.WriteFile(out, []byte("old"), 0o600))
	placed, err := deliver([]string{source(t, "picture.png", "new")}, out, "plot sales")
	require.NoError(t, err)
	assert.Equal(t, []string{out}, placed)
	assert.Equal(t, "new", read(t, out))
}

func TestSeveralPicturesAreNumbered(t *testing.T) {
	dir := t.TempDir()
	pictures := []string{source(t, "a.png", "1"), source(t, "b.png", "2")}
	placed, err := deliver(pictures, filepath.Join(dir, "x.png"), "")
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(dir, "x-1.png"), filepath.Join(dir, "x-2.png")}, placed)
	placed, err = deliver(pictures, dir, "two plots")
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(dir, "two-plots-1.png"), filepath.Join(dir, "two-plots-2.png")}, placed)
	assert.Equal(t, "2", read(t, placed[1]))
}

func TestTwinsInOtherFormatsStayBehind(t *testing.T) {
	dir := t.TempDir()
	pictures := []string{source(t, "a.svg", "<svg/>"), source(t, "a.png", "pixels")}
	placed, err := deliver(pictures, filepath.Join(dir, "x.svg"), "")
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(dir, "x.svg")}, placed)
	assert.Equal(t, "<svg/>", read(t, placed[0]))
	assert.Equal(t, pictures[1], shown(pictures))
	assert.Empty(t, shown(pictures[:1]))
}

func TestAFileIsNamedForWhatItIs(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "x.png"), []byte("mine"), 0o600))
	placed, err := deliver([]string{source(t, "a.png", "pixels")}, filepath.Join(dir, "x.svg"), "")
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(dir, "x-2.png")}, placed)
	assert.Equal(t, "mine", read(t, filepath.Join(dir, "x.png")))
}

func TestRunsAtOnceGetNamesOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	const runs = 20
	paths := make([]string, runs)
	var all sync.WaitGroup
	for i := range runs {
		all.Go(func() {
			placed, err := deliver([]string{source(t, "p.png", "x")}, dir, "same name")
			if assert.NoError(t, err) {
				paths[i] = placed[0]
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, p := range paths {
		seen[p] = true
	}
	assert.Len(t, seen, runs)
}

func TestFailureToWriteNamesWhereThePictureIsKept(t *testing.T) {
	picture := source(t, "p.png", "x")
	_, err := deliver([]string{picture}, filepath.Join(t.TempDir(), "absent", "x.png"), "")
	require.Error(t, err)
	assert.Contains(t, fault.HintOf(err), picture)
}

func TestCheckOut(t *testing.T) {
	dir := t.TempDir()
	for _, good := range []string{"", dir, filepath.Join(dir, "a.png"), filepath.Join(dir, "a.SVG"), filepath.Join(dir, "noext")} {
		assert.NoError(t, checkOut(good), good)
	}
	for bad, want := range map[string]string{
		filepath.Join(dir, "a.jpg"):    ".jpg",
		filepath.Join(dir, "no/a.png"): "there is no folder",
		filepath.Join(dir, "no") + "/": "there is no folder",
	} {
		err := checkOut(bad)
		require.ErrorContains(t, err, want)
		assert.Equal(t, 2, fault.ExitCode(err))
	}
	assert.Equal(t, "svg", outFormat("x.SVG"))
	assert.Equal(t, "png", outFormat("x"))
	assert.Equal(t, "png", outFormat(""))
}
