package renderers

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// The packages of the managed folder, pinned with their checksums. The lock is
// made from package.json; see docs/LANGUAGES.md.
//
//go:embed node/package.json
var nodePackages []byte

//go:embed node/package-lock.json
var nodeLock []byte

// nodeSetupVersion is part of the folder's key: raise it when what Setup does
// beside npm changes.
const nodeSetupVersion = "2"

// minNode is the oldest major version that the locked packages run on.
const minNode = 18

// nodeRecord lies in a managed folder once it is whole.
type nodeRecord struct {
	Key string `json:"key"` // nodeKey of the viscoder that made it
}

const nodeRecordName = "viscoder.json"

func nodeKey() string {
	sum := sha256.New()
	for _, part := range [][]byte{[]byte(nodeSetupVersion), nodePackages, nodeLock, []byte(canvasPackage)} {
		sum.Write(append(part, 0))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func (t *Tools) nodeDir() string { return filepath.Join(t.dir(), "node") }

// nodeModules is the folder with the managed packages, or a fault.Toolchain.
// An older one than this viscoder's goes on to serve.
func (t *Tools) nodeModules(language string) (string, error) {
	if _, err := t.readNodeRecord(); err != nil {
		return "", fault.Wrap(err, fault.Toolchain, "the packages for JavaScript are not set up").WithHint("Run `viscoder setup %s`.", language)
	}
	return filepath.Join(t.nodeDir(), "node_modules"), nil
}

func (t *Tools) readNodeRecord() (r nodeRecord, err error) {
	data, err := os.ReadFile(filepath.Join(t.nodeDir(), nodeRecordName))
	if err == nil {
		err = json.Unmarshal(data, &r)
	}
	return r, err
}

// moduleTool finds one of the managed packages and its version.
func moduleTool(language, name string) Tool {
	return Tool{Name: name, find: func(_ context.Context, t *Tools) (string, string, error) {
		modules, err := t.nodeModules(language)
		if err != nil {
			return "", "", err
		}
		path := filepath.Join(modules, filepath.FromSlash(name))
		var p struct {
			Version string `json:"version"`
		}
		data, err := os.ReadFile(filepath.Join(path, "package.json"))
		if err == nil {
			err = json.Unmarshal(data, &p)
		}
		if err != nil {
			return "", "", fault.Wrap(err, fault.Toolchain, "the package %s is damaged", name).WithHint("Remove %s and run `viscoder setup %s`.", t.nodeDir(), language)
		}
		return p.Version, path, nil
	}}
}

// nodeTool finds node, and refuses one that is too old.
func nodeTool(language string) Tool {
	found := systemTool(language, "node", "--version")
	return Tool{Name: "node", find: func(ctx context.Context, t *Tools) (string, string, error) {
		version, path, err := found.find(ctx, t)
		if err != nil {
			return "", "", err
		}
		var major int
		if _, err := fmt.Sscanf(version, "%d.", &major); err != nil || major < minNode {
			return "", "", fault.New(fault.Toolchain, "%s is version %s; %d or later is needed", path, version, minNode).WithHint("Install a newer Node.js.")
		}
		return version, path, nil
	}}
}

// nodePlan runs one of our drivers in node. The driver is an argument and no
// file, so that the program cannot change what runs it.
func (t *Tools) nodePlan(language, driver string, args ...string) (Plan, error) {
	node, binds, err := systemProgram(language, "node")
	if err != nil {
		return Plan{}, err
	}
	modules, err := t.nodeModules(language)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Args:     append([]string{node, "--max-old-space-size=1024", "-e", driver, "--", modules}, args...),
		ReadOnly: append(binds, sandbox.Bind{Host: t.nodeDir()}),
	}
	// V8 reserves far more addresses than it uses.
	p.Limits.AddressSpace = -1
	return p, nil
}

// findNPM looks for npm beside node, where other installers put it, and in PATH.
func findNPM() (string, error) {
	if node, err := exec.LookPath("node"); err == nil {
		if beside := filepath.Join(filepath.Dir(node), "npm"); strings.HasPrefix(beside, "/") {
			if _, err := os.Stat(beside); err == nil {
				return beside, nil
			}
		}
	}
	return exec.LookPath("npm")
}
