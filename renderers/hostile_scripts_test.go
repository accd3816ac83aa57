package renderers

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/sandbox"
)

// hostileScriptPrograms try what hostileToolchainPrograms try, by browsers,
// interpreters and compilers.
func hostileScriptPrograms() []hostileProgram {
	return []hostileProgram{
		{"a page asks for files", html, `<!doctype html><h1>x</h1><iframe src="file://SECRET" width="400" height="100"></iframe><object data="file://SECRET"></object><script>
for (const u of ["file://SECRET", "SECRET", "/..%2f..%2f..%2f..SECRET", "https://page.invalid/SECRET", "view-source:file://SECRET", "filesystem:file://SECRET"]) {
  fetch(u).then(r => r.text()).then(t => console.error(t), () => {});
  const x = new XMLHttpRequest(); try { x.open("GET", u, false); x.send(); console.error(x.responseText); } catch (held) {}
}
</script>`},
		{"a page leaves for a file", html, `<!doctype html><h1>x</h1><a id="a" href="file://SECRET" download="leak.svg">y</a><script>document.getElementById("a").click(); setTimeout(() => { location = "file://SECRET"; }, 10);</script>`},
		{"a page loads a file as its library", html, `<!doctype html><h1>x</h1><script src="https://cdn.jsdelivr.net/npm/d3@7/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..SECRET"></script><link rel="stylesheet" href="https://unpkg.com/echarts@5/..%2f..%2f..%2f..%2f..SECRET"><script type="module">import x from "file://SECRET"</script>`},
		{"a diagram turns its protection off", mermaid, "%%{init: {\"securityLevel\": \"loose\", \"secure\": [], \"htmlLabels\": true}}%%\nflowchart TD\n  A[\"<iframe src='file://SECRET'></iframe><img src='file://SECRET' onerror='fetch(&quot;file://SECRET&quot;)'/>\"] --> B\n  click A href \"javascript:fetch('file://SECRET')\"\n"},
		{"R runs a shell, reads and writes", rLanguage, "system('cat SECRET; cat SECRET > leak.svg; cp SECRET OUTSIDE')\ntry(print(readLines('SECRET')))\ntry(file.copy('SECRET', 'leak.svg'))\ntry(writeLines('x', 'OUTSIDE'))\ntry(download.file('file://SECRET', 'leak.pdf'))\ntry(dyn.load('SECRET'))\nplot(1)\n"},
		{"node runs a shell, reads and writes", javascript, "const fs = require('fs'), c = require('child_process');\nconst tries = [() => fs.readFileSync('SECRET', 'utf8'), () => c.execSync('cat SECRET; cp SECRET OUTSIDE').toString(), () => fs.writeFileSync('OUTSIDE', 'x'), () => fs.symlinkSync('SECRET', 'leak.svg'), () => fs.linkSync('SECRET', 'leak.pdf'), () => fs.cpSync('SECRET', 'leak.svg')];\nfor (const t of tries) try { console.log(t()); } catch (held) { console.log(String(held)); }\n"},
		{"TypeScript loads a file as a module", typescript, "declare const require: any;\nfor (const f of ['SECRET', '../../../../../../SECRET']) try { console.log(require(f)); } catch (e: any) { console.log(e.stack); }\nthrow new Error('end');\n"},
		{"the compiler includes a file", cpp, "#include \"SECRET\"\n#include </proc/self/root/SECRET>\nint main() {}\n"},
		{"the assembler includes a file", cpp, "#include <cstdio>\nasm(\".data\\nleak: .incbin \\\"SECRET\\\"\\n.byte 0\\n.text\");\nextern \"C\" char leak[];\nint main() { std::puts(leak); }\n"},
		{"C++ reads and writes", cpp, "#include <cstdlib>\n#include <filesystem>\n#include <fstream>\n#include <iostream>\nint main() {\n  std::cout << std::ifstream(\"SECRET\").rdbuf();\n  std::ofstream(\"OUTSIDE\") << \"x\";\n  std::error_code e;\n  std::filesystem::copy(\"SECRET\", \"leak.svg\", e);\n  std::filesystem::create_symlink(\"SECRET\", \"leak.pdf\", e);\n  return std::system(\"cat SECRET; cp SECRET OUTSIDE\");\n}\n"},
	}
}

func TestHostileScripts(t *testing.T) {
	r := newRunner(t)
	for _, h := range hostileScriptPrograms() {
		t.Run(strings.ReplaceAll(h.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			secret, outside, word := hostileFiles(t)
			assert.NotContains(t, tryHostile(t, r, h, secret, outside), word, "the secret came out")
			assert.NoFileExists(t, outside)
		})
	}
}

// Without the box the same programs succeed: the test above can fail.
func TestHostileScriptsWithoutBox(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{Unsafe: true})
	require.NoError(t, err)
	r := NewRunner(box, Options{})
	for _, h := range hostileScriptPrograms() {
		switch h.name {
		case "R runs a shell, reads and writes", "node runs a shell, reads and writes", "the compiler includes a file", "the assembler includes a file", "C++ reads and writes":
			secret, outside, word := hostileFiles(t)
			assert.Contains(t, tryHostile(t, r, h, secret, outside), word, h.name)
		}
	}
}

func TestSecurityNamesTheScripts(t *testing.T) {
	text, err := os.ReadFile("../docs/SECURITY.md")
	require.NoError(t, err)
	for _, h := range hostileScriptPrograms() {
		assert.Contains(t, string(text), h.name)
	}
}
