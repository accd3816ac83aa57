// Runs the one program in this folder, JavaScript or TypeScript. Started in
// the sandbox with the arguments PACKAGES PROGRAM. It leaves
// .viscoder/report.json, which the other side takes as a mere claim.
"use strict";
const fs = require("fs"), path = require("path"), Module = require("module");
const [PACKAGES, PROGRAM] = process.argv.slice(-2);
const FILE = path.resolve(PROGRAM);
const PROVIDED = "@napi-rs/canvas (or canvas), d3, jsdom, chart.js, echarts, vega, vega-lite, topojson-client";
const NO_NETWORK = ["EPERM", "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EACCES"];
let map = null, generated = [];

function leave(error) {
  fs.mkdirSync(".viscoder", { recursive: true });
  fs.writeFileSync(".viscoder/report.json", JSON.stringify(error ? { error } : {}));
}

// afterImports puts the program into an async function, from the line after its
// last import on: await at the top level is not allowed outside of modules.
function afterImports(source) {
  const lines = source.split("\n");
  let last = -1, open = false;
  lines.forEach((l, i) => {
    if (/^\s*import\b(?!\s*\()/.test(l)) open = true;
    if (open) { last = i; if (/['"]\s*;?\s*$/.test(l)) open = false; }
  });
  const head = lines.slice(0, last + 1).join("\n"), body = lines.slice(last + 1).join("\n");
  return `${head}${last < 0 ? "" : "\n"};(async () => {${body}\n})();`;
}

function compile(source) {
  const esbuild = require(path.join(PACKAGES, "esbuild"));
  const options = { loader: /\.ts$/.test(PROGRAM) ? "ts" : "jsx", format: "cjs", platform: "node", target: "node18", sourcemap: true, sourcefile: PROGRAM, logLevel: "silent",
    define: { "import.meta.url": JSON.stringify("file://" + FILE) }, supported: { "dynamic-import": false } };
  try {
    return esbuild.transformSync(source, options);
  } catch (e) {
    if (!(e.errors || []).some((x) => /Top-level await/.test(x.text))) throw e;
    return esbuild.transformSync(afterImports(source), options);
  }
}

// place is where in the program an error came about: the first frame in it.
function place(stack) {
  for (const line of String(stack || "").split("\n")) {
    const m = line.includes(FILE + ":") && /:(\d+)(?::(\d+))?\)?$/.exec(line.trim());
    if (!m || !map) continue;
    // A call of something imported is written "(0, …)", mapped to the statement before.
    const column = (+m[2] || 1) - 1, skip = (generated[m[1] - 1] || "").startsWith("(0, ", column) ? 4 : 0;
    const at = map.findEntry(+m[1] - 1, column + skip);
    if (at && at.originalLine !== undefined) return { line: at.originalLine + 1, column: m[2] ? at.originalColumn + 1 : 0 };
  }
  return {};
}

function note(e) {
  const message = String(e && e.message);
  if (e.code === "MODULE_NOT_FOUND" || e.code === "ERR_MODULE_NOT_FOUND") return "installed packages: " + PROVIDED;
  if (e.code === "ENOENT") return "files here: " + (fs.readdirSync(".").filter((f) => !f.startsWith(".") && f !== PROGRAM).slice(0, 20).join(", ") || "none");
  if (/^(document|window|HTMLElement) is not defined/.test(message)) return "there is no browser here; make elements with jsdom, or draw with createCanvas of the package canvas";
  return "";
}

function fail(e) {
  const isError = e instanceof Error || e && typeof e.stack === "string";
  const message = (isError ? String(e.message).split("\nRequire stack:")[0] : String(e)).replace(/\(0 , \w+\.(\w+)\)/g, "$1").replace(/\bimport_\w+\./g, "");
  const cause = isError && e.cause || e;
  const denied = isError && (NO_NETWORK.includes(e.code) || NO_NETWORK.includes(cause && cause.code)) && !(e.path && fs.existsSync(e.path) && e.path.startsWith(process.cwd()));
  leave({ type: isError ? e.name || "Error" : "Uncaught", message, ...place(isError && e.stack), denied: !!denied, note: denied ? "" : isError ? note(e) : "", full: isError ? e.stack : message });
  process.stderr.write((isError ? e.stack : message) + "\n");
  process.exit(1);
}

function syntax(e) {
  const x = (e.errors || [])[0];
  if (!x) return fail(e);
  const at = x.location || {}, lines = fs.readFileSync(PROGRAM, "utf8").trimEnd().split("\n").length;
  if (at.line > lines) at.line = lines;
  leave({ type: "SyntaxError", message: x.text, line: at.line || 0, column: at.line ? at.column + 1 : 0, syntax: true, note: (x.notes || []).map((n) => n.text).join("; "), full: e.message });
  process.stderr.write(e.message + "\n");
  process.exit(1);
}

function run() {
  let made;
  try {
    made = compile(fs.readFileSync(PROGRAM, "utf8"));
  } catch (e) {
    return syntax(e);
  }
  map = new Module.SourceMap(JSON.parse(made.map));
  generated = made.code.split("\n");
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    // D3 is a module without a form for require; all its parts are in one file.
    if (/^d3(-[a-z-]+)?$/.test(request) && parent && parent.filename === FILE) request = "d3-cjs";
    return resolve.call(this, request, parent, ...rest);
  };
  Error.stackTraceLimit = 40;
  process.argv = [process.argv[0], FILE];
  process.on("uncaughtException", fail);
  const main = new Module(FILE, null);
  main.filename = FILE;
  main.paths = [PACKAGES];
  process.mainModule = require.main = main;
  main._compile(made.code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n"), FILE);
}

run();
