"""Renders the SVG file in this folder to figure-1.png.

Started in the sandbox as `python -I -c <this> FILE FORMAT SIDE PIXELS FONTS`: SIDE
is width or height, the side of the picture that gets PIXELS; FONTS is a folder
to fall back on where the system has no font of the asked name.
"""
import json
import os
import re
import sys

import resvg_py

GENERIC = re.compile(r"\b(?:serif|sans-serif|monospace|cursive|fantasy|system-ui|inherit)\s*$")


def with_generic(m):
    """Ends a list of font families in a generic one, or a missing Arial would
    be drawn as a serif face."""
    before, families, after = m.groups()
    return m.group() if not families.strip() or GENERIC.search(families) else before + families + ", sans-serif" + after


def with_fallbacks(source):
    source = re.sub(r"""(font-family\s*=\s*")([^"<]*)(")""", with_generic, source)
    source = re.sub(r"""(font-family\s*=\s*')([^'<]*)(')""", with_generic, source)
    return re.sub(r"""(font-family\s*:\s*)([^;}"<]*?)(\s*[;}"<])""", with_generic, source)


def draw(source, **how):
    return bytes(resvg_py.svg_to_bytes(
        svg_string=with_fallbacks(source), dpi=96, font_dirs=[FONTS] if os.path.isdir(FONTS) else None,
        font_family="DejaVu Sans", sans_serif_family="DejaVu Sans", serif_family="DejaVu Serif", monospace_family="DejaVu Sans Mono",
        cursive_family="DejaVu Sans", fantasy_family="DejaVu Sans", **how))


def draw_texts():
    """The words alone, for a look at where they lie. It is no matter if it fails."""
    try:
        with open("texts.svg", encoding="utf-8") as f:
            png = draw(f.read(), text_rendering="optimize_speed", shape_rendering="crisp_edges")
        with open(".viscoder/texts.png", "wb") as f:
            f.write(png)
    except Exception:
        pass


FILE, FORMAT, SIDE, PIXELS, FONTS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
report = {"pictures": [{"file": "figure-1.png"}]}
try:
    with open(FILE, encoding="utf-8") as f:
        source = f.read()
    with open("figure-1.png", "wb") as f:
        f.write(draw(source, **{SIDE: PIXELS}))
    if FORMAT == "svg":
        with open("figure-1.svg", "w", encoding="utf-8") as f:
            f.write(source)
    elif FORMAT == "pdf":
        import vl_convert
        with open("figure-1.pdf", "wb") as f:
            f.write(vl_convert.svg_to_pdf(source))
except BaseException as e:
    report = {"error": {"message": str(e), "full": str(e)}}
os.makedirs(".viscoder", exist_ok=True)
with open(".viscoder/report.json", "w", encoding="utf-8") as f:
    json.dump(report, f)
if "error" not in report:
    draw_texts()
sys.exit(1 if "error" in report else 0)
