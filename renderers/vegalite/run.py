"""Renders the Vega-Lite specification in this folder.

Started in the sandbox as `python -I -c <this> SPEC FORMAT DATA…`, where DATA
are the names of the data files. Data is put into the specification here, so
the renderer never loads anything itself. A failed rendering is explained by
the schema, because the compiler's own words are a JavaScript stack.
"""
import json
import os
import sys

SPEC, FORMAT, DATA = sys.argv[1], sys.argv[2], sys.argv[3:]
LONGEST = 4096


# ---- data

def inline(node, columns):
    """Replaces every {"url": FILE} of a data source by the file's values, and
    notes the columns of each table in columns."""
    if isinstance(node, list):
        for child in node:
            inline(child, columns)
        return
    if not isinstance(node, dict):
        return
    data = node.get("data")
    if isinstance(data, dict):
        if isinstance(data.get("url"), str):
            load(data, columns)
        elif isinstance(data.get("values"), list):
            note(columns, "the values", data["values"])
    for key, child in node.items():
        if key != "values":
            inline(child, columns)


def load(data, columns):
    name = os.path.basename(data.pop("url"))
    form = data.setdefault("format", {})
    kind = form.get("type") or os.path.splitext(name)[1].lstrip(".").lower()
    if kind in ("xlsx", "parquet", "jsonl", "ndjson"):
        rows = table(name, kind)
        form.pop("type", None)
    else:
        with open(name, encoding="utf-8-sig", errors="replace") as f:
            rows = f.read()
        if kind in ("json", "topojson", "geojson"):
            rows = json.loads(rows)
            form["type"] = "topojson" if kind == "topojson" else "json"
        else:
            form["type"] = kind if kind in ("csv", "tsv", "dsv") else "csv"
            header = rows.split("\n", 1)[0].strip("\r")
            delimiter = {"tsv": "\t", "dsv": form.get("delimiter", ",")}.get(form["type"], ",")
            import csv
            columns[name] = next(csv.reader([header], delimiter=delimiter), [])
    if isinstance(rows, list):
        note(columns, name, rows)
    data["values"] = rows


def table(name, kind):
    import pandas as pd
    if kind in ("jsonl", "ndjson"):
        df = pd.read_json(name, lines=True)
    else:
        df = pd.read_excel(name) if kind == "xlsx" else pd.read_parquet(name)
    return json.loads(df.to_json(orient="records", date_format="iso"))


def note(columns, name, rows):
    names = set()
    for row in rows[:1000]:
        if isinstance(row, dict):
            names.update(row)
    if names:
        columns[name] = sorted(names)


# ---- fields that no data has

POSITION = ("x", "y", "x2", "y2", "theta", "theta2", "radius", "radius2", "latitude", "longitude")


def fields(node, found):
    """Collects (channel, field) of all encodings."""
    if isinstance(node, list):
        for child in node:
            fields(child, found)
    elif isinstance(node, dict):
        for channel, d in (node.get("encoding") or {}).items() if isinstance(node.get("encoding"), dict) else ():
            for one in d if isinstance(d, list) else [d]:
                if isinstance(one, dict) and isinstance(one.get("field"), str):
                    found.append((channel, one["field"]))
        for key, child in node.items():
            if key not in ("values", "datasets"):
                fields(child, found)


def made(node, names):
    """Collects the names that transforms make; returns False where they
    cannot be known."""
    sure = True
    if isinstance(node, list):
        for child in node:
            sure = made(child, names) and sure
    elif isinstance(node, dict):
        sure = not any(k in node for k in ("pivot", "flatten", "lookup", "repeat", "sequence", "graticule", "sphere", "datasets"))
        out = node.get("as")
        names.update([out] if isinstance(out, str) else [n for n in out or [] if isinstance(n, str)])
        if "fold" in node and "as" not in node:
            names.update(["key", "value"])
        if "density" in node and "as" not in node:
            names.update(["value", "density"])
        for key, child in node.items():
            if key != "values":
                sure = made(child, names) and sure
    return sure


def missing(spec, columns):
    """Fields that certainly do not exist, by channel, in the order met."""
    found, names = [], set()
    fields(spec, found)
    if not columns or not made(spec, names):
        return []
    for list_ in columns.values():
        names.update(list_)
    plain = {n.replace("\\", "") for n in names}
    gone = []
    for channel, field in found:
        first = field.replace("\\.", "\0").replace("[", ".").split(".")[0].replace("\0", ".").replace("\\", "")
        if field not in names and first not in plain and (channel, field) not in gone:
            gone.append((channel, field))
    return gone


# ---- errors

def schema_error(spec):
    """The deepest complaint of the JSON schema: its path, and a sentence."""
    import jsonschema
    import altair
    # The module that Altair generates holds the schema of the version it speaks.
    folder = os.path.join(os.path.dirname(altair.__file__), "vegalite")
    path = next(os.path.join(r, f) for r, _, fs in os.walk(folder) for f in fs if f == "vega-lite-schema.json")
    with open(path, encoding="utf-8") as f:
        schema = json.load(f)
    leaves = {}
    stack = list(jsonschema.Draft7Validator(schema).iter_errors(spec))
    while stack:
        e = stack.pop()
        if e.context:
            stack.extend(e.context)
        else:
            leaves.setdefault(tuple(e.absolute_path), []).append(e)
    if not leaves:
        return (), ""
    deepest = max(leaves, key=len)
    return deepest, sentence(deepest, leaves[deepest])


def sentence(path, errors):
    at = ".".join(map(str, path)) or "the specification"
    extra = [e for e in errors if e.validator == "additionalProperties"]
    enums = [e for e in errors if e.validator in ("enum", "const")]
    if enums:
        allowed = []
        for e in enums:
            allowed += e.validator_value if e.validator == "enum" else [e.validator_value]
        allowed = [json.dumps(a) for a in allowed if a is not None]
        return "%s cannot be %s; it can be %s" % (at, json.dumps(enums[0].instance)[:80], ", ".join(dict.fromkeys(allowed)))
    if extra:
        e = min(extra, key=lambda e: len(e.message))
        known = set().union(*[set(x.schema.get("properties", {})) for x in extra])
        unknown = [k for k in e.instance if k not in known]
        if unknown:
            import difflib
            near = difflib.get_close_matches(unknown[0], sorted(known), 3, 0.5)
            return "%s has no property %s%s" % (at, json.dumps(unknown[0]), "; did you mean %s?" % " or ".join(near) if near else "")
    return "%s: %s" % (at, errors[0].message[:200])


def expressions(spec):
    """The expressions of a specification: an error in one does not name it."""
    found = []

    def walk(node):
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            for key, child in node.items():
                if key in ("calculate", "filter", "test", "expr", "labelExpr") and isinstance(child, str):
                    found.append("%s: %s" % (key, child))
                elif key not in ("values", "datasets"):
                    walk(child)

    walk(spec)
    return "expressions: " + "; ".join(found) if found else ""


def condensed(error):
    """What a JavaScript error says, without its stack."""
    lines = [l for l in str(error).splitlines() if l.strip() and not l.lstrip().startswith("at ")]
    said = [l for l in lines if not l.endswith("conversion failed:")]
    return (said or lines or ["the renderer failed"])[0].strip()


# ---- the run

def version(spec):
    import vl_convert
    have = vl_convert.get_vegalite_versions()
    major = "6" if "/v6" in str(spec.get("$schema", "")) else "5"
    return [v for v in have if v.split(".")[0] == major][-1]


def render(spec):
    import vl_convert
    v = version(spec)
    # An unusable base keeps the renderer from loading anything by itself.
    nothing = ["https://nothing.invalid/"]
    made = vl_convert.vegalite_to_svg(spec, vl_version=v, allowed_base_urls=nothing)
    w, h = size(made)
    if w * h <= 0:
        raise ValueError("the chart has no size: %g×%g" % (w, h))
    scale = min(2.0, LONGEST / max(w, h))
    with open("figure-1.png", "wb") as f:
        f.write(vl_convert.svg_to_png(made, scale=scale))
    if FORMAT == "svg":
        with open("figure-1.svg", "w", encoding="utf-8") as f:
            f.write(made)
    elif FORMAT == "pdf":
        with open("figure-1.pdf", "wb") as f:
            f.write(vl_convert.svg_to_pdf(made))
    return made


def size(made):
    import re
    head = made[:made.index(">") + 1]
    side = lambda name: float((re.search(r'\b%s="([0-9.]+)"' % name, head) or [0, 0])[1])
    return side("width"), side("height")




def report(picture, error=None):
    os.makedirs(".viscoder", exist_ok=True)
    with open(".viscoder/report.json", "w", encoding="utf-8") as f:
        json.dump({"pictures": [picture] if picture else [], "error": error}, f)


def main():
    with open(SPEC, encoding="utf-8") as f:
        spec = json.load(f)
    columns = {}
    try:
        inline(spec, columns)
    except (OSError, ValueError) as e:
        report(None, {"type": "", "message": "reading the data: %s" % e, "note": "data files: " + ", ".join(DATA)})
        return 1
    gone = missing(spec, columns)
    try:
        drawn = render(spec)
    except BaseException as e:
        explain(spec, e)
        return 1
    show(spec, drawn)
    empty = ""
    if any(c in POSITION for c, _ in gone):
        empty = complaint(gone, columns)
    report({"file": "figure-1.png", "empty": empty, "doubt": complaint(gone, columns) if gone and not empty else ""})
    return 0


def show(spec, drawn):
    """Leaves what was drawn for those who ask what the picture shows; the
    figures are those of renderers/scene."""
    if len(drawn) > 3 << 20:
        return
    slim(spec)
    os.makedirs(".viscoder", exist_ok=True)
    with open(".viscoder/scene.json", "w", encoding="utf-8") as f:
        json.dump({"figures": [{"spec": spec, "svg": drawn}]}, f)


def slim(node):
    """Takes the values of the data out of a specification."""
    for child in node if isinstance(node, list) else node.values() if isinstance(node, dict) else ():
        slim(child)
    if isinstance(node, dict):
        node.pop("values", None)
        node.pop("datasets", None)


def complaint(gone, columns):
    import difflib
    names = sorted(set().union(*columns.values()))
    said = []
    for channel, field in gone[:4]:
        near = difflib.get_close_matches(field.lower(), [n.lower() for n in names], 1, 0.5)
        near = [n for n in names if near and n.lower() == near[0]]
        said.append('%s uses the field "%s", which the data does not have%s' % (channel, field, '; did you mean "%s"?' % near[0] if near else ""))
    return "%s (fields: %s)" % ("; ".join(said), ", ".join(names)[:200])


def explain(spec, error):
    said, why, path = condensed(error), "", ()
    try:
        path, why = schema_error(spec)
        # A TypeError of the compiler is about its own insides; the schema knows better.
        if path and why and said.startswith(("TypeError", "ReferenceError", "Error: Invalid")):
            said, why = why, ""
        elif not path:
            why = expressions(spec)
    except Exception:
        pass
    report(None, {"type": "", "message": said, "note": why, "path": [str(p) for p in path], "full": str(error)[:8000]})


code = main()
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
