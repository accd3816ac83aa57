package renderers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// firstVersion is the first thing in a tool's greeting that looks like a version.
var firstVersion = regexp.MustCompile(`\d+(?:\.\d+)+`)

// systemTool is a program of the system that a language runs; version are the
// arguments that make it tell its version.
func systemTool(language, name string, version ...string) Tool {
	return Tool{Name: name, find: func(ctx context.Context, _ *Tools) (string, string, error) {
		path, err := lookUp(language, name)
		if err != nil {
			return "", "", err
		}
		// Some end with an error although they answer; the answer counts.
		out, err := exec.CommandContext(ctx, path, version...).CombinedOutput()
		found := firstVersion.FindString(string(out))
		if found == "" {
			return "", "", fault.Wrap(err, fault.Toolchain, "%s does not tell its version: %s", path, clip(lastLine(string(out)), maxNote)).WithHint("Run `viscoder setup %s`.", language)
		}
		return found, path, nil
	}}
}

// lookUp finds a program in PATH, as an absolute path.
func lookUp(language, name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return "", fault.New(fault.Toolchain, "%s is not installed", name).WithHint("Run `viscoder setup %s`.", language)
	}
	return path, nil
}

// systemProgram finds a program to be run, and what a box has to show for it
// where it lies outside of the system's folders.
func systemProgram(language, name string) (string, []sandbox.Bind, error) {
	path, err := lookUp(language, name)
	if err != nil {
		return "", nil, err
	}
	binds, err := sandbox.ToolBinds(path)
	return path, binds, err
}

// texTool finds a file of TeX's trees, which stands for the package that has it.
func texTool(name, file string) Tool {
	return Tool{Name: name, find: func(ctx context.Context, _ *Tools) (string, string, error) {
		kpsewhich, err := lookUp("latex", "kpsewhich")
		if err != nil {
			return "", "", err
		}
		out, err := exec.CommandContext(ctx, kpsewhich, file).Output()
		path := strings.TrimSpace(string(out))
		if err != nil || path == "" {
			return "", "", fault.New(fault.Toolchain, "TeX has no %s", file).WithHint("Run `viscoder setup latex`.")
		}
		return texVersion(path), path, nil
	}}
}

// texDate is how packages of TeX write their versions.
var texDate = regexp.MustCompile(`\d{4}[-/]\d{2}[-/]\d{2}`)

// texVersion is the newest date in the head of a package's file.
func texVersion(path string) string {
	data, err := os.ReadFile(path)
	dates := texDate.FindAllString(string(data[:min(len(data), 4096)]), -1)
	if err != nil || len(dates) == 0 {
		return "0.0"
	}
	return strings.NewReplacer("-", ".", "/", ".").Replace(slices.Max(dates))
}
