"""Runs the one program in this folder and keeps every picture it makes.

Started in the sandbox as `python -I -c <inspect.py and this> PROGRAM FORMAT
WANTS LIMIT`; WANTS is JSON, what the request asked for by name, LIMIT the
seconds that it may take. It leaves .viscoder/report.json, which the other side takes as a mere claim: whoever
wrote the program could have written the report as well.

What it adds to plain Python: figures left open are saved, whatever the
library; show() saves; a last line that is a bare expression counts as shown,
as in a notebook; figures are asked whether they hold any data.
"""
import faulthandler
import importlib.machinery
import os
import sys
import types


def told(args):
    """Takes what stands above."""
    global PROGRAM, FORMAT, WANTS, LIMIT
    PROGRAM, FORMAT, WANTS, LIMIT = args[0], args[1], args[2], float(args[3])


told(sys.argv[1:])
WORK = os.getcwd()
REPORT = os.path.join(WORK, ".viscoder", "report.json")
RASTER = (".png", ".jpg", ".jpeg", ".gif", ".webp")
LONGEST = 4096  # pixels of a picture that we save


class Keeper:
    """Knows which figure is in which file, so that each is kept once."""

    def __init__(self):
        self.figures = {}  # id → entry; the entry holds the figure, or ids would repeat
        self.order = []
        self.number = 0
        self.findings = []
        self.duplicates = []
        self.notes = []

    def entry(self, figure):
        if id(figure) not in self.figures:
            self.figures[id(figure)] = {"figure": figure, "theirs": None, "ours": None}
            self.order.append(id(figure))
        return self.figures[id(figure)]

    def saved(self, figure, path, write, empty=None, look=None):
        """The program saved figure at path; write(path) saves it elsewhere,
        look(ours) gives its findings, in our file or in theirs."""
        e = self.entry(figure)
        path = self.inside(path)
        if path is None:  # a stream, a page or a folder that nobody collects
            if e["theirs"] is None:
                self.keep(figure, write, empty, look)
            return
        if e["theirs"] and e["theirs"] != path:
            self.duplicates.append(os.path.relpath(e["theirs"], WORK))
        e["theirs"] = path
        self.judge(e, empty, look, False)
        if e["ours"]:
            self.remove(e)

    def keep(self, figure, write, empty=None, look=None):
        """Saves figure under a name of ours, again if it was saved before."""
        e = self.entry(figure)
        if e["theirs"]:
            return
        if e["ours"] is None:
            self.number += 1
            e["ours"] = os.path.join(WORK, "figure-%d" % self.number)
        write(e["ours"] + ".png")
        if FORMAT != "png":
            write(e["ours"] + "." + FORMAT)
        self.judge(e, empty, look, True)

    def judge(self, e, empty, look, ours):
        e["empty"] = empty() if empty else None
        e["findings"] = look(ours) if look else []
        e["scene"] = scene_of(e["figure"])  # of scene.py, which stands before this file

    def remove(self, e):
        for end in (".png", "." + FORMAT):
            if os.path.exists(e["ours"] + end):
                os.remove(e["ours"] + end)
        e["ours"] = None

    def inside(self, path):
        if not isinstance(path, (str, os.PathLike)):
            return None
        path = os.path.realpath(path)
        ok = path.startswith(WORK + os.sep) and path.lower().endswith(RASTER) and os.path.exists(path)
        return path if ok else None

    def known(self, figure):
        e = self.figures.get(id(figure))
        return bool(e and (e["theirs"] or e["ours"]))

    def any_of(self, kind):
        return any(isinstance(e["figure"], kind) for e in self.figures.values())

    def scenes(self):
        return [self.figures[i].get("scene") for i in self.order if self.figures[i].get("scene")]

    def pictures(self):
        files = []
        for i in self.order:
            e = self.figures[i]
            path = e["theirs"] or (e["ours"] and e["ours"] + ".png")
            if path:
                files.append({"file": os.path.relpath(path, WORK), "empty": e.get("empty"), "findings": e.get("findings", [])})
        return files


keeper = Keeper()


def wants():
    import json
    return json.loads(WANTS)


# ---- matplotlib, and what draws with it: seaborn, pandas, plotnine, networkx

def fonts():
    """Gives matplotlib the font list made at the setup; it wants to be able
    to write where the list is."""
    cache = os.path.join(os.environ.get("TMPDIR", "/tmp"), "matplotlib")
    os.makedirs(cache, exist_ok=True)
    os.environ["MPLCONFIGDIR"] = cache
    made = os.path.join(sys.prefix, "matplotlib")
    if os.path.isdir(made):
        for name in os.listdir(made):
            if name.startswith("fontlist"):
                with open(os.path.join(made, name), "rb") as a, open(os.path.join(cache, name), "wb") as b:
                    b.write(a.read())


def hook_matplotlib(m):
    # Windows of any kind mean the same here: a picture.
    m.use = lambda *a, **k: None


def hook_figure(m):
    plain = m.Figure.savefig

    def write(fig, path):
        dpi = max(fig.dpi, 150)
        dpi = min(dpi, LONGEST / max(fig.get_figwidth(), fig.get_figheight(), 1e-6))
        plain(fig, path, dpi=dpi, bbox_inches="tight")

    def savefig(self, fname, *args, **kwargs):
        plain(self, fname, *args, **kwargs)
        path = fname
        if isinstance(fname, (str, os.PathLike)) and not os.path.splitext(fname)[1]:
            import matplotlib
            path = "%s.%s" % (fname, kwargs.get("format") or matplotlib.rcParams["savefig.format"])
        whole = kwargs.get("bbox_inches", m.mpl.rcParams["savefig.bbox"]) is not None
        keeper.saved(self, path, lambda p: write(self, p), lambda: mpl_empty(self), lambda ours: look(self, ours or whole))

    def look(fig, tight):
        return inspect_figures([fig], wants(), tight)[0]

    m.Figure.savefig = savefig
    m.Figure.viscoder_keep = lambda self: keeper.keep(self, lambda p: write(self, p), lambda: mpl_empty(self), lambda ours: look(self, True))
    m.Figure.show = lambda self, *a, **k: self.viscoder_keep()


def hook_pyplot(m):
    plain_savefig = m.savefig
    last = []

    def show(*args, **kwargs):
        """After a window is closed its figure is gone; so it is here."""
        for fig in open_figures(m):
            fig.viscoder_keep()
            last[:] = [fig]
        m.close("all")

    def savefig(*args, **kwargs):
        """Right after show() this would save a new, empty figure."""
        if not m.get_fignums() and last:
            return last[0].savefig(*args, **kwargs)
        return plain_savefig(*args, **kwargs)

    m.show, m.savefig = show, savefig
    m.pause = lambda interval: None
    m.switch_backend("Agg")
    m.switch_backend = lambda *a, **k: None


def open_figures(plt):
    return [plt.figure(n) for n in plt.get_fignums()]


def finish_matplotlib():
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return
    figures = [f for f in open_figures(plt) if not keeper.known(f)]
    if keeper.pictures() or any(not mpl_empty(f) for f in figures):
        figures = [f for f in figures if not mpl_empty(f)]
    for fig in figures:
        fig.viscoder_keep()


def mpl_empty(fig):
    """What a figure lacks, or None. Only what certainly shows nothing counts."""
    axes = [a for a in fig.findobj(match=is_axes)]
    loose = [x for x in (fig.texts, fig.lines, fig.patches, fig.images, fig.legends, fig.artists) if x]
    if not axes:
        return None if loose else "the figure is empty: nothing was drawn in it"
    bare = [a for a in axes if not any(shows(c) for c in contents(a))]
    if len(bare) == len(axes) and not loose:
        return "the axes are empty: no data was drawn in them"
    return None


def is_axes(artist):
    from matplotlib.axes import Axes
    return isinstance(artist, Axes)


def contents(axes):
    """Artists that the program added; spines, axis and titles are always there."""
    own = list(axes.lines) + list(axes.collections) + list(axes.patches) + list(axes.images)
    return own + list(axes.texts) + list(axes.tables) + list(axes.artists) + list(axes.child_axes)


def shows(artist):
    """Whether an artist holds anything; unknown kinds get the benefit of the doubt."""
    import numpy as np
    try:
        kind = type(artist).__name__
        if kind == "Line2D":
            xy = artist.get_xydata()
            return bool(len(xy)) and bool(np.isfinite(np.asarray(xy, float)).all(axis=1).any())
        if kind == "PathCollection":
            return bool(np.isfinite(np.ma.filled(np.ma.asarray(artist.get_offsets(), float), np.nan)).all(axis=1).any())
        if kind in ("LineCollection", "PolyCollection"):
            return len(artist.get_paths()) > 0
        if kind == "Rectangle":
            return bool(np.isfinite([artist.get_width(), artist.get_height(), *artist.get_xy()]).all())
        if kind == "Text":
            return bool(artist.get_text().strip())
        if kind == "AxesImage":
            return bool(artist.get_array().size)
    except Exception:
        pass
    return True


# ---- plotly

def hook_plotly(m):
    write_image, write_html = m.write_image, m.write_html

    def write(fig, path):
        layout = fig.to_dict().get("layout", {}) if hasattr(fig, "to_dict") else fig.get("layout", {})
        longer = max(layout.get("width") or 700, layout.get("height") or 500)
        write_image(fig, path, scale=max(0.1, min(2, LONGEST / longer)))

    def keep(fig, *args, **kwargs):
        keeper.keep(fig, lambda p: write(fig, p), lambda: plotly_empty(fig), lambda ours: inspect_plotly(fig, wants()))

    def image(fig, file, *args, **kwargs):
        write_image(fig, file, *args, **kwargs)
        keeper.saved(fig, file, lambda p: write(fig, p), lambda: plotly_empty(fig), lambda ours: inspect_plotly(fig, wants()))

    def html(fig, *args, **kwargs):
        write_html(fig, *args, **kwargs)
        if not keeper.known(fig):
            keep(fig)

    m.show, m.write_image, m.write_html, m.viscoder_keep = keep, image, html, keep


def plotly_empty(fig):
    d = fig.to_dict() if hasattr(fig, "to_dict") else fig
    layout = d.get("layout", {})
    if d.get("data") or layout.get("shapes") or layout.get("annotations") or layout.get("images"):
        return None
    return "the figure is empty: it has no traces"


def finish_plotly(shown):
    base = sys.modules.get("plotly.basedatatypes")
    if base is None:
        return
    kind = base.BaseFigure
    figures = [v for v in shown if isinstance(v, kind)]
    if keeper.any_of(kind):
        figures = figures[-1:] if isinstance(shown[-1], kind) else []
    for fig in unique(figures):
        if not keeper.known(fig):
            sys.modules["plotly.io"].viscoder_keep(fig)


# ---- altair

def hook_altair(m):
    top = next((c for c in m.Chart.__mro__ if c.__name__ == "TopLevelMixin"), None)
    if top is None:
        return
    plain = top.save

    def write(chart, path):
        plain(chart, path, scale_factor=2)

    def keep(chart, *args, **kwargs):
        keeper.keep(chart, lambda p: write(chart, p))

    def save(self, fp, *args, **kwargs):
        plain(self, fp, *args, **kwargs)
        keeper.saved(self, fp, lambda p: write(self, p))

    top.save, top.show, top.display, top.viscoder_keep = save, keep, keep, keep
    # More rows than the default limit of 5000 only make a page heavy.
    m.data_transformers.disable_max_rows()


def finish_altair(shown):
    charts = [v for v in shown if hasattr(type(v), "viscoder_keep") and hasattr(v, "to_dict")]
    # Parts of a layered chart are charts too: only the last one is meant.
    if charts and not keeper.any_of(tuple({type(c) for c in charts})):
        charts[-1].viscoder_keep()


# ---- plotnine

def hook_plotnine(m):
    m.ggplot.show = lambda self: self.draw().viscoder_keep()


def finish_plotnine(shown):
    m = sys.modules.get("plotnine.ggplot")
    plots = [v for v in shown if m and isinstance(v, m.ggplot)]
    if plots and not keeper.pictures():
        plots[-1].draw().viscoder_keep()


# ---- bokeh, whose figures are pages: a browser makes pictures of them

BROWSERS = ("/usr/lib/chromium/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/usr/bin/chromium", "/usr/bin/google-chrome")


def browser():
    return next((b for b in BROWSERS if os.path.exists(b)), None)


def hook_bokeh(m):
    def keep(fig, *args, **kwargs):
        if browser():
            keeper.keep(fig, lambda p: shoot(fig, p), lambda: bokeh_empty(fig))

    for name in ("show", "save", "export_png", "export_svg", "export_svgs"):
        if hasattr(m, name):
            setattr(m, name, keep)
    m.viscoder_keep = keep


def shoot(fig, path):
    """The page with the figure, without its buttons, as a picture."""
    from bokeh.embed import file_html
    from bokeh.resources import INLINE
    bars = [(m, m.toolbar_location) for m in fig.references() if getattr(m, "toolbar_location", None)]
    for m, _ in bars:
        m.toolbar_location = None
    html = file_html(fig, INLINE, "figure")
    for m, where in bars:
        m.toolbar_location = where
    if path.endswith(".png"):
        photograph(html, path, "--screenshot=")
    elif path.endswith(".pdf"):
        photograph(html, path, "--print-to-pdf=")


def photograph(html, path, option):
    import subprocess, tempfile
    with tempfile.TemporaryDirectory() as d:
        page, made = os.path.join(d, "page.html"), os.path.join(d, "made" + os.path.splitext(path)[1])
        with open(page, "w", encoding="utf-8") as f:
            f.write(html)
        # The box around it is the browser's sandbox; the time is that of the page, not of a clock.
        command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-pdf-header-footer",
                   "--force-device-scale-factor=2", "--window-size=1600,1600", "--virtual-time-budget=5000", "--user-data-dir=" + os.path.join(d, "profile"), option + made, "file://" + page]
        said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if not os.path.exists(made):
            raise RuntimeError("the browser made no picture of the page: " + said.stderr.strip()[-300:])
        if path.endswith(".png"):
            trim(made, path)
        else:
            with open(made, "rb") as a, open(path, "wb") as b:
                b.write(a.read())


def trim(made, path):
    """Cuts the white of the page off, but for an even border."""
    from PIL import Image, ImageChops
    picture = Image.open(made).convert("RGB")
    box = ImageChops.difference(picture, Image.new("RGB", picture.size, "white")).getbbox() or (0, 0) + picture.size
    cut = picture.crop(box)
    out = Image.new("RGB", (cut.width + 40, cut.height + 40), "white")
    out.paste(cut, (20, 20))
    out.save(path)


def bokeh_empty(fig):
    plots = [m for m in fig.references() if hasattr(m, "renderers") and hasattr(m, "x_range")]
    if plots and not any(p.renderers for p in plots):
        return "the figure is empty: nothing was drawn in it"
    return None


def finish_bokeh(shown):
    m = sys.modules.get("bokeh.io.showing")
    layouts = sys.modules.get("bokeh.models.layouts")
    if m is None or layouts is None or not browser() or keeper.any_of(layouts.LayoutDOM):
        return
    figures = [v for v in shown if isinstance(v, layouts.LayoutDOM)]
    # Parts of a layout are layouts too: only the last one is meant.
    if figures:
        m.viscoder_keep(figures[-1])


HOOKS = {
    "matplotlib": hook_matplotlib,
    "matplotlib.figure": hook_figure,
    "matplotlib.pyplot": hook_pyplot,
    "plotly.io": hook_plotly,
    "altair": hook_altair,
    "plotnine.ggplot": hook_plotnine,
    "bokeh.io.showing": hook_bokeh,
    "bokeh.io.saving": hook_bokeh,
    "bokeh.io.export": hook_bokeh,
}


class Finder:
    """Calls a hook once its module has been loaded, and loads nothing itself."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        hook = HOOKS.pop(name, None)
        if hook is None:
            return None
        if name == "matplotlib":
            fonts()
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            hook(module)

        spec.loader.exec_module = exec_module
        return spec


def unique(values):
    seen = set()
    return [v for v in values if not (id(v) in seen or seen.add(id(v)))]


def finish(values):
    """Saves what the program left open. values: its globals and, last, the
    value of a bare expression on its last line (or None)."""
    finish_plotnine(values)
    finish_matplotlib()
    finish_plotly(values)
    finish_altair(values)
    finish_bokeh(values)


# ---- errors

def facts(error):
    """What is known of an exception, in plain data."""
    import traceback
    whole = tb = error.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename != PROGRAM:
        tb = tb.tb_next
    line, frames = 0, []
    at = tb
    while at is not None:
        if at.tb_frame.f_code.co_filename == PROGRAM:
            line = at.tb_lineno
            frames.append(at.tb_frame)
        at = at.tb_next
    f = {"type": type(error).__name__, "message": text(error), "line": line}
    if isinstance(error, SyntaxError) and error.filename == PROGRAM:
        f.update(line=error.lineno or 0, column=error.offset or 0, syntax=True, message=str(error.msg))
    f["note"] = hint(error, frames)
    if f["note"].startswith("did you mean"):
        f["message"] = f["message"].split("; supported values are")[0]
    f["denied"] = denied(error)
    f["full"] = "".join(traceback.format_exception(type(error), error, tb or whole))[-20000:].replace(sys.prefix + os.sep, "")
    return f


def text(error):
    try:
        return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    except Exception:
        return "(its message cannot be printed)"


def denied(error):
    import errno
    while error is not None:
        if type(error).__name__ in ("gaierror", "URLError", "ConnectionError", "ConnectionRefusedError", "NewConnectionError"):
            return True
        if isinstance(error, PermissionError) and error.errno == errno.EPERM and error.filename is None:
            return True
        error = error.__cause__ or error.__context__
    return False


def hint(error, frames):
    """One sentence that the bare message lacks, or ""."""
    try:
        if isinstance(error, ModuleNotFoundError):
            return "only installed packages can be used, such as matplotlib, seaborn, plotly, altair, pandas, numpy, scipy, networkx"
        if isinstance(error, FileNotFoundError):
            return missing_file(error)
        if isinstance(error, EOFError):
            return "nobody can answer input() here"
        if isinstance(error, AttributeError) and error.name and error.obj is not None:
            return close("did you mean", error.name, dir(error.obj))
        said = listed(text(error))
        if said:
            return said
        if isinstance(error, (TypeError, ValueError)) and re_numbers().search(text(error)):
            return columns(error, frames, True)
        if isinstance(error, (KeyError, ValueError)):
            return columns(error, frames)
    except Exception:
        pass
    return ""


def missing_file(error):
    folder = os.path.dirname(str(error.filename or ""))
    lead = "" if not folder or os.path.isdir(folder) else "there is no folder %s; use plain file names. " % folder
    return lead + "Files here: " + (", ".join(data_files()) or "none")


def close(lead, word, words):
    import difflib
    found = difflib.get_close_matches(word, [w for w in words if not w.startswith("_")], 3, 0.6)
    return "%s %s?" % (lead, " or ".join(found)) if found else ""


def re_numbers():
    import re
    return re.compile("no numeric data|could not convert string to float")


def listed(message):
    """The nearest of the words that a message lists as allowed."""
    import re
    m = re.search(r"'([^'\n]{2,40})' is not a valid value for|no parameter named '([^'\n]{2,40})'", message)
    if m is None:
        return ""
    return close("did you mean", m.group(1) or m.group(2), sorted(set(re.findall(r"[A-Za-z]\w+", message[m.end():]))))


def data_files():
    return sorted(n for n in os.listdir(WORK) if os.path.isfile(os.path.join(WORK, n)) and n != PROGRAM)[:20]


def columns(error, frames, kinds=False):
    """The columns of the table that a wrong name was looked up in, or that has
    text where numbers are wanted."""
    pd = sys.modules.get("pandas")
    if pd is None:
        return ""
    message = text(error)
    for frame in reversed(frames):
        for name, value in list(frame.f_locals.items()):
            if isinstance(value, pd.DataFrame) and len(value.columns) and not name.startswith("_"):
                names = [str(c) for c in value.columns]
                if kinds:
                    return "columns of %s: %s" % (name, ", ".join("%s (%s)" % (c, example(value[c])) for c in value.columns)[:300])
                if isinstance(error, ValueError) and not ("`" in message and "Could not interpret" in message):
                    return ""
                return "columns of %s: %s" % (name, ", ".join(names)[:300])
    return ""


def example(column):
    import pandas as pd
    if pd.api.types.is_numeric_dtype(column):
        return "numbers"
    return "text such as %r" % str(column.iloc[0])[:20] if len(column) else "empty"


# ---- the run

def execute(source):
    """Runs source as __main__; returns the value of a bare expression on its
    last line."""
    import _ast  # ast itself costs 10 ms to import
    import linecache
    tree = compile(source, PROGRAM, "exec", _ast.PyCF_ONLY_AST)
    last = None
    if tree.body and isinstance(tree.body[-1], _ast.Expr):
        last = _ast.Expression(tree.body.pop().value)
    linecache.cache[PROGRAM] = (len(source), None, source.splitlines(True), PROGRAM)
    main = types.ModuleType("__main__")
    main.__file__ = PROGRAM
    main.__builtins__ = __builtins__
    sys.modules["__main__"] = main
    exec(compile(tree, PROGRAM, "exec"), main.__dict__)
    return eval(compile(last, PROGRAM, "eval"), main.__dict__) if last else None


def run():
    with open(PROGRAM, encoding="utf-8") as f:
        source = f.read()
    sys.argv = [PROGRAM]
    # Where it was when it crashed, or shortly before it is stopped.
    faulthandler.enable()
    faulthandler.dump_traceback_later(max(0.5, LIMIT - 0.5))
    sys.meta_path.insert(0, Finder)
    last = None
    try:
        try:
            last = execute(source)
        except SystemExit as e:
            if e.code not in (None, 0):
                raise
        finish(list(sys.modules["__main__"].__dict__.values()) + [last])
    except BaseException as e:
        return e
    finally:
        faulthandler.cancel_dump_traceback_later()


def report(error):
    import json
    if not keeper.pictures() and "bokeh" in sys.modules:
        keeper.notes.append("no bokeh figure was shown or left open; end with show(figure)" if browser() else "bokeh makes pages, and there is no browser here to make pictures of them; draw with matplotlib, plotly or altair instead")
    r = {"pictures": keeper.pictures(), "duplicates": keeper.duplicates, "notes": keeper.notes}
    if error is not None:
        r["error"] = facts(error)
    os.makedirs(os.path.dirname(REPORT), exist_ok=True)
    with open(REPORT, "w", encoding="utf-8", errors="backslashreplace") as f:
        json.dump(r, f)
    scenes = json.dumps({"figures": keeper.scenes()})
    if len(scenes) <= 4 << 20:
        with open(os.path.join(os.path.dirname(REPORT), "scene.json"), "w", encoding="utf-8", errors="backslashreplace") as f:
            f.write(scenes)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def once():
    """Runs the program, reports, and ends this process."""
    failure = run()
    try:
        report(failure)
    finally:
        if failure is not None:
            import traceback
            traceback.print_exception(failure)
        flush()
        # Threads and child processes of the program end with it.
        os._exit(0 if failure is None else 1)
