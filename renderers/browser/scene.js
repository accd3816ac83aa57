// What a page shows, in plain data: its texts and shapes, and the charts of the
// libraries that can be asked. The shape is that of renderers/scene. scenePage
// runs in the page's own world, where the libraries are, so it is a claim.
function scenePage() {
  const short = (s) => String(s ?? "").replace(/\s+/g, " ").trim().slice(0, 160);
  const numbers = (list) => Array.from(list || []).slice(0, 400).map((v) => (v === null || v === "" || typeof v === "boolean" || !isFinite(v) ? null : Number(v)));
  const isNumber = (v) => typeof v === "number" || v === null || (typeof v === "string" && v.trim() !== "" && isFinite(v));
  const text = (v) => short(Array.isArray(v) ? v.join(" ") : v && typeof v === "object" ? v.text : v);
  const panel = () => ({ kind: "rectilinear", title: "", x: {}, y: {}, z: {}, legends: [], texts: [], marks: [] });
  const place = (mark, side, values) => {
    const list = Array.from(values || []).slice(0, 400);
    if (list.every(isNumber)) mark[side] = numbers(list);
    else mark[side + "n"] = list.map((v) => short(v instanceof Date ? v.toISOString().slice(0, 10) : v));
  };

  const chartjs = (c) => {
    const p = panel(), o = c.options, horizontal = o.indexAxis === "y";
    const types = { bar: "bar", line: "line", scatter: "point", bubble: "point", pie: "wedge", doughnut: "wedge", radar: "line", polarArea: "bar" };
    p.title = text(o.plugins?.title?.display ? o.plugins.title.text : "");
    for (const side of ["x", "y"]) {
      const s = c.scales?.[side];
      if (!s) continue;
      p[side] = { label: text(s.options?.title?.display ? s.options.title.text : ""), scale: { logarithmic: "log", time: "date", timeseries: "date" }[s.type] || s.type || "linear",
        ticks: (s.ticks || []).slice(0, 60).map((t) => short(t.label)), inverted: !!s.options?.reverse };
    }
    const labels = (c.data.labels || []).map((l) => (Array.isArray(l) ? l.join(" ") : l));
    for (const d of c.data.datasets) {
      const type = d.type || c.config.type, round = type === "pie" || type === "doughnut";
      const m = { type: d.fill && type === "line" && d.fill !== "none" ? "area" : types[type] || type, label: short(d.label), horizontal, polar: type === "radar" || type === "polarArea", hole: type === "doughnut",
        stacked: !!(c.scales?.x?.options?.stacked && c.scales?.y?.options?.stacked || c.scales?.y?.options?.stacked && type === "line"), colours: [].concat(d.backgroundColor || [], d.borderColor || []).filter((x) => typeof x === "string").slice(0, 20), n: d.data.length };
      const pairs = d.data.length && d.data[0] && typeof d.data[0] === "object" && !Array.isArray(d.data[0]);
      if (pairs) { place(m, "x", d.data.map((v) => v.x)); place(m, "y", d.data.map((v) => v.y)); if (d.data[0].r !== undefined) m.size = numbers(d.data.map((v) => v.r)); }
      else { place(m, horizontal ? "y" : "x", labels); place(m, horizontal ? "x" : "y", d.data); if (labels.every(isNumber)) m[(horizontal ? "y" : "x") + "n"] = labels.map(short); }
      if (round) { const sum = d.data.reduce((a, b) => a + Number(b), 0); m.z = numbers(d.data.map((v) => v / sum)); }
      p.marks.push(m);
    }
    const items = c.legend?.legendItems;
    if (o.plugins?.legend?.display !== false && items?.length) p.legends = [{ title: text(o.plugins?.legend?.title?.text), entries: items.map((i) => short(i.text)) }];
    return { title: "", panels: [p], legends: [], texts: [] };
  };

  const echart = (chart) => {
    const o = chart.getOption(), p = panel();
    p.title = (o.title || []).map((t) => short(t.text) + " " + short(t.subtext)).join(" ");
    for (const side of ["x", "y"]) {
      const a = (o[side + "Axis"] || [])[0];
      if (a) p[side] = { label: short(a.name), scale: { value: "linear", time: "date" }[a.type] || a.type, ticks: (a.data || []).slice(0, 60).map((d) => short(d?.value ?? d)), inverted: !!a.inverse };
    }
    const horizontal = p.y.scale === "category" && p.x.scale !== "category";
    const types = { bar: "bar", line: "line", scatter: "point", effectScatter: "point", pie: "wedge", radar: "line", heatmap: "image", boxplot: "box", candlestick: "candlestick", graph: "network", sankey: "sankey", treemap: "treemap", sunburst: "sunburst", gauge: "gauge", funnel: "funnel", tree: "tree", themeRiver: "area" };
    const table = (o.dataset || [])[0]?.source;
    for (const s of o.series || []) {
      let data = s.data || [];
      if (!data.length && Array.isArray(table)) data = table.slice(1).map((r) => (Array.isArray(r) ? r : Object.values(r)));
      const values = data.map((d) => d?.value ?? d);
      const m = { type: s.areaStyle && s.type === "line" ? "area" : types[s.type] || s.type, label: short(s.name), horizontal, stacked: !!s.stack, polar: s.type === "radar" || s.coordinateSystem === "polar", hole: s.type === "pie" && Array.isArray(s.radius) && parseFloat(s.radius[0]) > 0, n: values.length,
        colours: [s.itemStyle?.color, s.lineStyle?.color, ...data.map((d) => d?.itemStyle?.color)].filter((c) => typeof c === "string").slice(0, 20) };
      const category = p[horizontal ? "y" : "x"].ticks || [];
      if (s.type === "heatmap") { m.c = numbers(values.map((v) => v[2])); m.xn = p.x.ticks; m.yn = p.y.ticks; }
      else if (values.length && Array.isArray(values[0]) && s.type !== "radar") { place(m, "x", values.map((v) => v[0])); place(m, "y", values.map((v) => v[1])); if (values[0].length > 2) m.size = numbers(values.map((v) => v[2])); }
      else if (s.type === "radar") { m.y = numbers(values.flat()); m.n = values.length; }
      else { place(m, horizontal ? "x" : "y", values); m[(horizontal ? "y" : "x") + "n"] = category; }
      if (s.links || s.edges) { const links = s.links || s.edges; m.y = numbers(links.map((l) => l.value)); m.n = s.type === "graph" ? values.length : links.length; }
      const names = [];
      const tree = (nodes) => { for (const n of nodes || []) { if (n?.name !== undefined) { names.push(short(n.name)); tree(n.children); } } };
      tree(s.data);
      tree(s.nodes);
      if (names.length) p.texts.push(...names.slice(0, 200));
      if (s.type === "pie" && names.length) m.xn = names;
      p.marks.push(m);
    }
    for (const r of o.radar || []) p.texts.push(...(r.indicator || []).map((i) => short(i.name ?? i.text)));
    if (o.visualMap?.length) p.legends.push({ title: "", entries: ["scale"] });
    for (const l of o.legend || []) if (l.show !== false) p.legends.push({ title: "", entries: (l.data?.length ? l.data.map((d) => short(d?.name ?? d)) : (o.series || []).flatMap((s) => (s.type === "pie" ? (s.data || []).map((d) => short(d.name)) : [short(s.name)]))).slice(0, 60) });
    return { title: "", panels: [p], legends: [], texts: [] };
  };

  const plot = (e) => {
    const l = e.layout || {}, p = panel();
    const types = { bar: "bar", pie: "wedge", histogram: "bar", box: "box", violin: "violin", heatmap: "image", contour: "contour", surface: "surface", scatter3d: "point", scatterpolar: "line", barpolar: "bar", treemap: "treemap", sunburst: "sunburst", sankey: "sankey", candlestick: "candlestick" };
    for (const side of ["x", "y"]) { const a = l[side + "axis"] || {}; p[side] = { label: text(a.title), scale: { "": "linear" }[a.type ?? ""] || a.type, inverted: a.autorange === "reversed" }; }
    for (const t of e.data || []) {
      const mode = t.mode || "lines+markers", scatter = !t.type || t.type === "scatter" || t.type === "scattergl";
      const m = { type: scatter ? (t.fill && t.fill !== "none" || t.stackgroup ? "area" : mode.includes("lines") ? "line" : "point") : types[t.type] || t.type, label: short(t.name), horizontal: t.orientation === "h", touching: t.type === "histogram",
        stacked: l.barmode === "stack" || !!t.stackgroup, polar: /polar$/.test(t.type || ""), hole: !!t.hole, colours: [t.marker?.color, t.line?.color].filter((c) => typeof c === "string") };
      for (const [key, side] of [["x", "x"], ["y", "y"], ["z", "z"], ["labels", "x"], ["values", "y"], ["theta", "x"], ["r", "y"]]) if (t[key]) place(m, side, Array.from(t[key]).flatMap((v) => (v?.length && typeof v !== "string" ? Array.from(v) : [v])));
      if (m.type === "image") m.c = m.z;
      if (t.marker?.size?.length) m.size = numbers(t.marker.size);
      m.n = Math.max(...["x", "y", "z", "xn", "yn"].map((k) => m[k]?.length || 0), 1);
      p.marks.push(m);
    }
    const names = (e.data || []).filter((t) => t.name && t.showlegend !== false).map((t) => short(t.name));
    if (l.showlegend !== false && (names.length > 1 || l.showlegend)) p.legends = [{ title: "", entries: names }];
    return { title: text(l.title), panels: [p], legends: [], texts: (l.annotations || []).map(text) };
  };

  const shapes = (page) => {
    const lists = {}, add = (key, v) => { if (isFinite(v)) (lists[key] = lists[key] || []).push(Math.round(v * 1000) / 1000); };
    for (const s of document.querySelectorAll("svg rect, svg circle, svg path, svg line, svg polyline, svg polygon, svg ellipse")) {
      if (s.closest("defs,clipPath,mask,marker,symbol") || !s.getBBox) continue;
      const b = s.getBoundingClientRect(), tag = s.tagName.toLowerCase();
      if (tag === "path" || tag === "polyline") {
        const own = {}, points = (s.getAttribute(tag === "path" ? "d" : "points") || "").match(/-?\d*\.?\d+(?:e[-+]?\d+)?/gi) || [];
        if (points.length >= 6 && points.length <= 400) { own.xs = points.filter((_, i) => i % 2 === 0).map(Number); own.ys = points.filter((_, i) => i % 2).map(Number); lists["p" + Object.keys(lists).length + "x"] = own.xs; lists["p" + Object.keys(lists).length + "y"] = own.ys; }
      }
      add(tag + ".width", b.width); add(tag + ".height", b.height); add(tag + ".x", b.x + b.width / 2); add(tag + ".y", b.y + b.height / 2); add(tag + ".top", b.y); add(tag + ".right", b.right);
      if (tag === "circle") add("circle.area", b.width * b.width);
      const style = getComputedStyle(s);
      for (const c of [style.fill, style.stroke]) if (c && c !== "none" && !page.fills.includes(c) && page.fills.length < 200) page.fills.push(c);
    }
    for (const e of document.querySelectorAll("body *:not(svg *)")) {
      const b = e.getBoundingClientRect(), style = getComputedStyle(e), c = style.backgroundColor;
      if (c && !/rgba\(0, 0, 0, 0\)/.test(c) && b.width && b.height) {
        if (!page.fills.includes(c) && page.fills.length < 200) page.fills.push(c);
        const key = "div." + (e.className || e.tagName);
        add(key + ".width", b.width); add(key + ".height", b.height);
      }
    }
    page.lengths = Object.values(lists).filter((l) => l.length >= 3 && l.length <= 400).slice(0, 80);
  };

  const page = { texts: [], elements: {}, fills: [], lengths: [] }, figures = [];
  const quietly = (f) => { try { f(); } catch (unknown) { /* what cannot be asked is left out */ } };
  for (const e of document.querySelectorAll("body *")) {
    const tag = e.tagName.toLowerCase();
    if (tag === "script" || tag === "style") continue;
    page.elements[tag] = (page.elements[tag] || 0) + 1;
    const own = Array.from(e.childNodes).filter((n) => n.nodeType === 3).map((n) => n.data).join(" ").trim();
    if (own && page.texts.length < 600) page.texts.push(short(own));
  }
  quietly(() => shapes(page));
  quietly(() => { for (const c of Object.values(globalThis.Chart?.instances || {})) figures.push(chartjs(c)); });
  quietly(() => { for (const e of document.querySelectorAll("[_echarts_instance_]")) figures.push(echart(globalThis.echarts.getInstanceByDom(e))); });
  quietly(() => { for (const e of document.querySelectorAll(".js-plotly-plot")) figures.push(plot(e)); });
  return JSON.stringify({ figures, page });
}
