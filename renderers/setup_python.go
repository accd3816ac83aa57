package renderers

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

// pythonFinish prepares what programs would otherwise do at each start: it
// proves that the packages load and writes matplotlib's font list.
//
//go:embed python/finish.py
var pythonFinish string

const lockRetry = 200 * time.Millisecond

// The versions of Python that the locked packages have wheels for.
const minPython, maxPython = 11, 13

const missingPythonHint = "Install it: `apt-get install python3 python3-venv` (Python 3.11 to 3.13), or name your own interpreter with VISCODER_PYTHON."

// pythonPart is the environment with the packages that programs and drivers use.
var pythonPart = &Part{Name: "python", Install: func(ctx context.Context, t *Tools, say func(string)) error { return t.setupPython(ctx, say) }}

// setupPython makes the managed environment in a temporary folder and renames
// it into place when it is whole.
func (t *Tools) setupPython(ctx context.Context, p func(string)) error {
	if i, err := t.managedPython(); err == nil && i.Current {
		p(fmt.Sprintf("python: ready (Python %s in %s)", i.Version, t.pythonDir()))
		return nil
	}
	base, err := basePython(ctx, p)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(t.dir(), ".python-")
	if err != nil {
		return fault.Wrap(err, fault.Toolchain, "a folder for the Python environment")
	}
	defer os.RemoveAll(tmp)
	b := pythonBuild{ctx: ctx, p: p, dir: tmp, base: base}
	if err := b.make(); err != nil {
		return err
	}
	if err := replaceFolder(tmp, t.pythonDir()); err != nil {
		return fault.Wrap(err, fault.Toolchain, "putting the Python environment in place")
	}
	p(fmt.Sprintf("python: done (Python %s in %s)", base.Version, t.pythonDir()))
	return nil
}

// replaceFolder puts from in the place of to, which may exist.
func replaceFolder(from, to string) error {
	old := from + ".old"
	if err := os.Rename(to, old); err != nil && !os.IsNotExist(err) {
		return err
	}
	defer os.RemoveAll(old)
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(to))
}

// basePython finds the interpreter to build upon: the system's first, because
// every sandbox shows it. As root it installs what Debian splits off.
func basePython(ctx context.Context, p func(string)) (Interpreter, error) {
	found, why := findBasePython(ctx)
	if why == nil {
		return found, nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil || !isRoot() {
		return found, why
	}
	if err := aptInstall(ctx, []string{"python3", "python3-venv"}, p); err != nil {
		return found, err
	}
	return findBasePython(ctx)
}

func findBasePython(ctx context.Context) (Interpreter, error) {
	var reasons []string
	for _, name := range []string{"/usr/bin/python3", "/usr/bin/python3.13", "/usr/bin/python3.12", "/usr/bin/python3.11", "python3", "python3.13", "python3.12", "python3.11"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		i, err := interrogate(ctx, path)
		if err == nil {
			err = suits(ctx, i)
		}
		if err == nil {
			return i, nil
		}
		reasons = append(reasons, err.Error())
	}
	if reasons == nil {
		reasons = []string{"there is no python3"}
	}
	return Interpreter{}, fault.New(fault.Toolchain, "no Python to build upon: %s", reasons[0]).WithHint(missingPythonHint)
}

func suits(ctx context.Context, i Interpreter) error {
	var major, minor int
	if _, err := fmt.Sscanf(i.Version, "%d.%d", &major, &minor); err != nil || major != 3 || minor < minPython || minor > maxPython {
		return fmt.Errorf("%s is Python %s", i.Path, i.Version)
	}
	if exec.CommandContext(ctx, i.Path, "-I", "-c", "import venv, ensurepip").Run() != nil {
		return fmt.Errorf("%s has no venv module", i.Path)
	}
	return nil
}

// pythonBuild makes one environment in dir.
type pythonBuild struct {
	ctx  context.Context
	p    func(string)
	dir  string
	base Interpreter
}

func (b *pythonBuild) make() error {
	steps := []struct {
		say string
		do  func() error
	}{
		{"making the environment", b.venv},
		{"installing the packages (about 300 MB where nothing is cached)", b.install},
		{"removing what no program needs", b.prune},
		{"compiling", b.compile},
		{"trying it", b.finish},
	}
	for _, s := range steps {
		b.p("python: " + s.say)
		if err := s.do(); err != nil {
			return fault.Wrap(err, fault.Toolchain, "setting up Python, %s", s.say).
				WithHint("The message above is of pip or Python. Check the network and the free disk space (1.5 GB), then run `viscoder setup python` again.")
		}
	}
	return b.record()
}

func (b *pythonBuild) venv() error {
	// The sandbox runs as another user, to whom everything has to be readable.
	if err := os.Chmod(b.dir, 0o755); err != nil {
		return err
	}
	return b.run(b.base.Path, "-I", "-m", "venv", b.dir)
}

func (b *pythonBuild) install() error {
	lock := filepath.Join(b.dir, "requirements.txt")
	if err := os.WriteFile(lock, pythonLock, 0o644); err != nil {
		return err
	}
	return b.run(b.python(), "-m", "pip", "install", "--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile",
		"--disable-pip-version-check", "--no-input", "--progress-bar=off", "-r", lock)
}

// prune removes tests, and the installer: a program must not install anything.
func (b *pythonBuild) prune() error {
	if err := b.run(b.python(), "-m", "pip", "uninstall", "-q", "-y", "setuptools", "pip"); err != nil {
		return err
	}
	var drop []string
	err := filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && prunable.MatchString(strings.TrimPrefix(path, b.dir)) {
			drop = append(drop, path)
			return fs.SkipDir
		}
		return err
	})
	for _, path := range drop {
		if err == nil {
			err = os.RemoveAll(path)
		}
	}
	return err
}

// prunable are folders of no use when drawing, a third of the whole: tests of
// packages that do not import them themselves, as numpy does.
var prunable = regexp.MustCompile(`^/share$|^/include$|/site-packages/jupyterlab_plotly$|` +
	`/site-packages/(?:matplotlib|networkx|pandas|pyarrow|scipy|sklearn|statsmodels)(?:/.*)?/tests$`)

func (b *pythonBuild) compile() error {
	return b.run(b.python(), "-I", "-m", "compileall", "-q", "-j", "0", filepath.Join(b.dir, "lib"))
}

func (b *pythonBuild) finish() error {
	return b.run(b.python(), "-I", "-c", pythonFinish, b.dir)
}

func (b *pythonBuild) record() error {
	data, err := json.MarshalIndent(pythonRecord{Key: pythonKey(), Version: b.base.Version, Folders: b.base.Folders}, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(b.dir, pythonRecordName), data, 0o644)
}

func (b *pythonBuild) python() string { return filepath.Join(b.dir, "bin", "python") }

// run starts one step, passes on what is worth a line, and puts the end of
// what it said into the error.
func (b *pythonBuild) run(args ...string) error {
	// The umask is per process, so a shell sets it for this child alone.
	cmd := exec.CommandContext(b.ctx, "/bin/sh", append([]string{"-c", `umask 022; exec "$@"`, "sh"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line, ok := worthSaying(lines.Text()); ok {
			b.p("python: " + line)
		}
	}
	if err := cmd.Wait(); err != nil {
		if b.ctx.Err() != nil {
			return b.ctx.Err()
		}
		return fmt.Errorf("%w: %s", err, tail(stderr.String(), 600))
	}
	return nil
}

// worthSaying picks pip's lines about large steps.
func worthSaying(line string) (string, bool) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "Installing collected packages") {
		return "unpacking the packages", true
	}
	for _, how := range []string{"Downloading ", "Using cached "} {
		// With a size it is a file; without, or with an address, it is metadata.
		if file, ok := strings.CutPrefix(line, how); ok && strings.HasSuffix(file, "B)") && !strings.Contains(file, "://") {
			return "got " + file, true
		}
	}
	return "", false
}
