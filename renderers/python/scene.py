"""What a figure shows, in plain data: the marks with their numbers, axes,
titles, legends. Put before run.py, which calls scene_of when it keeps a figure;
whatever cannot be read is left out, and nothing here may fail a run.

The shape is that of the type Figure in renderers/scene.
"""

MOST_MARKS, MOST_VALUES, MOST_TEXTS, MOST_PANELS = 120, 400, 200, 24


def scene_of(figure):
    """The figure of matplotlib, plotly or altair as a dict, or None."""
    try:
        if hasattr(figure, "get_axes"):
            return MplScene(figure).figure()
        if hasattr(figure, "to_plotly_json"):
            return plotly_scene(figure)
        if isinstance(figure, dict):
            return plotly_scene(figure)
        if hasattr(figure, "to_dict"):
            return altair_scene(figure)
    except Exception as e:
        return {"failed": "%s: %s" % (type(e).__name__, str(e)[:200])}
    return None


def numbers(values):
    """Floats of an array, those that are none as None; at most MOST_VALUES."""
    import itertools
    import math
    out = []
    for v in itertools.islice(values, MOST_VALUES):
        try:
            f = float(v)
            out.append(f if math.isfinite(f) else None)
        except (TypeError, ValueError):
            out.append(None)
    return out


def short(text):
    return " ".join(str(text).split())[:160]


# ---- plotly

def plotly_scene(figure):
    d = figure.to_plotly_json() if hasattr(figure, "to_plotly_json") else figure
    layout = d.get("layout") or {}
    text = lambda v: short(v.get("text") or "" if isinstance(v, dict) else v or "")
    panels = {}
    for trace in d.get("data") or []:
        name = str(trace.get("xaxis") or trace.get("scene") or trace.get("geo") or "x")
        p = panels.setdefault(name, {"kind": "rectilinear", "title": "", "marks": [], "legends": [], "texts": [], "x": {}, "y": {}})
        p["marks"] += plotly_trace(trace, layout)
    for name, p in panels.items():
        end = name.lstrip("xscenego")
        scene = layout.get("scene" + end) if name.startswith("scene") else None
        for side in "xyz" if scene else "xy":
            p[side] = plotly_axis((scene or layout).get("%saxis%s" % (side, "" if scene else end)) or {}, side, p["marks"], text)
    names = [short(t["name"]) for t in d.get("data") or [] if t.get("name") and t.get("showlegend", True)]
    pies = [short(l) for t in d.get("data") or [] if t.get("type") == "pie" for l in (t.get("labels") if t.get("labels") is not None else [])]
    if layout.get("showlegend", len(names) > 1 or bool(pies)) and (names or pies) and panels:
        next(iter(panels.values()))["legends"] = [{"title": text(((layout.get("legend") or {}).get("title")) or ""), "entries": (names or pies)[:60]}]
    notes = [text(a) for a in layout.get("annotations") or []]
    return {"title": text(layout.get("title") or ""), "panels": list(panels.values())[:MOST_PANELS], "legends": [], "texts": notes[:MOST_TEXTS], "colorbars": []}


def plotly_axis(axis, side, marks, text):
    kind = axis.get("type") or ""
    names = [n for m in marks for n in m.get(side + "n") or []]
    if not kind:
        kind = "linear" if not names else "date" if all(n[:4].isdigit() and n[4:5] == "-" for n in names) else "category"
    return {"label": text(axis.get("title") or ""), "scale": kind, "ticks": names[:60], "inverted": axis.get("autorange") == "reversed"}


PLOTLY = {"bar": "bar", "scatter": "line", "scattergl": "line", "scatter3d": "point", "pie": "wedge", "histogram": "bar", "box": "box", "violin": "violin", "heatmap": "image", "contour": "contour",
          "surface": "surface", "scatterpolar": "line", "barpolar": "bar", "treemap": "treemap", "sunburst": "sunburst", "sankey": "sankey", "funnel": "funnel", "waterfall": "waterfall",
          "candlestick": "candlestick", "ohlc": "candlestick", "choropleth": "map", "scattergeo": "map", "parcoords": "parallel", "histogram2d": "image", "indicator": "indicator", "icicle": "icicle", "table": "table"}


def plotly_trace(t, layout):
    kind = t.get("type") or "scatter"
    mark = {"type": PLOTLY.get(kind, kind), "label": short(t.get("name") or ""), "horizontal": t.get("orientation") == "h"}
    if kind in ("scatter", "scattergl"):
        mode = t.get("mode") or ("lines" if t.get("x") is not None and len(t["x"]) > 20 else "lines+markers")
        mark["type"] = "area" if t.get("fill") not in (None, "none") or t.get("stackgroup") else "line" if "lines" in mode else "point"
        mark["marker"] = "markers" in mode
    if kind in ("scatterpolar", "barpolar"):
        mark["polar"] = True
    if kind == "histogram":
        mark["touching"] = True
    if kind == "pie":
        mark["hole"] = bool(t.get("hole"))
    mark["stacked"] = bool(t.get("stackgroup")) or layout.get("barmode") in ("stack", "relative", None) and kind in ("bar", "histogram")
    for key, side in (("x", "x"), ("y", "y"), ("z", "z"), ("theta", "x"), ("r", "y"), ("labels", "x"), ("values", "y"), ("open", "z"), ("close", "y")):
        if t.get(key) is not None:
            plotly_values(mark, side, t[key])
    m = t.get("marker") or {}
    if isinstance(m.get("color"), str):
        mark["colours"] = [m["color"]]
    if isinstance(m.get("size"), (list, tuple)) or hasattr(m.get("size"), "tolist"):
        mark["size"] = numbers(m["size"])
    mark["n"] = max([len(mark.get(k) or []) for k in ("x", "y", "z", "xn", "yn")] + [1])
    if mark["type"] == "image" and t.get("z") is not None:
        mark["n"] = sum(len(r) for r in t["z"])
        mark["c"] = mark.pop("z", [])
    if kind == "sankey":
        mark["n"] = len((t.get("link") or {}).get("value") or [])
        mark["y"] = numbers((t.get("link") or {}).get("value") or [])
        mark["xn"] = [short(l) for l in (t.get("node") or {}).get("label") or []]
    return [mark]


def plotly_values(mark, side, values):
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    if values and isinstance(values[0], (list, tuple)):
        values = [v for row in values for v in row]
    import numbers as kinds
    if all(isinstance(v, kinds.Number) or v is None for v in values):
        mark[side] = numbers(values)
    else:
        names = [v.isoformat() if hasattr(v, "isoformat") else str(v) for v in values[:MOST_VALUES]]
        mark[side + "n"] = [short(n.replace("T00:00:00", "")) for n in names]


# ---- altair

def altair_scene(chart):
    import json
    import vl_convert
    spec = chart.to_dict()
    drawn = vl_convert.vegalite_to_svg(spec)
    slim = json.loads(json.dumps(spec, default=str))
    slim.pop("datasets", None)
    return {"spec": slim, "svg": drawn if len(drawn) < 300000 else ""}
