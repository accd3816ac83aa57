// Chart libraries that pages load from the well-known addresses are served
// from the pinned packages beside us. A library has the names under which
// addresses call it, the file that stands for it as a script and as a module,
// and a line that keeps it from moving: a picture needs the end only.

const LIBRARIES = [
  { names: ["chart.js", "chartjs", "chart.min.js", "chart.umd.js"], folder: "chart.js", file: "dist/chart.umd.min.js", module: "dist/chart.js", still: "Chart.defaults.animation = false;" },
  { names: ["chartjs-plugin-datalabels"], folder: "chartjs-plugin-datalabels", file: "dist/chartjs-plugin-datalabels.min.js" },
  { names: ["chartjs-adapter-date-fns"], folder: "chartjs-adapter-date-fns", file: "dist/chartjs-adapter-date-fns.bundle.min.js" },
  { names: ["d3", "d3js"], folder: "d3", file: "dist/d3.min.js", module: "+d3" },
  { names: ["echarts"], folder: "echarts", file: "dist/echarts.min.js", module: "dist/echarts.esm.min.mjs", still: "echarts.registerPreprocessor((o) => { if (o && o.animation === undefined) o.animation = false; });" },
  { names: ["plotly.js", "plotly", "plotly.js-dist-min", "plotly.js-dist", "plotly-latest", "plotly-basic", "plotly-cartesian"], folder: "plotly.js-dist-min", file: "plotly.min.js" },
  { names: ["vega"], folder: "vega", file: "build/vega.min.js" },
  { names: ["vega-lite"], folder: "vega-lite", file: "build/vega-lite.min.js" },
  { names: ["vega-embed"], folder: "vega-embed", file: "build/vega-embed.min.js" },
  { names: ["mermaid"], folder: "mermaid", file: "dist/mermaid.min.js", module: "dist/mermaid.esm.min.mjs" },
  { names: ["topojson", "topojson-client"], folder: "topojson-client", file: "dist/topojson-client.min.js" },
];

const CDNS = /(^|\.)(jsdelivr\.net|unpkg\.com|cdnjs\.cloudflare\.com|d3js\.org|plot\.ly|esm\.sh|skypack\.dev|jspm\.io|ajax\.googleapis\.com|bootcdn\.net|bootcss\.com|staticfile\.org|baomitu\.com|statically\.io)$/;

// wanted reads an address: which package, which version, which file in it.
// The forms are …/npm/NAME@VERSION/FILE, …/gh/OWNER/NAME@VERSION/FILE,
// …/ajax/libs/NAME/VERSION/FILE and plain NAME@VERSION/FILE.
function wanted(url) {
  let parts = decodeURIComponent(url.pathname).split("/").filter(Boolean);
  if (url.hostname.endsWith("plot.ly") || url.hostname === "d3js.org") return bareFile(parts);
  const libs = parts.indexOf("libs");
  if (libs >= 0) return { name: (parts[libs + 1] || "").toLowerCase(), version: parts[libs + 2] || "", file: parts.slice(libs + 3).join("/") };
  if (parts[0] === "gh") parts = parts.slice(2);
  else if (parts[0] === "npm" || parts[0] === "pin") parts = parts.slice(1);
  const scope = (parts[0] || "").startsWith("@") ? parts.shift() + "/" : "";
  const [, name, version] = /^([^@]*)(?:@(.*))?$/.exec(parts[0] || "");
  return { name: scope + name.toLowerCase(), version: version || "", file: parts.slice(1).join("/") };
}

// bareFile reads names such as d3.v7.min.js and plotly-2.27.0.min.js.
function bareFile(parts) {
  const m = /^([a-z0-9-]*?)(?:[.-]v?(\d[\d.]*?))?(?:\.min)?\.m?js$/i.exec(parts[parts.length - 1] || "") || [, parts[0] || "", ""];
  return { name: m[1].toLowerCase(), version: m[2] || "", file: "" };
}

class Library {
  constructor(packages) {
    this.packages = packages;
    this.fs = require("fs");
    this.path = require("path");
  }

  // find returns {file, note} for an address, or null where nothing stands for it.
  find(url) {
    if (!CDNS.test(url.hostname)) return null;
    const w = wanted(url);
    const lib = LIBRARIES.find((l) => l.names.includes(w.name));
    if (!lib) return /^d3-[a-z-]+$/.test(w.name) ? { file: this.inside("d3", "dist/d3.min.js"), note: "" } : null;
    const major = parseInt(w.version.replace(/^[^\d]*/, ""), 10);
    const folder = lib.folder, have = this.version(folder);
    const note = major && major !== parseInt(have, 10) ? `${w.name} ${have} was used in place of version ${w.version}` : "";
    const asModule = /\+esm$|\.mjs$|\.esm\./.test(w.file) || /esm\.sh|skypack|jspm/.test(url.hostname);
    if (asModule && lib.module === "+d3") return { text: this.moduleOf(folder, lib.file), note };
    const file = this.inside(folder, w.file) || this.inside(folder, asModule && lib.module || lib.file);
    if (lib.still && file && !asModule) return { text: this.fs.readFileSync(file, "utf8") + "\n" + lib.still, note };
    return { file, note };
  }

  // moduleOf wraps a plain script as a module with the same names.
  moduleOf(folder, file) {
    const names = Object.keys(require(this.path.join(this.packages, folder + "-cjs")));
    const source = this.fs.readFileSync(this.inside(folder, file), "utf8");
    // Under names of their own, or D3's "window" would hide the page's.
    const list = (f) => names.map(f).join(", ");
    return `${source}\nconst all = globalThis.d3;\nexport default all;\nconst { ${list((n) => `${n}: $${n}`)} } = all;\nexport { ${list((n) => `$${n} as ${n}`)} };\n`;
  }

  inside(folder, file) {
    if (!file) return "";
    const base = this.path.join(this.packages, folder), full = this.path.resolve(base, file);
    return full.startsWith(base + "/") && this.fs.existsSync(full) && this.fs.statSync(full).isFile() ? full : "";
  }

  version(folder) { return JSON.parse(this.fs.readFileSync(this.path.join(this.packages, folder, "package.json"), "utf8")).version; }
}
