package hostile

// scriptPrograms are read by browsers, interpreters and compilers.
func scriptPrograms() []Program {
	return []Program{
		{Name: "a page asks for files", Language: "html", Text: `<!doctype html><h1>x</h1><iframe src="file://SECRET" width="400" height="100"></iframe><object data="file://SECRET"></object><script>
for (const u of ["file://SECRET", "SECRET", "/..%2f..%2f..%2f..SECRET", "https://page.invalid/SECRET", "view-source:file://SECRET", "filesystem:file://SECRET"]) {
  fetch(u).then(r => r.text()).then(t => console.error(t), () => {});
  const x = new XMLHttpRequest(); try { x.open("GET", u, false); x.send(); console.error(x.responseText); } catch (held) {}
}
</script>`},
		{Name: "a page leaves for a file", Language: "html", Text: `<!doctype html><h1>x</h1><a id="a" href="file://SECRET" download="leak.svg">y</a><script>document.getElementById("a").click(); setTimeout(() => { location = "file://SECRET"; }, 10);</script>`},
		{Name: "a page loads a file as its library", Language: "html", Text: `<!doctype html><h1>x</h1><script src="https://cdn.jsdelivr.net/npm/d3@7/..%2f..%2f..%2f..%2f..%2f..%2f..%2f..SECRET"></script><link rel="stylesheet" href="https://unpkg.com/echarts@5/..%2f..%2f..%2f..%2f..SECRET"><script type="module">import x from "file://SECRET"</script>`},
		{Name: "a diagram turns its protection off", Language: "mermaid", Text: "%%{init: {\"securityLevel\": \"loose\", \"secure\": [], \"htmlLabels\": true}}%%\nflowchart TD\n  A[\"<iframe src='file://SECRET'></iframe><img src='file://SECRET' onerror='fetch(&quot;file://SECRET&quot;)'/>\"] --> B\n  click A href \"javascript:fetch('file://SECRET')\"\n"},
		{Name: "R runs a shell, reads and writes", Language: "r", Text: "system('cat SECRET; cat SECRET > leak.svg; cp SECRET OUTSIDE')\ntry(print(readLines('SECRET')))\ntry(file.copy('SECRET', 'leak.svg'))\ntry(writeLines('x', 'OUTSIDE'))\ntry(download.file('file://SECRET', 'leak.pdf'))\ntry(dyn.load('SECRET'))\nplot(1)\n"},
		{Name: "node runs a shell, reads and writes", Language: "javascript", Text: "const fs = require('fs'), c = require('child_process');\nconst tries = [() => fs.readFileSync('SECRET', 'utf8'), () => c.execSync('cat SECRET; cp SECRET OUTSIDE').toString(), () => fs.writeFileSync('OUTSIDE', 'x'), () => fs.symlinkSync('SECRET', 'leak.svg'), () => fs.linkSync('SECRET', 'leak.pdf'), () => fs.cpSync('SECRET', 'leak.svg')];\nfor (const t of tries) try { console.log(t()); } catch (held) { console.log(String(held)); }\n"},
		{Name: "TypeScript loads a file as a module", Language: "typescript", Text: "declare const require: any;\nfor (const f of ['SECRET', '../../../../../../SECRET']) try { console.log(require(f)); } catch (e: any) { console.log(e.stack); }\nthrow new Error('end');\n"},
		{Name: "the compiler includes a file", Language: "cpp", Text: "#include \"SECRET\"\n#include </proc/self/root/SECRET>\nint main() {}\n"},
		{Name: "the assembler includes a file", Language: "cpp", Text: "#include <cstdio>\nasm(\".data\\nleak: .incbin \\\"SECRET\\\"\\n.byte 0\\n.text\");\nextern \"C\" char leak[];\nint main() { std::puts(leak); }\n"},
		{Name: "C++ reads and writes", Language: "cpp", Text: "#include <cstdlib>\n#include <filesystem>\n#include <fstream>\n#include <iostream>\nint main() {\n  std::cout << std::ifstream(\"SECRET\").rdbuf();\n  std::ofstream(\"OUTSIDE\") << \"x\";\n  std::error_code e;\n  std::filesystem::copy(\"SECRET\", \"leak.svg\", e);\n  std::filesystem::create_symlink(\"SECRET\", \"leak.pdf\", e);\n  return std::system(\"cat SECRET; cp SECRET OUTSIDE\");\n}\n"},
	}
}
