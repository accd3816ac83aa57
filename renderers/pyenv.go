package renderers

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// pythonLock pins every package of the managed environment by version and
// sha256. It is made from requirements.in beside it; see docs/LANGUAGES.md.
//
//go:embed python/requirements.txt
var pythonLock []byte

// pythonSetupVersion is part of the environment's key: raise it when what
// Setup does after the installation changes.
const pythonSetupVersion = "1"

const pythonSetupHint = "Run `viscoder setup python`."

// Interpreter is a Python that generated programs or our drivers run in.
type Interpreter struct {
	Path    string   // program file
	Version string   // such as 3.11.2
	Folders []string // what a sandbox must show beyond the system's folders
	Managed bool
	Current bool // Managed and made by this version of viscoder
}

// binds shows the interpreter in a sandbox under its own path.
func (i Interpreter) binds() []sandbox.Bind {
	var b []sandbox.Bind
	for _, dir := range i.Folders {
		b = append(b, sandbox.Bind{Host: dir})
	}
	return b
}

// pythonRecord lies in a managed environment once it is whole.
type pythonRecord struct {
	Key     string   `json:"key"` // pythonKey of the viscoder that made it
	Version string   `json:"version"`
	Folders []string `json:"folders"`
}

const pythonRecordName = "viscoder.json"

func pythonKey() string {
	sum := sha256.Sum256(append([]byte(pythonSetupVersion+"\n"), pythonLock...))
	return hex.EncodeToString(sum[:])
}

func (t *Tools) pythonDir() string { return filepath.Join(t.dir(), "python") }

// managedPython returns the managed environment, or a fault.Toolchain.
func (t *Tools) managedPython() (Interpreter, error) {
	dir := t.pythonDir()
	data, err := os.ReadFile(filepath.Join(dir, pythonRecordName))
	if errorIsAbsent(err) {
		return Interpreter{}, fault.New(fault.Toolchain, "the Python environment is not set up").WithHint(pythonSetupHint)
	}
	var r pythonRecord
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	path := filepath.Join(dir, "bin", "python")
	if err == nil {
		// A link to the system's interpreter, which may have gone since.
		_, err = os.Stat(path)
	}
	if err != nil {
		return Interpreter{}, fault.Wrap(err, fault.Toolchain, "the Python environment in %s is damaged", dir).WithHint(pythonSetupHint)
	}
	return Interpreter{Path: path, Version: r.Version, Folders: append([]string{dir}, r.Folders...), Managed: true, Current: r.Key == pythonKey()}, nil
}

// programPython is the interpreter for generated programs: the user's own
// where one is named, else the managed one.
func (t *Tools) programPython(ctx context.Context) (Interpreter, error) {
	if own := t.ownPython(); own != "" {
		return t.userPython(ctx, own)
	}
	return t.managedPython()
}

// programModule is programPython, for a tool that is a package.
func (t *Tools) programModule(ctx context.Context, _ string) (Interpreter, error) {
	return t.programPython(ctx)
}

// modulePython is an interpreter that has a module of ours: the managed one,
// else the user's own.
func (t *Tools) modulePython(ctx context.Context, module string) (Interpreter, error) {
	managed, err := t.managedPython()
	if err == nil || t.ownPython() == "" {
		return managed, err
	}
	own, ownErr := t.userPython(ctx, t.ownPython())
	if ownErr != nil {
		return own, ownErr
	}
	if exec.CommandContext(ctx, own.Path, "-I", "-c", "import "+module).Run() != nil {
		return own, fault.Wrap(err, fault.Toolchain, "%s has no module %s", own.Path, module).WithHint(pythonSetupHint)
	}
	return own, nil
}

// userPython asks an interpreter of the user where it lies. It is trusted: it
// runs outside the sandbox, once.
func (t *Tools) userPython(ctx context.Context, name string) (Interpreter, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i, ok := t.known[name]; ok {
		return i, nil
	}
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return Interpreter{}, fault.Wrap(err, fault.Toolchain, "the Python interpreter %s", name).
			WithHint("Correct VISCODER_PYTHON, or unset it and run `viscoder setup python`.")
	}
	i, err := interrogate(ctx, path)
	if err != nil {
		return i, err
	}
	if t.known == nil {
		t.known = map[string]Interpreter{}
	}
	t.known[name] = i
	return i, nil
}

const interrogation = `import sys, json, site, os
dirs = {os.path.realpath(p) for p in [sys.prefix, sys.base_prefix, *sys.path] if p and os.path.isdir(p)}
print(json.dumps([".".join(map(str, sys.version_info[:3])), sys.executable, sys.prefix, sorted(dirs)]))`

func interrogate(ctx context.Context, path string) (Interpreter, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, "-I", "-c", interrogation)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return Interpreter{}, fault.Wrap(err, fault.Toolchain, "asking %s for its version: %s", path, lastLine(stderr.String()))
	}
	var version, executable, prefix string
	var folders []string
	if err := json.Unmarshal(out, &[]any{&version, &executable, &prefix, &folders}); err != nil {
		return Interpreter{}, fault.Wrap(err, fault.Toolchain, "%s does not answer like Python", path)
	}
	folders = append(folders, filepath.Dir(filepath.Dir(executable)))
	return Interpreter{Path: executable, Version: version, Folders: outsideSystem(folders)}, nil
}

// outsideSystem drops what every sandbox shows anyway, and what lies in
// another folder of the list.
func outsideSystem(dirs []string) []string {
	dirs = slices.Clone(dirs)
	slices.Sort(dirs)
	var kept []string
	for _, dir := range slices.Compact(dirs) {
		inside := func(parent string) bool { return dir == parent || strings.HasPrefix(dir, parent+"/") }
		if dir == "/" || slices.ContainsFunc([]string{"/usr", "/bin", "/lib", "/lib64"}, inside) || slices.ContainsFunc(kept, inside) {
			continue
		}
		kept = append(kept, dir)
	}
	return kept
}

// pythonTool finds the interpreter for programs.
func pythonTool() Tool {
	return Tool{Name: "python", find: func(ctx context.Context, t *Tools) (string, string, error) {
		i, err := t.programPython(ctx)
		return i.Version, i.Path, err
	}}
}

// packageTool finds a package and its version, in the interpreter that in
// chooses.
func packageTool(name, module string, in func(*Tools, context.Context, string) (Interpreter, error)) Tool {
	return Tool{Name: name, find: func(ctx context.Context, t *Tools) (string, string, error) {
		i, err := in(t, ctx, module)
		if err != nil {
			return "", "", err
		}
		script := fmt.Sprintf("from importlib.metadata import version; import %s; print(version(%q))", module, name)
		out, err := exec.CommandContext(ctx, i.Path, "-I", "-c", script).Output()
		if err != nil {
			return "", "", fault.Wrap(err, fault.Toolchain, "the package %s does not load", name).WithHint(pythonSetupHint)
		}
		return strings.TrimSpace(string(out)), i.Path, nil
	}}
}

func errorIsAbsent(err error) bool { return err != nil && os.IsNotExist(err) }

// describe is an error with its hint, for a table of tools.
func describe(err error) string {
	if hint := fault.HintOf(err); hint != "" {
		return strings.TrimSuffix(err.Error(), ".") + ". " + hint
	}
	return err.Error()
}
