// Mermaid diagrams: the library itself, in a page that holds nothing else.

// drawMermaid runs in the page.
async function drawMermaid(text, labels) {
  const font = '"Liberation Sans", Arial, "DejaVu Sans", sans-serif'; // as narrow as the fonts that Mermaid is made for
  const config = {
    startOnLoad: false, securityLevel: "strict", deterministicIds: true, deterministicIDSeed: "viscoder", suppressErrorRendering: true,
    theme: "default", htmlLabels: labels, flowchart: { htmlLabels: labels }, fontFamily: font, themeVariables: { fontFamily: font }, maxTextSize: 200000,
    // These do not follow fontFamily, and text is measured by them.
    sequence: { actorFontFamily: font, noteFontFamily: font, messageFontFamily: font },
    secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "suppressErrorRendering", "maxEdges", "htmlLabels", "themeCSS", "fontFamily", "altFontFamily", "dompurifyConfig"],
  };
  mermaid.initialize(config);
  try {
    await mermaid.parse(text);
    const { svg, diagramType } = await mermaid.render("figure", text);
    const out = document.getElementById("out");
    out.innerHTML = svg;
    const s = out.querySelector("svg"), v = s.viewBox.baseVal;
    // Its natural size, and not that of a column of text.
    if (v && v.width) { s.style.maxWidth = "none"; s.setAttribute("width", v.width); s.setAttribute("height", v.height); }
    return { kind: diagramType, svg: new XMLSerializer().serializeToString(s) };
  } catch (e) {
    const at = e.hash && e.hash.loc || null;
    return { error: { name: e.name, message: String(e.message || e), hash: e.hash ? { text: e.hash.text, token: e.hash.token, line: e.hash.line, loc: at && { ...at }, expected: e.hash.expected } : null } };
  }
}

async function renderMermaid(page, report) {
  await page.open();
  const run = async (labels) => value(await page.send("Runtime.evaluate", { expression: `(${drawMermaid})(${JSON.stringify(page.source)}, ${labels})`, awaitPromise: true, returnByValue: true }));
  const drawn = await run(true);
  if (drawn.error) {
    report.error = explainMermaid(page.source, drawn.error);
    return;
  }
  await page.inWorld(settlePage); // a diagram does not move
  const seen = await page.inWorld(inspectPage);
  await page.picture(clipOf(seen));
  if (FORMAT === "pdf") await page.pdf(clipOf(seen));
  if (FORMAT === "svg") {
    const plain = await run(false);  // text that every viewer of SVG shows
    if (plain.svg) fs.writeFileSync("figure-1.svg", plain.svg);
  }
  report.pictures = [{ file: "figure-1.png", empty: seen.empty ? "the diagram is empty" : "", findings: seen.findings }];
}

// keptLines are the numbers of the lines that reach a diagram's parser:
// mermaid takes front matter, comments and leading blank lines away before.
function keptLines(source) {
  const lines = source.split("\n"), kept = [];
  let n = 0;
  while (n < lines.length && !lines[n].trim()) n++;
  if (/^-{3}\s*$/.test(lines[n] || "")) {
    const end = lines.findIndex((l, i) => i > n && /^\s*-{3}\s*$/.test(l));
    if (end > 0) n = end + 1;
  }
  for (; n < lines.length; n++) {
    if (/^\s*%%(?!\{)/.test(lines[n])) continue;
    const bare = lines[n].replace(/%%\{[^]*?\}%%/g, "");
    if (!kept.length && !bare.trim()) continue;
    kept.push(n + 1);
  }
  return kept;
}

function explainMermaid(source, e) {
  const kept = keptLines(source), h = e.hash || {};
  let message = e.message.trim(), line = 0, column = 0, note = "";
  const jison = /^(?:Parse|Lexical) error on line (\d+)[:.]([^]*)$/.exec(message);
  const langium = /(?:Parse error|Lexer error) on line (\d+|NaN), column (\d+|NaN): ([^\n]*)/.exec(message);
  if (jison) {
    // Its own count starts at 1 for some kinds of error and at 0 for others; the excerpt decides.
    const loc = h.loc;
    let n = loc ? loc.last_line || loc.first_line : +jison[1];
    if (h.token && /^(NEWLINE|EOF|SPACE|SEMI|1|NL)$/.test(h.token) || !loc) n = +jison[1];
    line = kept[n - 1] || kept[kept.length - 1] || 1;
    const excerpt = jison[2].trim().split("\n"), caret = excerpt.findIndex((l) => /^-*\^/.test(l));
    const said = excerpt.slice(caret + 1).join(" ").trim();
    if (caret > 0) { ({ line, column } = placeOf(source.split("\n"), kept, excerpt[caret - 1], excerpt[caret].indexOf("^"), n)); }
    message = said ? said.replace(/^(Expecting [^]*), got '([^']*)'$/, (all, list, got) => { note = shorten(list); return `unexpected ${nameOf(got, h)}`; }) : "unrecognized text";
    message = "Parse error: " + message;
  } else if (langium) {
    line = kept[+langium[1] - 1] || kept[kept.length - 1] || 1;
    column = +langium[2] || 0;
    message = "Parse error: " + langium[3].replace(/ at offset: \d+, skipped \d+ characters\.?/, ",").replace(/->(.*?)<-/, "“$1”");
  } else if (e.name === "UnknownDiagramError" || /No diagram type detected/.test(message)) {
    line = kept[0] || 1;
    message = `unknown diagram type: ${(source.split("\n")[line - 1] || "").trim().slice(0, 60) || "the text is empty"}`;
    note = "the first line names the type: flowchart TD, sequenceDiagram, classDiagram, stateDiagram-v2, erDiagram, gantt, pie, journey, gitGraph, mindmap, timeline, quadrantChart, xychart-beta, sankey-beta, block-beta";
  } else if (e.name === "YAMLException") {
    const m = /\((\d+):(\d+)\)/.exec(message);
    const start = source.split("\n").findIndex((l) => l.trim());
    if (m) { line = +m[1] + start + 1; column = +m[2]; }
    message = "front matter is not valid YAML: " + message.split("\n")[0];
  }
  return { message, line, column, syntax: true, note, full: e.message };
}

// placeOf finds the place that an excerpt of the parser points at. The excerpt
// runs over line ends without showing them; n counts the parser's lines.
function placeOf(lines, kept, excerpt, caret, n) {
  const text = excerpt.replace(/^\.\.\./, ""), shift = excerpt.length - text.length;
  const seen = kept.map((k) => lines[k - 1]);
  for (let from = Math.min(n, seen.length); from >= 1 && from > n - 6; from--) {
    const at = seen.slice(from - 1).join("").indexOf(text);
    if (at < 0) continue;
    let left = at + Math.max(0, caret - shift), i = from - 1;
    while (i < seen.length - 1 && left > seen[i].length) { left -= seen[i].length; i++; }
    return { line: kept[i], column: left + 1 };
  }
  return { line: kept[n - 1] || kept[kept.length - 1] || 1, column: 0 };
}

function nameOf(token, h) {
  const known = { NEWLINE: "end of line", EOF: "end of the diagram", NL: "end of line", 1: "end of the diagram", PS: "“(”", PE: "“)”", SQS: "“[”", SQE: "“]”", DIAMOND_START: "“{”", DIAMOND_STOP: "“}”", SPACE: "space" };
  const shown = h.text && h.text.trim() ? `“${h.text.trim().slice(0, 40)}”` : "";
  return known[token] || shown || `'${token}'`;
}

function shorten(list) {
  const items = list.replace(/^Expecting /, "").split(", ");
  return items.length > 6 ? "" : "expected " + items.join(", ");
}
