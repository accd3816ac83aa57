// Renders the page or diagram in this folder to figure-1.png. Started in the
// sandbox with the arguments PACKAGES BROWSER KIND PROGRAM FORMAT;
// KIND is html or mermaid. It leaves .viscoder/report.json.

const fs = require("fs"), path = require("path");
const [PACKAGES, BROWSER, KIND, PROGRAM, FORMAT] = process.argv.slice(-5);
// An origin of our own: nothing listens there, every request is answered here.
const ORIGIN = "https://page.invalid";
const VIEW = { width: 1200, height: 800 };
const PAD = 16; // around what is drawn, in CSS pixels
const LONGEST = 4096; // pixels of the picture
const QUIET = 2; // looks in a row at which nothing is under way
const PATIENCE = 3000; // milliseconds that a page may go on changing

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css", ".json": "application/json",
  ".csv": "text/csv; charset=utf-8", ".tsv": "text/tab-separated-values; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp" };

class Page {
  constructor(browser, session, source) {
    this.browser = browser;
    this.session = session;
    this.source = source;
    this.library = new Library(PACKAGES);
    this.problems = []; // {rank, message, line, column, full, denied, syntax}
    this.notes = [];
    this.underway = new Set();
    this.loaded = new Promise((done) => { this.load = done; });
    browser.on((method, params, from) => { if (from === session) this.event(method, params); });
  }

  send(method, params) { return this.browser.send(method, params, this.session); }

  event(method, p) {
    if (method === "Fetch.requestPaused") this.answer(p).catch(() => {});
    else if (method === "Page.loadEventFired") this.load();
    else if (method === "Page.javascriptDialogOpening") this.send("Page.handleJavaScriptDialog", { accept: true }).catch(() => {});
    else if (method === "Network.requestWillBeSent") this.underway.add(p.requestId);
    else if (method === "Network.loadingFinished" || method === "Network.loadingFailed") this.underway.delete(p.requestId);
    else if (method === "Runtime.exceptionThrown") this.exception(p.exceptionDetails);
    else if (method === "Runtime.consoleAPICalled" && (p.type === "error" || p.type === "assert")) this.consoleError(p);
    else if (method === "Log.entryAdded" && p.entry.level === "error" && p.entry.source !== "network") this.logged(p.entry);
  }

  problem(rank, message, at, more = {}) {
    if (this.problems.length < 30) this.problems.push({ rank, message, line: at.line || 0, column: at.column || 0, ...more });
  }

  // ours finds the place in the program that a stack leads to.
  ours(url, line, column, stack) {
    const page = ORIGIN + "/" + PROGRAM;
    if (url === page) return { line: line + 1, column: column + 1 };
    const frame = (stack ? stack.callFrames : []).find((f) => f.url === page);
    return frame ? { line: frame.lineNumber + 1, column: frame.columnNumber + 1 } : {};
  }

  exception(d) {
    const text = (d.exception && d.exception.description || d.exception && d.exception.value !== undefined && String(d.exception.value) || d.text).replace(/^Uncaught /, "");
    const [message, ...stack] = text.split("\n    at ");
    // A rejected promise is reported where it was found, not where it failed.
    const frame = stack.map((f) => f.indexOf("/" + PROGRAM + ":") < 0 ? null : /:(\d+):(\d+)\)?$/.exec(f)).find(Boolean);
    const at = frame ? { line: +frame[1], column: +frame[2] } : this.ours(d.url, d.lineNumber, d.columnNumber, d.stackTrace);
    this.problem(1, message, at, { full: text, syntax: /^SyntaxError/.test(message) && !stack.length });
  }

  consoleError(p) {
    const text = p.args.map((a) => a.description || (a.value !== undefined ? String(a.value) : a.type)).join(" ");
    const trace = p.stackTrace, first = trace && trace.callFrames[0] || {};
    this.problem(2, "console.error: " + text.split("\n    at ")[0], this.ours(first.url, first.lineNumber, first.columnNumber, trace), { full: text });
  }

  logged(entry) {
    this.problem(2, entry.text, this.ours(entry.url, entry.lineNumber, 0, entry.stackTrace), { full: entry.text });
  }

  async answer(p) {
    const url = new URL(p.request.url);
    if (url.origin === ORIGIN) return this.local(p, url);
    if (url.protocol === "http:" || url.protocol === "https:") {
      const found = this.library.find(url);
      if (found && (found.file || found.text)) {
        if (found.note && !this.notes.includes(found.note)) this.notes.push(found.note);
        return this.fulfil(p, found.text || fs.readFileSync(found.file), found.text ? ".js" : path.extname(found.file));
      }
    }
    this.blocked(p, url);
    return this.send("Fetch.failRequest", { requestId: p.requestId, errorReason: "BlockedByClient" });
  }

  local(p, url) {
    const name = decodeURIComponent(url.pathname.slice(1));
    if (name === PROGRAM) return this.fulfil(p, this.document(), ".html");
    if (name === "favicon.ico") return this.fulfil(p, "", ".png");
    if (KIND === "mermaid" && name === "mermaid.js") return this.fulfil(p, fs.readFileSync(this.library.inside("mermaid", "dist/mermaid.min.js")), ".js");
    const file = path.basename(name);
    if (file && !file.startsWith(".") && fs.existsSync(file) && fs.statSync(file).isFile()) return this.fulfil(p, fs.readFileSync(file), path.extname(file).toLowerCase());
    const here = fs.readdirSync(".").filter((f) => !f.startsWith(".") && f !== PROGRAM).slice(0, 20).join(", ") || "none";
    this.problem(0, `there is no file ${JSON.stringify(name)}`, this.where(name), { note: "files here: " + here });
    return this.send("Fetch.fulfillRequest", { requestId: p.requestId, responseCode: 404, body: "" });
  }

  // document is the program; checksums of library files would refuse ours.
  document() {
    if (KIND === "mermaid") return `<!doctype html><meta charset="utf-8"><style>body{margin:0;background:white}</style><div id="out"></div><script src="/mermaid.js"></script>`;
    return this.source.replace(/(<(?:script|link)\b[^>]*?)\sintegrity\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi, (all, head) => head);
  }

  fulfil(p, body, ext) {
    const headers = [{ name: "Content-Type", value: TYPES[ext] || "application/octet-stream" }, { name: "Access-Control-Allow-Origin", value: "*" }];
    return this.send("Fetch.fulfillRequest", { requestId: p.requestId, responseCode: 200, responseHeaders: headers, body: Buffer.from(body).toString("base64") });
  }

  // blocked says what a page may not load. Fonts and styles are not worth a
  // repair: the page is drawn without.
  blocked(p, url) {
    const short = url.href.length > 120 ? url.href.slice(0, 119) + "…" : url.href;
    if (p.resourceType === "Font" || p.resourceType === "Stylesheet") {
      this.notes.push("there is no network: " + short + " was left out");
      return;
    }
    const script = p.resourceType === "Script";
    this.problem(0, `${script ? "the script" : "the request for"} ${short} is blocked: there is no network`, this.where(p.request.url), { denied: true,
      note: script ? "use one of these libraries by its CDN address, Chart.js, D3, ECharts, Plotly, Vega, Vega-Lite, Vega-Embed, Mermaid, or write the code inline" : "put the data or picture inline into the page" });
  }

  // where finds the line on which an address is written, with or without what browsers add to it.
  where(text) {
    for (const form of [text, text.replace(/^https?:/, ""), text.replace(/\/$/, ""), unescape(text)]) {
      const at = form ? this.source.indexOf(form) : -1;
      if (at >= 0) return { line: this.source.slice(0, at).split("\n").length };
    }
    return {};
  }

  async open() {
    await Promise.all([
      this.send("Page.enable"), this.send("Runtime.enable"), this.send("Log.enable"), this.send("Network.enable"),
      this.send("Fetch.enable", { patterns: [{ urlPattern: "*" }] }),
      this.send("Page.addScriptToEvaluateOnNewDocument", { source: `(${countTimers})(${PATIENCE})` }),
      this.send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-reduced-motion", value: "reduce" }] }),
      this.send("Emulation.setDeviceMetricsOverride", { ...VIEW, deviceScaleFactor: 2, mobile: false }),
    ]);
    const { frameId } = await this.send("Page.navigate", { url: ORIGIN + "/" + PROGRAM });
    await this.loaded;
    const { executionContextId } = await this.send("Page.createIsolatedWorld", { frameId, worldName: "viscoder" });
    this.world = executionContextId;
  }

  async inWorld(f) { return value(await this.send("Runtime.evaluate", { expression: `(${f})()`, contextId: this.world, awaitPromise: true, returnByValue: true })); }

  // settle waits until nothing is loaded and nothing moves, by looking at it.
  async settle() {
    const start = Date.now();
    let before = "", still = 0;
    while (still < QUIET && Date.now() - start < PATIENCE) {
      await this.inWorld(settlePage);
      if (this.underway.size || await this.timers()) { still = 0; continue; }
      const { data } = await this.send("Page.captureScreenshot", { format: "jpeg", quality: 60, optimizeForSpeed: true, clip: { x: 0, y: 0, ...VIEW, scale: 0.25 } });
      still = data === before ? still + 1 : 0;
      before = data;
    }
  }

  // timers is how many timeouts the page still waits for.
  async timers() { return value(await this.send("Runtime.evaluate", { expression: "globalThis[Symbol.for('viscoder.timers')]?.size ?? 0", returnByValue: true })); }

  async picture(clip) {
    const scale = Math.min(1, LONGEST / (2 * Math.max(clip.width, clip.height)));
    const { data } = await this.send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true, clip: { ...clip, scale } });
    fs.writeFileSync("figure-1.png", Buffer.from(data, "base64"));
  }

  // scene leaves what the page shows for those who ask; it never fails a run.
  async scene() {
    const r = await this.send("Runtime.evaluate", { expression: `(${scenePage})()`, returnByValue: true });
    const said = r.result && r.result.value;
    if (typeof said !== "string" || said.length > 4 << 20) return;
    fs.mkdirSync(".viscoder", { recursive: true });
    fs.writeFileSync(".viscoder/scene.json", said);
  }

  async pdf(clip) {
    const inch = (px) => Math.max(1, px / 96);
    const style = `@page{size:${clip.x + clip.width}px ${clip.y + clip.height + 1}px;margin:0}`;
    await this.send("Runtime.evaluate", { expression: `document.head.appendChild(Object.assign(document.createElement("style"),{textContent:${JSON.stringify(style)}}))`, contextId: this.world });
    await this.send("Emulation.setEmulatedMedia", { media: "screen" });
    const { data } = await this.send("Page.printToPDF", { printBackground: true, preferCSSPageSize: true, paperWidth: inch(clip.x + clip.width), paperHeight: inch(clip.y + clip.height), marginTop: 0, marginBottom: 0, marginLeft: 0, marginRight: 0, pageRanges: "1" });
    fs.writeFileSync("figure-1.pdf", Buffer.from(data, "base64"));
  }
}

function value(r) {
  if (r.exceptionDetails) {
    const e = r.exceptionDetails.exception;
    throw new Error(e && (e.description || String(e.value)) || r.exceptionDetails.text);
  }
  return r.result.value;
}

// clipOf is the part of the page that is drawn on, with a margin.
function clipOf(seen) {
  const whole = { x: 0, y: 0, width: Math.min(seen.page.width, 4000), height: Math.min(seen.page.height, 6000) };
  if (seen.empty) return { x: 0, y: 0, ...VIEW };
  const x = Math.max(0, Math.floor(seen.box.left - PAD)), y = Math.max(0, Math.floor(seen.box.top - PAD));
  const right = Math.min(whole.width, Math.ceil(seen.box.right + PAD)), bottom = Math.min(whole.height, Math.ceil(seen.box.bottom + PAD));
  return { x, y, width: Math.max(16, right - x), height: Math.max(16, bottom - y) };
}

async function renderHTML(page, report) {
  await page.open();
  await page.settle();
  const seen = await page.inWorld(inspectPage);
  await page.picture(clipOf(seen));
  if (FORMAT === "pdf") await page.pdf(clipOf(seen));
  await page.scene();
  report.pictures = [{ file: "figure-1.png", empty: seen.empty ? "the page shows nothing" : "", findings: seen.findings }];
}

function main() {
  const report = { pictures: [], notes: [] };
  const profile = fs.mkdtempSync(path.join(process.env.TMPDIR || "/tmp", "browser-"));
  const browser = new Browser(BROWSER, flagsOf(profile));
  return draw(browser, report).catch((e) => {
    report.error = report.error || { message: e.message, full: (e.stack || "") + "\n" + browser.said };
  }).finally(() => {
    browser.child.kill("SIGKILL");
    fs.mkdirSync(".viscoder", { recursive: true });
    fs.writeFileSync(".viscoder/report.json", JSON.stringify(report));
    process.exit(report.error ? 1 : 0);
  });
}

async function draw(browser, report) {
  const { targetInfos } = await browser.send("Target.getTargets");
  const { targetId } = targetInfos.find((t) => t.type === "page") || await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const page = new Page(browser, sessionId, fs.readFileSync(PROGRAM, "utf8"));
  try {
    await (KIND === "mermaid" ? renderMermaid : renderHTML)(page, report);
  } finally {
    report.notes = page.notes.slice(0, 5);
    const seen = worst(page);
    report.error = seen && seen.denied ? seen : report.error || seen;
  }
}

// worst is the problem to be mended first: what is missing comes before what
// breaks because of it.
function worst(page) {
  const sorted = page.problems.slice().sort((a, b) => a.rank - b.rank);
  if (!sorted.length) return undefined;
  const [first, ...rest] = sorted;
  const others = [...new Set(rest.map((p) => p.message))].filter((m) => m !== first.message);
  const note = first.note || (others.length ? "also: " + others.slice(0, 2).join("; ") : "") || page.notes[0] || "";
  return { message: first.message, line: first.line, column: first.column, syntax: !!first.syntax, denied: !!first.denied, note,
    full: sorted.map((p) => (p.full || p.message) + (p.line ? ` (line ${p.line})` : "")).join("\n") };
}

main();
