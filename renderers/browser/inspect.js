// What runs inside the page, in a world of its own: the page's scripts cannot
// reach it. Each function is sent as text, so it uses nothing from outside.

// countTimers runs before the page's scripts, in their world, and keeps the
// timeouts that are soon to come: a page that waits for one is not done.
function countTimers(soon) {
  const waiting = new Set(), set = globalThis.setTimeout, clear = globalThis.clearTimeout;
  Object.defineProperty(globalThis, Symbol.for("viscoder.timers"), { value: waiting });
  globalThis.setTimeout = (f, delay, ...rest) => {
    const id = set(typeof f !== "function" ? f : (...a) => { waiting.delete(id); return f(...a); }, delay, ...rest);
    if (typeof f === "function" && !(delay > soon)) waiting.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => { waiting.delete(id); clear(id); };
}

// settlePage waits for fonts and for what is drawn with the next frames.
async function settlePage() {
  const frame = () => new Promise((done) => { requestAnimationFrame(done); setTimeout(done, 250); });
  await document.fonts.ready;
  if (document.head && !document.getElementById("viscoder-style")) {
    // Buttons are of no use in a picture.
    const style = Object.assign(document.createElement("style"), { id: "viscoder-style", textContent: ".modebar-container,.vega-embed details,.vega-embed .vega-actions{display:none!important}" });
    document.head.appendChild(style);
  }
  for (const a of document.getAnimations ? document.getAnimations() : []) {
    try { a.finish(); } catch (endless) { a.pause(); }
  }
  await frame();
  await frame();
  return true;
}

// inspectPage measures what is drawn: the box around it, and what is wrong.
function inspectPage() {
  const findings = [], box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const page = { width: Math.max(document.documentElement.scrollWidth, innerWidth), height: Math.max(document.documentElement.scrollHeight, innerHeight) };
  const say = (grade, code, message) => { if (findings.length < 12) findings.push({ grade, code, message }); };
  const quote = (s) => { s = s.trim().replace(/\s+/g, " "); return "“" + (s.length > 40 ? s.slice(0, 39) + "…" : s) + "”"; };
  const name = (e) => `<${e.tagName.toLowerCase()}${e.id ? ' id="' + e.id + '"' : ""}>`;
  const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  let charts = 0; // that have a size
  const add = (r) => {
    if (!(r.width > 0 || r.height > 0)) return;
    box.left = Math.min(box.left, r.left + scrollX); box.top = Math.min(box.top, r.top + scrollY);
    box.right = Math.max(box.right, r.right + scrollX); box.bottom = Math.max(box.bottom, r.bottom + scrollY);
  };
  const paints = (e) => {
    const s = getComputedStyle(e);
    const clear = (c) => c === "transparent" || /,\s*0\)$/.test(c);
    return !clear(s.backgroundColor) || s.backgroundImage !== "none" || s.boxShadow !== "none" ||
      ["Top", "Right", "Bottom", "Left"].some((side) => parseFloat(s["border" + side + "Width"]) > 0 && s["border" + side + "Style"] !== "none");
  };

  const blankCanvas = (c) => {
    const context = c.getContext("2d");
    if (!context) return false; // WebGL: its pixels cannot be asked for
    try {
      const seen = new Uint32Array(context.getImageData(0, 0, c.width, c.height).data.buffer);
      return seen.every((p) => p === seen[0]);
    } catch (tainted) { return false; }
  };
  const checkCanvas = (c) => {
    const r = c.getBoundingClientRect();
    if (!c.width || !c.height || !r.width || !r.height) say("error", "zero-size", `${name(c)} has no size (${c.width}×${c.height} pixels, shown at ${Math.round(r.width)}×${Math.round(r.height)})`);
    else if (blankCanvas(c)) say("warning", "empty-canvas", `nothing is drawn on ${name(c)}`);
    else charts++;
  };
  const checkSVG = (s) => {
    const r = s.getBoundingClientRect();
    const drawn = [...s.querySelectorAll("path,rect,circle,ellipse,line,polyline,polygon,text,image,use,foreignObject")].some((e) => !e.closest("defs,symbol,clipPath,mask,pattern,marker"));
    if (!drawn) { if (!s.querySelector("defs,symbol")) say("warning", "empty-svg", `${name(s)} is empty`); }
    else if (!r.width || !r.height) say("error", "zero-size", `${name(s)} has no size: give it width and height`);
    else charts++;
  };
  // checkContainer finds what a script was to fill and did not.
  const holds = /(?:^|[-_])(?:chart|plot|graph|diagram|viz|vis)(?:[-_]?(?:container|area|wrapper|div|root|\d+))?$/i;
  const checkContainer = (e) => {
    const named = [e.id, ...e.classList].some((n) => holds.test(n.replace(/([a-z])([A-Z])/g, "$1-$2")));
    if (named && !e.firstElementChild && !e.textContent.trim() && !paints(e)) say("error", "empty-container", `nothing is drawn in ${name(e)}`);
  };
  // Words of a drawing over each other, where both lie straight; the same words twice are a shadow.
  const words = [];
  const checkOverlap = () => {
    for (let i = 0; i < words.length; i++) for (let j = i + 1; j < words.length; j++) {
      const a = words[i], b = words[j], p = a.box, q = b.box;
      const w = Math.min(p.right, q.right) - Math.max(p.left, q.left), h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      // Boxes of text have air above and below the letters.
      if (w > 0 && h > 0 && a.text !== b.text && h > 0.45 * Math.min(p.height, q.height) && w > 0.2 * Math.min(p.width, q.width)) {
        return say("warning", "overlapping-text", `the texts ${quote(a.text)} and ${quote(b.text)} overlap: move them apart, rotate them or show fewer`);
      }
    }
  };
  const clipperOf = (e) => {
    for (let p = e.parentElement; p && p !== document.body && p !== document.documentElement; p = p.parentElement) {
      if (getComputedStyle(p).overflow.split(" ").includes("hidden")) return p;
    }
    return null;
  };
  const checkText = (e, text, r) => {
    if (!r.width || !r.height) { say("warning", "zero-size-text", `the text ${quote(text)} has no size and is not seen`); return; }
    const edge = (inner, outer) => inner.left < outer.left - 2 ? "left" : inner.right > outer.right + 2 ? "right" : inner.top < outer.top - 3 ? "top" : inner.bottom > outer.bottom + 3 ? "bottom" : "";
    const clipper = clipperOf(e);
    const out = clipper && edge(r, clipper.getBoundingClientRect());
    if (out) say("warning", "clipped-text", `the text ${quote(text)} is cut off at the ${out} edge of ${name(clipper)}`);
    else if (r.left + scrollX < -2 || r.top + scrollY < -3) say("warning", "clipped-text", `the text ${quote(text)} lies outside of the page`);
  };

  for (const e of document.body ? document.body.querySelectorAll("*") : []) {
    const tag = e.tagName.toLowerCase();
    if (tag === "script" || tag === "style" || !shown(e)) continue;
    if (tag === "canvas") checkCanvas(e);
    if (["div", "section", "figure", "main", "article"].includes(tag)) checkContainer(e);
    if (tag === "svg" && !e.parentElement.closest("svg")) checkSVG(e);
    if (["svg", "canvas", "img", "video", "iframe", "input", "button", "select", "hr", "table"].includes(tag) || !e.closest("svg") && paints(e)) add(e.getBoundingClientRect());
    for (const child of e.childNodes) {
      if (child.nodeType !== 3 || !child.data.trim() || e.closest("defs,title,desc,metadata,noscript,template,select,option")) continue;
      const range = document.createRange();
      range.selectNodeContents(child);
      const r = range.getBoundingClientRect();
      checkText(e, child.data, r);
      const straight = e instanceof SVGElement && e.getScreenCTM && Math.abs(e.getScreenCTM().b) < 1e-6;
      if (straight && r.width && r.height && words.length < 300) words.push({ text: child.data.trim(), box: r });
      if (!e.closest("svg")) add(r);
    }
  }
  checkOverlap();
  // Beside a chart that is seen, one without size may be meant so.
  if (charts) for (const f of findings) f.grade = "warning";
  const empty = !(box.right > box.left && box.bottom > box.top);
  return { findings, page, empty, box: empty ? null : box, text: document.body ? document.body.innerText.trim().slice(0, 200) : "" };
}
