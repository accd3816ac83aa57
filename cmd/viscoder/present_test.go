package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/internal/testpty"
	"viscoder/selfdebug"
)

// drawn is the report of a run that left a picture with something on it.
func drawn(t *testing.T) *selfdebug.Report {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 60, 40))
	for x := range 60 {
		img.SetRGBA(x, x%40, color.RGBA{200, 30, 30, 255})
	}
	var data bytes.Buffer
	require.NoError(t, png.Encode(&data, img))
	path := filepath.Join(t.TempDir(), "picture.png")
	require.NoError(t, os.WriteFile(path, data.Bytes(), 0o600))
	return &selfdebug.Report{
		Status: selfdebug.StatusOK, Language: "python", Model: "tiny", WallS: 12, Folder: filepath.Dir(path),
		Picture: path, Pictures: []string{path}, Rounds: []selfdebug.Round{{}, {Round: 1}},
	}
}

// onPipes is the program with both streams kept.
func onPipes() (a *App, out, errs *bytes.Buffer) {
	out, errs = &bytes.Buffer{}, &bytes.Buffer{}
	return NewApp(strings.NewReader(""), out, errs, noEnv), out, errs
}

func TestPathOnStdoutAndTheRestOnStderr(t *testing.T) {
	t.Chdir(t.TempDir())
	a, out, errs := onPipes()
	report := drawn(t)
	report.MockData, report.Warnings = true, []string{"text runs out of the picture"}
	require.NoError(t, a.present(report, drawing{request: "plot sales"}, canvas{}))
	assert.Equal(t, "plot-sales.png\n", out.String())
	assert.Equal(t, "✓ python · tiny · 12 s · 1 repair · made-up data, as no --data was given\nlook: text runs out of the picture\n", errs.String())
	assert.FileExists(t, "plot-sales.png")
}

func TestDocumentNamesTheDeliveredPicture(t *testing.T) {
	dir := t.TempDir()
	a, out, _ := onPipes()
	a.json = true
	require.NoError(t, a.present(drawn(t), drawing{out: filepath.Join(dir, "x.png")}, canvas{}))
	var document map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &document))
	assert.Equal(t, filepath.Join(dir, "x.png"), document["picture"])
	assert.Equal(t, "ok", document["status"])
}

func TestNoPictureIsExitCode1AndNothingIsDelivered(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, asJSON := range []bool{false, true} {
		a, out, errs := onPipes()
		a.json = asJSON
		report := drawn(t)
		report.Status, report.Error = selfdebug.StatusFailed, "the picture is blank"
		err := a.present(report, drawing{request: "plot sales"}, canvas{})
		assert.Equal(t, 1, a.finish(err))
		assert.Equal(t, asJSON, out.Len() > 0)
		assert.Equal(t, 1, strings.Count(errs.String(), "the picture is blank"), "said once")
		assert.Contains(t, errs.String(), report.Folder)
	}
	left, err := os.ReadDir(".")
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestInterruptedRunStillGivesItsDocument(t *testing.T) {
	a, out, errs := onPipes()
	a.json = true
	report := drawn(t)
	report.Status = selfdebug.StatusInterrupted
	err := a.stopped(report, fault.Wrap(context.Canceled, fault.Interrupted, "the run was stopped; see %s", report.Folder))
	assert.Equal(t, 130, a.finish(err))
	assert.Contains(t, out.String(), `"status": "interrupted"`)
	assert.Contains(t, errs.String(), report.Folder)
}

// shownOn presents a report on a terminal and returns all that it was sent.
func shownOn(t *testing.T, when showing, env map[string]string) string {
	t.Helper()
	master, slave := testpty.Open(t)
	a := NewApp(slave, slave, slave, func(key string) string { return env[key] })
	dir := t.TempDir()
	report := drawn(t)
	require.NoError(t, a.present(report, drawing{out: filepath.Join(dir, "x.png")}, a.findCanvas(context.Background(), when)))
	require.NoError(t, slave.Close())
	var seen bytes.Buffer
	_, _ = io.Copy(&seen, master) // ends with EIO, as the other side is closed
	return seen.String()
}

func TestPictureInTheTerminal(t *testing.T) {
	kitty := map[string]string{"TERM": "xterm-kitty"}
	plain := map[string]string{"TERM": "xterm-256color"}
	assert.Contains(t, shownOn(t, showAuto, kitty), "\x1b_Ga=T,f=100")
	assert.NotContains(t, shownOn(t, showNever, kitty), "\x1b_G")
	assert.NotContains(t, shownOn(t, showAuto, plain), "▀")
	assert.Contains(t, shownOn(t, showAlways, plain), "\x1b[48;5;")
	assert.NotContains(t, shownOn(t, showAlways, map[string]string{"TERM": "dumb"}), "\x1b")
	assert.NotContains(t, shownOn(t, showAlways, nil), "\x1b")
}

func TestNoColorLeavesTheTextPlain(t *testing.T) {
	assert.Contains(t, shownOn(t, showAuto, map[string]string{"TERM": "xterm"}), "\x1b[32m✓")
	assert.NotContains(t, shownOn(t, showAuto, map[string]string{"TERM": "xterm", "NO_COLOR": "1"}), "\x1b")
}
