package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"time"

	"viscoder/engine/llama"
	"viscoder/internal/fault"
)

// Mark is a moment of a process that is being measured; it prints them on stdout
// as JSON lines, in the order of time.
type Mark struct {
	Name string `json:"mark"`
	At   int64  `json:"unix_ns"`
}

// WriteMark prints a mark of now.
func WriteMark(w io.Writer, name string) error {
	return json.NewEncoder(w).Encode(Mark{name, time.Now().UnixNano()})
}

// StartOptions are the settings of Load and FirstToken.
type StartOptions struct {
	Setup       Setup
	Kernels     []llama.Kernels
	Repetitions int
	Progress    func(line string)
	// Command starts the process to measure, which prints marks: it loads the
	// model at path, or the model of the set-up where path is "".
	Command func(kernels llama.Kernels, path string) *exec.Cmd
}

// row is an empty one.
func (o StartOptions) row(bench, test string, kernels llama.Kernels) *Row {
	return &Row{Setup: o.Setup, Bench: bench, Test: test, Engine: engineOurs, Kernels: string(kernels)}
}

// started runs a process to its end and returns its marks as times since before
// it was started.
func started(ctx context.Context, command *exec.Cmd, environment ...string) (map[string]time.Duration, error) {
	var stderr bytes.Buffer
	command.Stderr = &stderr
	command.Env = append(command.Environ(), environment...)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	if err := command.Start(); err != nil {
		return nil, fault.Wrap(err, fault.Internal, "cannot start %s", command.Path)
	}
	release := context.AfterFunc(ctx, func() { _ = command.Process.Kill() })
	defer release()
	marks, readErr := readMarks(out, start)
	err = command.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, childFault(err, &stderr)
	}
	return marks, readErr
}

// childFault gives a failed process's own words and exit code.
func childFault(err error, stderr *bytes.Buffer) error {
	code := fault.Internal
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		for _, c := range []fault.Code{fault.Model, fault.Toolchain, fault.Sandbox, fault.Usage} {
			if fault.ExitCode(fault.New(c, "")) == exit.ExitCode() {
				code = c
				break
			}
		}
	}
	return fault.Wrap(err, code, "the measured process failed: %s", bytes.TrimSpace(stderr.Bytes()))
}

// readMarks reads what a measured process prints.
func readMarks(out io.Reader, start time.Time) (map[string]time.Duration, error) {
	marks := map[string]time.Duration{}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var m Mark
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil || m.Name == "" || m.At < start.UnixNano() {
			return nil, fault.New(fault.Internal, "the measured process printed %q, which is no mark", lines.Text())
		}
		marks[m.Name] = time.Duration(m.At - start.UnixNano())
	}
	return marks, lines.Err()
}
