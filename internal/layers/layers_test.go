// Package layers holds no code, only the test of the house rules that
// ARCHITECTURE.md draws: imports point down, rooms of one floor do not know each
// other, C stays behind one package.
package layers

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "viscoder"

// floors gives every room its floor. The longest prefix of a package path
// decides, so "renderers/sandbox" is not "renderers". A new room needs a line.
var floors = map[string]int{
	"cmd/viscoder": 5,

	"bench":  4,
	"server": 4,

	"selfdebug": 3,

	"engine":    2,
	"renderers": 2,
	"models":    2,

	"cuda":              1,
	"engine/draft":      1,
	"engine/snapshot":   1,
	"engine/llama":      1,
	"engine/packed":     1,
	"engine/tuning":     1,
	"engine/vocab":      1,
	"gguf":              1,
	"renderers/picture": 1,
	"renderers/sandbox": 1,
	"sampler":           1,

	"internal":           0,
	"internal/tinymodel": 2, // writes model files for tests, by gguf
	"tools":              0,
}

// onlyCgo is the one package that may contain C.
const onlyCgo = "engine/llama"

// pure are the rooms that compile and test on a machine without a C compiler.
var pure = []string{"cuda", "engine/packed", "engine/vocab", "gguf", "internal", "models", "renderers", "sampler"}

// pkg is the part of `go list -json` that is needed.
type pkg struct {
	ImportPath string
	Imports    []string
	CgoFiles   []string
	Deps       []string
}

func (p pkg) path() string { return strings.TrimPrefix(p.ImportPath, module+"/") }

// ours returns the paths, below the module, of those imports that are our own.
func ours(imports []string) []string {
	var found []string
	for _, i := range imports {
		if path, ok := strings.CutPrefix(i, module+"/"); ok {
			found = append(found, path)
		}
	}
	return found
}

// room is the longest entry of floors that path lies in, or "".
func room(path string) string {
	for at := path; at != ""; {
		if _, ok := floors[at]; ok {
			return at
		}
		slash := strings.LastIndexByte(at, '/')
		if slash < 0 {
			return ""
		}
		at = at[:slash]
	}
	return ""
}

// problems judges one package by the rules.
func problems(p pkg) []string {
	here := room(p.path())
	if here == "" {
		return []string{p.path() + " is in no room: give it a line in floors"}
	}
	var found []string
	if len(p.CgoFiles) > 0 && p.path() != onlyCgo {
		found = append(found, p.path()+" uses cgo, which only "+onlyCgo+" may")
	}
	for _, i := range ours(p.Imports) {
		there := room(i)
		if there != here && floors[there] >= floors[here] {
			found = append(found, p.path()+" imports "+i+", which is not below it")
		}
	}
	if inAny(here, pure) {
		for _, d := range ours(p.Deps) {
			if d == onlyCgo {
				found = append(found, p.path()+" depends on "+onlyCgo+" and so needs a C compiler")
			}
		}
	}
	return found
}

func inAny(here string, rooms []string) bool {
	for _, r := range rooms {
		if here == r || strings.HasPrefix(here, r+"/") {
			return true
		}
	}
	return false
}

func TestImportsPointDown(t *testing.T) {
	packages := list(t)
	require.NotEmpty(t, packages)
	for _, p := range packages {
		assert.Empty(t, problems(p), p.path())
	}
}

func TestTheRulesCatch(t *testing.T) {
	for want, p := range map[string]pkg{
		"is in no room":            {ImportPath: "viscoder/attic"},
		"uses cgo":                 {ImportPath: "viscoder/engine", CgoFiles: []string{"x.go"}},
		"imports models, which is": {ImportPath: "viscoder/engine", Imports: []string{"viscoder/models"}},
		"imports cmd/viscoder":     {ImportPath: "viscoder/bench", Imports: []string{"viscoder/cmd/viscoder"}},
		"imports gguf, which is":   {ImportPath: "viscoder/internal/place", Imports: []string{"viscoder/gguf"}},
		"needs a C compiler":       {ImportPath: "viscoder/renderers/sandbox", Deps: []string{"viscoder/engine/llama"}},
	} {
		found := problems(p)
		require.Len(t, found, 1, want)
		assert.Contains(t, found[0], want)
	}
	assert.Empty(t, problems(pkg{ImportPath: "viscoder/engine", Imports: []string{"fmt", "viscoder/engine/llama", "viscoder/gguf"}}))
	assert.Empty(t, problems(pkg{ImportPath: "viscoder/internal/a", Imports: []string{"viscoder/internal/b"}}))
}

// list asks the go command for all packages of the module, tests left out: they
// may reach across for an example.
func list(t *testing.T) []pkg {
	t.Helper()
	command := exec.Command("go", "list", "-deps=false", "-json=ImportPath,Imports,CgoFiles,Deps", module+"/...")
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("go list: %s", exit.Stderr)
	}
	require.NoError(t, err)
	var packages []pkg
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages = append(packages, p)
	}
}
