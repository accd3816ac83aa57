package renderers

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/picture"
)

// addressed asks the driver which file stands for each address.
func addressed(t *testing.T, addresses []string) map[string]string {
	t.Helper()
	tools := &Tools{}
	modules, err := tools.nodeModules("html")
	require.NoError(t, err)
	list, err := json.Marshal(addresses)
	require.NoError(t, err)
	ask := browserLibraries + `
const l = new Library(process.argv[1]), out = {};
for (const a of JSON.parse(process.argv[2])) {
  const f = l.find(new URL(a));
  out[a] = f ? (f.text ? "text" : f.file.slice(process.argv[1].length + 1)) + (f.note ? " " + f.note : "") : "";
}
console.log(JSON.stringify(out));`
	said, err := exec.Command("node", "-e", ask, "--", modules, string(list)).Output()
	require.NoError(t, err)
	var out map[string]string
	require.NoError(t, json.Unmarshal(said, &out))
	return out
}

func TestAddressesOfLibraries(t *testing.T) {
	want := map[string]string{
		"https://d3js.org/d3.v7.min.js":                                                "d3/dist/d3.min.js",
		"https://d3js.org/d3.v5.min.js":                                                "d3/dist/d3.min.js d3 7.9.0 was used in place of version 5",
		"https://cdn.jsdelivr.net/npm/d3@7.8.5/dist/d3.js":                             "d3/dist/d3.js",
		"https://cdn.jsdelivr.net/npm/d3@7/+esm":                                       "text",
		"https://esm.sh/d3@7":                                                          "text",
		"https://cdn.jsdelivr.net/npm/d3-scale@4":                                      "d3/dist/d3.min.js",
		"https://cdnjs.cloudflare.com/ajax/libs/d3/7.8.5/d3.min.js":                    "d3/dist/d3.min.js",
		"https://ajax.googleapis.com/ajax/libs/d3js/7.8.5/d3.min.js":                   "d3/dist/d3.min.js",
		"https://cdn.jsdelivr.net/gh/d3/d3@v7/dist/d3.min.js":                          "d3/dist/d3.min.js",
		"https://cdn.plot.ly/plotly-2.27.0.min.js":                                     "plotly.js-dist-min/plotly.min.js",
		"https://cdn.plot.ly/plotly-latest.min.js":                                     "plotly.js-dist-min/plotly.min.js",
		"https://cdn.jsdelivr.net/npm/mermaid@11/dist/mermaid.esm.min.mjs":             "mermaid/dist/mermaid.esm.min.mjs",
		"https://unpkg.com/mermaid@10/dist/mermaid.min.js":                             "mermaid/dist/mermaid.min.js mermaid 11.17.2 was used in place of version 10",
		"https://unpkg.com/vega-lite@5.8.0/build/vega-lite.js":                         "vega-lite/build/vega-lite.js",
		"https://cdn.jsdelivr.net/npm/vega-embed@6":                                    "vega-embed/build/vega-embed.min.js",
		"https://unpkg.com/topojson-client@3":                                          "topojson-client/dist/topojson-client.min.js",
		"https://cdn.jsdelivr.net/npm/chart.js@4/../../../../../../../../etc/passwd":   "",
		"https://cdn.jsdelivr.net/npm/d3@7/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd": "d3/dist/d3.min.js",
		"https://cdn.jsdelivr.net/npm/left-pad":                                        "",
		"https://code.highcharts.com/highcharts.js":                                    "",
		"https://evil.example/npm/d3@7":                                                "",
		"https://notjsdelivr.net/npm/d3@7":                                             "",
		"https://cdn.jsdelivr.net/":                                                    "",
	}
	var addresses []string
	for a := range want {
		addresses = append(addresses, a)
	}
	assert.Equal(t, want, addressed(t, addresses))
}

func TestReportedFindings(t *testing.T) {
	got := reported([]ReportedFinding{{Grade: "error", Code: "zero-size", Message: "no\x1b[31m size"}, {Grade: "fatal", Code: "clipped-text", Message: "m"}, {Code: "../x", Message: "m"}, {Code: "empty-svg"}})
	assert.Equal(t, []picture.Finding{{Code: "zero-size", Grade: picture.GradeError, Message: "no size"}, {Code: "clipped-text", Grade: picture.GradeWarning, Message: "m"}}, got)
	assert.Len(t, reported(make([]ReportedFinding, 100)), 0)
	many := make([]ReportedFinding, 100)
	for i := range many {
		many[i] = ReportedFinding{Code: "x", Message: "m"}
	}
	assert.Len(t, reported(many), maxReported)
}

func TestNodeFolder(t *testing.T) {
	tools := &Tools{Dir: t.TempDir()}
	_, err := tools.nodeModules("html")
	assert.ErrorContains(t, err, "not set up")
	require.NoError(t, os.MkdirAll(tools.nodeDir(), 0o755))
	record := filepath.Join(tools.nodeDir(), nodeRecordName)
	require.NoError(t, os.WriteFile(record, []byte("{"), 0o644))
	_, err = tools.nodeModules("html")
	assert.Error(t, err, "a damaged record is none")
	require.NoError(t, os.WriteFile(record, []byte(`{"key":"of an older viscoder"}`), 0o644))
	modules, err := tools.nodeModules("html")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(tools.nodeDir(), "node_modules"), modules)
	_, _, err = moduleTool("html", "d3").find(t.Context(), tools)
	assert.ErrorContains(t, err, "damaged")
}

func TestNodeSetupAgainRedoesNothing(t *testing.T) {
	record := filepath.Join((&Tools{}).nodeDir(), nodeRecordName)
	before, err := os.Stat(record)
	require.NoError(t, err)
	var said []string
	require.NoError(t, (&Tools{}).setupNode(t.Context(), func(s string) { said = append(said, s) }))
	after, err := os.Stat(record)
	require.NoError(t, err)
	assert.Equal(t, before.ModTime(), after.ModTime())
	require.Len(t, said, 1)
	assert.Contains(t, said[0], "node: ready")
}

// npm that fails leaves nothing, and its words are in the error.
func TestNodeSetupThatFails(t *testing.T) {
	bin, tools := t.TempDir(), &Tools{Dir: t.TempDir()}
	for name, script := range map[string]string{"node": "exit 0", "npm": "echo 'npm error network' >&2; exit 1"} {
		require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	err := tools.setupNode(t.Context(), func(string) {})
	require.ErrorContains(t, err, "npm error network")
	left, err := os.ReadDir(tools.Dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// Every package of the lock has its checksum, and none the address of a registry.
func TestNodeLockIsPinned(t *testing.T) {
	var lock struct {
		Packages map[string]struct {
			Version, Integrity, Resolved string
		}
	}
	require.NoError(t, json.Unmarshal(nodeLock, &lock))
	require.Greater(t, len(lock.Packages), 100)
	for name, p := range lock.Packages {
		if name == "" {
			continue
		}
		assert.NotEmpty(t, p.Version, name)
		assert.True(t, strings.HasPrefix(p.Integrity, "sha512-"), name)
		assert.Empty(t, p.Resolved, name)
	}
	assert.NotContains(t, string(nodeLock), "://")
}

func TestPrinted(t *testing.T) {
	for out, want := range map[string]string{
		"\n <svg xmlns=''>": "printed.svg", "<?xml version='1.0'?>\n<svg>": "printed.svg", "<?xml version='1.0'?>\n<html>": "",
		"P6\n1 1\n255\n...": "printed.ppm", "P3 1 1 255 1 2 3": "printed.ppm", "Price 3": "", "P7\n": "", "": "", "\x89PNG\r\n\x1a\n": "printed.png", "done": "",
	} {
		assert.Equal(t, want, printedName([]byte(out)), "%q", out)
	}
}

func FuzzCompilerErrors(f *testing.F) {
	f.Add("program.cpp:6:18: error: 'x' was not declared")
	f.Add("/usr/include/a.h:1:2: error: no\nprogram.cpp:8:12:   required from here\n")
	f.Add("ld: program.cpp:7: undefined reference to `draw()'")
	f.Fuzz(func(t *testing.T, said string) {
		d := explainCompiler(&Job{Language: cpp, Program: "int main() {\n}\n"}, said)
		assert.Equal(t, KindSyntax, d.Kind)
		assert.NotContains(t, d.Message, "\n")
		assert.LessOrEqual(t, len([]rune(d.Text)), 2*maxText)
	})
}
