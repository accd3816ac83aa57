package renderers

import (
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

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

// canvasPackage makes @napi-rs/canvas answer to the name that most programs
// know, node-canvas, whose own package would be built or downloaded at setup.
//
//go:embed node/canvas.js
var canvasPackage string

// nodePart is the folder with the packages that pages and programs draw with.
var nodePart = &Part{Name: "node", Install: func(ctx context.Context, t *Tools, say func(string)) error { return t.setupNode(ctx, say) }}

// setupNode makes the managed folder in a temporary one and renames it into
// place when it is whole.
func (t *Tools) setupNode(ctx context.Context, p func(string)) error {
	if r, err := t.readNodeRecord(); err == nil && r.Key == nodeKey() {
		p(fmt.Sprintf("node: ready (packages in %s)", t.nodeDir()))
		return nil
	}
	npm, err := t.needNPM(ctx, p)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(t.dir(), ".node-")
	if err != nil {
		return fault.Wrap(err, fault.Toolchain, "a folder for the packages")
	}
	defer os.RemoveAll(tmp)
	p("node: installing the packages (about 60 MB where nothing is cached)")
	b := nodeBuild{ctx: ctx, npm: npm, dir: tmp}
	if err := b.make(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fault.Wrap(err, fault.Toolchain, "setting up the packages for JavaScript").
			WithHint("The message above is of npm. Check the network and the free disk space (400 MB), then run setup again.")
	}
	if err := replaceFolder(tmp, t.nodeDir()); err != nil {
		return fault.Wrap(err, fault.Toolchain, "putting the packages in place")
	}
	p(fmt.Sprintf("node: done (packages in %s)", t.nodeDir()))
	return nil
}

// needNPM finds npm, or installs the system's. Not as one of the packages of a
// language: a Node.js that comes from elsewhere brings its own npm, and the
// system's would conflict with it.
func (t *Tools) needNPM(ctx context.Context, p func(string)) (string, error) {
	npm, err := findNPM()
	if err == nil {
		return npm, nil
	}
	if _, apt := exec.LookPath("apt-get"); apt != nil || !isRoot() {
		return "", fault.Wrap(err, fault.Toolchain, "npm is not installed").WithHint("Run `sudo apt-get install --no-install-recommends nodejs npm`, then run setup again.")
	}
	if err := aptInstall(ctx, []string{"nodejs", "npm"}, p); err != nil {
		return "", err
	}
	return findNPM()
}

// nodeBuild makes one managed folder in dir.
type nodeBuild struct {
	ctx      context.Context
	npm, dir string
}

func (b *nodeBuild) make() error {
	// The sandbox runs as another user, to whom everything has to be readable.
	if err := os.Chmod(b.dir, 0o755); err != nil {
		return err
	}
	for name, data := range map[string][]byte{"package.json": nodePackages, "package-lock.json": nodeLock} {
		if err := os.WriteFile(filepath.Join(b.dir, name), data, 0o644); err != nil {
			return err
		}
	}
	for _, step := range []func() error{b.install, b.prune, b.addPackages} {
		if err := step(); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(nodeRecord{Key: nodeKey()}, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(filepath.Join(b.dir, nodeRecordName), data, 0o644)
}

// install runs npm. Scripts of packages are not run: none is needed, and they
// would run outside of any box.
func (b *nodeBuild) install() error {
	// The umask is per process, so a shell sets it for this child alone.
	cmd := exec.CommandContext(b.ctx, "/bin/sh", "-c", `umask 022; exec "$@"`, "sh", b.npm, "ci",
		"--ignore-scripts", "--legacy-peer-deps", "--omit=dev", "--no-audit", "--no-fund", "--no-progress", "--no-update-notifier", "--engine-strict=false", "--loglevel=error")
	cmd.Dir = b.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, tail(plain(said.String()), 600))
	}
	return nil
}

// needless are files of no use when drawing, half of the whole.
var needless = regexp.MustCompile(`\.map$|\.d\.[mc]?ts$|\.tsbuildinfo$|^/node_modules/mermaid/dist/chunks/mermaid\.(?:core|esm)/`)

func (b *nodeBuild) prune() error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !needless.MatchString(strings.TrimPrefix(path, b.dir)) {
			return err
		}
		return os.Remove(path)
	})
}

// addPackages adds two of our own: canvas, and D3 in a form that require takes.
func (b *nodeBuild) addPackages() error {
	d3, err := os.ReadFile(filepath.Join(b.dir, "node_modules", "d3", "dist", "d3.js"))
	if err != nil {
		return err
	}
	for name, source := range map[string][]byte{"canvas": []byte(canvasPackage), "d3-cjs": d3} {
		dir := filepath.Join(b.dir, "node_modules", name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		about := fmt.Sprintf(`{"name":%q,"version":"1.0.0","main":"index.js"}`, name)
		if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(about), 0o644); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "index.js"), source, 0o644); err != nil {
			return err
		}
	}
	return nil
}
