package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/internal/testweights"
)

// deaf is a program that goes on in spite of a first Ctrl-C.
func deaf() {
	ctx, stop := interruptible(context.Background(), newScreen(os.Stderr, os.Getenv))
	defer stop()
	fmt.Fprintln(os.Stderr, "ready")
	<-ctx.Done()
	fmt.Fprintln(os.Stderr, "asked to stop")
	select {}
}

// started runs a command and reads its stderr line by line.
type started struct {
	*exec.Cmd
	stdout *bytes.Buffer
	lines  *bufio.Scanner
	seen   []string
}

func start(t *testing.T, env []string, name string, args ...string) *started {
	t.Helper()
	s := &started{Cmd: exec.Command(name, args...), stdout: &bytes.Buffer{}}
	s.Dir, s.Env, s.Stdout = t.TempDir(), append(os.Environ(), env...), s.stdout
	pipe, err := s.StderrPipe()
	require.NoError(t, err)
	s.lines = bufio.NewScanner(pipe)
	require.NoError(t, s.Start())
	t.Cleanup(func() { _ = s.Process.Kill() })
	return s
}

// until reads to the line that contains text.
func (s *started) until(t *testing.T, text string) {
	t.Helper()
	for s.lines.Scan() {
		s.seen = append(s.seen, s.lines.Text())
		if strings.Contains(s.lines.Text(), text) {
			return
		}
	}
	t.Fatalf("%q never came; stderr was:\n%s", text, strings.Join(s.seen, "\n"))
}

// ends reads the rest and wants an exit code.
func (s *started) ends(t *testing.T, code int) {
	t.Helper()
	for s.lines.Scan() {
		s.seen = append(s.seen, s.lines.Text())
	}
	var exit *exec.ExitError
	require.True(t, errors.As(s.Wait(), &exit), "it has to fail")
	require.Equal(t, code, exit.ExitCode(), strings.Join(s.seen, "\n"))
}

func TestSecondInterruptEndsAtOnce(t *testing.T) {
	s := start(t, nil, "deaf")
	s.until(t, "ready")
	require.NoError(t, s.Process.Signal(os.Interrupt))
	s.until(t, "asked to stop")
	require.NoError(t, s.Process.Signal(os.Interrupt))
	s.ends(t, 130)
}

func TestInterruptWhileWritingKeepsTheFolder(t *testing.T) {
	state := t.TempDir()
	s := start(t, []string{"XDG_STATE_HOME=" + state}, "viscoder",
		"--json", "--model", testweights.Small(t), "draw a line chart of three sines in python")
	s.until(t, "import")
	require.NoError(t, s.Process.Signal(os.Interrupt))
	s.ends(t, 130)

	runs, err := filepath.Glob(filepath.Join(state, "viscoder", "runs", "*"))
	require.NoError(t, err)
	require.Len(t, runs, 1)
	assert.Contains(t, strings.Join(s.seen, "\n"), runs[0], "the folder is named")
	for _, name := range []string{"prompt.txt", "run.json", "report.json", "round-0.answer.txt"} {
		assert.FileExists(t, filepath.Join(runs[0], name))
	}
	var document struct {
		Status, Folder string
		SHA256         string `json:"model_sha256"`
	}
	decoder := json.NewDecoder(s.stdout)
	require.NoError(t, decoder.Decode(&document))
	assert.Equal(t, "interrupted", document.Status)
	assert.Equal(t, runs[0], document.Folder)
	assert.Len(t, document.SHA256, 64)
	_, err = decoder.Token()
	assert.ErrorIs(t, err, io.EOF)
}

func TestWhatAnInterruptionBreaksIsAnInterruption(t *testing.T) {
	ctx, stop := context.WithCancelCause(context.Background())
	broken := fault.New(fault.Toolchain, "python was killed")
	assert.Equal(t, broken, plainly(ctx, broken))
	stop(fault.New(fault.Interrupted, "interrupted"))
	assert.Equal(t, fault.Interrupted, fault.CodeOf(plainly(ctx, broken)))
	assert.EqualError(t, plainly(ctx, ctx.Err()), "interrupted")
	assert.NoError(t, plainly(ctx, nil))
	kept := fault.New(fault.Interrupted, "the run was stopped; see its folder")
	assert.Equal(t, kept, plainly(ctx, kept))
}
