# Looks at live figures and says what a reader would stumble over. The driver
# calls it once a figure has been saved; whoever keeps a warm interpreter calls
# the same functions. Nothing here may fail a run: a figure that cannot be
# measured has no findings.

MAX_FINDINGS = 12  # of one figure
MAX_AXES = 24
MAX_TICKS = 120  # of one axis
SLACK = 2  # pixels by which letters may stand over an edge


def inspect_figures(figures, wants=None, tight=True):
    """Findings of matplotlib figures that have been drawn: for each figure a
    list of {"grade", "code", "message"}, ready for JSON. wants: what the
    request asked for by name (title, axis_labels, legend: bool). tight: the
    file was saved with bbox_inches="tight", so that no text is cut off."""
    found = []
    for fig in figures:
        try:
            look = Look(fig, wants or {}, tight)
            look.all()
            found.append(look.findings[:MAX_FINDINGS])
        except Exception:
            found.append([])
    return found


class Look:
    """One look at one figure."""

    def __init__(self, fig, wants, tight):
        self.fig, self.wants, self.tight = fig, wants, tight
        self.findings = []
        self.renderer = fig.canvas.get_renderer()
        self.axes = [a for a in fig.findobj(match=is_axes) if a.get_visible()][:MAX_AXES]
        # A colour bar is no chart of its own.
        self.charts = [a for a in self.axes if a.get_label() != "<colorbar>" and not hasattr(a, "_colorbar")]

    def say(self, grade, code, message):
        if not any(f["message"] == message for f in self.findings):
            self.findings.append({"grade": grade, "code": code, "message": message})

    def all(self):
        for ax in self.axes:
            self.settle(ax)
        for check in (self.missing, self.empty, self.outside, self.ticks, self.overlap, self.legends):
            check()

    def settle(self, ax):
        """Titles and labels are placed by drawing, at the resolution of the file."""
        if ax.axison:
            for axis, _ in axes_of(ax):
                axis.get_tightbbox(self.renderer)
        ax._update_title_position(self.renderer)

    # ---- what was asked for and is not there

    def missing(self):
        if self.wants.get("title") and not self.titles():
            self.say("error", "missing-title", "the request asks for a title, but the figure has none: set one with plt.title()")
        if self.wants.get("axis_labels"):
            self.missing_labels()
        if self.wants.get("legend") and not self.keys():
            self.say("error", "missing-legend", "the request asks for a legend, but the figure has none: give each series a label= and call plt.legend()")

    def titles(self):
        loose = [t for t in self.fig.texts if words(t)]
        return loose or [t for ax in self.charts for t in titles_of(ax) if words(t)] or [t for ax in self.charts for t in ax.texts if words(t)]

    def missing_labels(self):
        plain = [a for a in self.charts if a.axison and a.name == "rectilinear" and not is_pie(a) and not a.images]
        if not plain:
            return
        for side, own, whole in (("x", "get_xlabel", "_supxlabel"), ("y", "get_ylabel", "_supylabel")):
            over = getattr(self.fig, whole, None)
            if not (over is not None and words(over)) and not any(getattr(a, own)().strip() for a in plain):
                self.say("error", "missing-label", "the request asks for axis labels, but the %s axis has none: set it with plt.%slabel()" % (side, side))

    def keys(self):
        """What tells series apart: legends, colour bars, words beside the lines."""
        bars = [a for a in self.axes if a not in self.charts]
        return self.fig.legends or bars or [a for a in self.charts if a.get_legend() or len(a.texts) > 1]

    # ---- what is there and shows nothing

    def empty(self):
        bare = [a for a in self.charts if a.axison and not any(shows(c) for c in contents(a))]
        # All of them is what mpl_empty reports; twins share one frame.
        if bare and len(bare) < len(self.charts) and not any(twin(a, b) for a in bare for b in self.charts if b not in bare):
            name = quoted(bare[0].get_title()) if bare[0].get_title() else "number %d" % (self.charts.index(bare[0]) + 1)
            self.say("warning", "empty-axes", "%d of %d axes are empty (%s): draw in them or remove them" % (len(bare), len(self.charts), name))

    def legends(self):
        every = list(self.fig.legends) + [a.get_legend() for a in self.charts if a.get_legend()]
        for legend in every:
            if not legend.get_texts():
                self.say("warning", "empty-legend", "the legend has no entries: give each series a label=")

    # ---- text that cannot be read

    def outside(self):
        if self.tight:
            return
        page, told = self.fig.bbox, set()
        for what, artist in self.named():
            if what in told:
                continue
            box = extent(artist, self.renderer)
            if box is None:
                continue
            seen = share(box, page)
            gone = min(box.x0 - page.x0, page.x1 - box.x1, box.y0 - page.y0, page.y1 - box.y1) < -SLACK
            if gone and "tick label" in what:
                told.add(what)  # of many, one tells it
                what += " " + quoted(words(artist))
            if seen <= 0.05:
                self.say("error", "text-outside", '%s lies outside of the picture: save with bbox_inches="tight" or leave more room' % what)
            elif gone:
                self.say("warning", "clipped-text", '%s is cut off at the edge of the picture: call plt.tight_layout() or save with bbox_inches="tight"' % what)

    def named(self):
        """Texts and legends that nobody would hide, with what to call them."""
        for t in self.fig.texts:
            yield "the text " + quoted(words(t)), t
        for legend in self.fig.legends:
            yield "the legend", legend
        for ax in self.axes:
            for t in titles_of(ax):
                yield "the title " + quoted(words(t)), t
            if ax.axison:
                for axis, side in axes_of(ax):
                    yield "the %s axis label %s" % (side, quoted(words(axis.label))), axis.label
                    for t in labels_of(ax, axis, side):
                        yield "the %s tick label" % side, t
            if ax.get_legend():
                yield "the legend", ax.get_legend()

    def ticks(self):
        for ax in self.charts:
            if not ax.axison or ax.name == "3d":
                continue
            for axis, side in axes_of(ax):
                self.crowded(ax, axis, side)

    def crowded(self, ax, axis, side):
        boxes = [(t, upright(t, self.renderer)) for t in labels_of(ax, axis, side)]
        boxes = [(t, b) for t, b in boxes if b]
        pairs = [(a, b) for (a, p), (b, q) in zip(boxes, boxes[1:]) if touch(p, q)]
        if len(pairs) < 2 and (not pairs or len(boxes) > 3):
            return  # the first label of a log axis may touch the next
        where = " of " + quoted(ax.get_title()) if ax.get_title() and len(self.charts) > 1 else ""
        a, b = pairs[0]
        remedy = "rotate them, show fewer or make the figure wider" if side == "x" else "show fewer or make the figure higher"
        self.say("warning", "overlapping-ticks", "%d of %d tick labels on the %s axis%s overlap (%s and %s): %s" % (
            len(pairs) + 1, len(boxes), side, where, quoted(words(a)), quoted(words(b)), remedy))

    def overlap(self):
        """Titles and labels over other text or under another chart, as of
        subplots without room between."""
        heads = [(None, t) for t in self.fig.texts]
        ticks = []
        for ax in self.charts:
            if ax.axison and ax.name != "3d":
                heads += [(ax, axis.label) for axis, _ in axes_of(ax)]
                ticks += [(ax, t) for axis, side in axes_of(ax) for t in labels_of(ax, axis, side)[:30]]
            heads += [(ax, t) for t in titles_of(ax)]
        heads, ticks = self.boxed(heads[:60]), self.boxed(ticks[:400])
        for i, (ax, t, box) in enumerate(heads):
            for other, u, their in heads[i + 1:] + [x for x in ticks if x[0] is not ax]:
                if max(share(box, their), share(their, box)) > 0.25:
                    self.say("warning", "overlapping-text", "the texts %s and %s overlap: call plt.tight_layout() or leave more room" % (quoted(words(t)), quoted(words(u))))
                    return
            if ax is not None and any(share(box, a.bbox) > 0.5 for a in self.charts[self.charts.index(ax) + 1:] if a.axison and a.patch.get_visible() and not twin(a, ax) and ax not in a.child_axes):
                self.say("warning", "overlapping-text", "the text %s is hidden by another chart: call plt.tight_layout() or leave more room" % quoted(words(t)))
                return

    def boxed(self, owned):
        """Texts with their boxes; a box of turned text is larger than the text."""
        found = [(ax, t, extent(t, self.renderer)) for ax, t in owned if t.get_rotation() % 90 == 0]
        return [x for x in found if x[2] is not None]


# ---- what matplotlib calls it

def axes_of(ax):
    """The visible ones, each with its letter; a twin has no x of its own."""
    pairs = ((ax.xaxis, "x"), (ax.yaxis, "y"), (getattr(ax, "zaxis", None), "z"))
    return [(a, side) for a, side in pairs if a is not None and a.get_visible()]


def titles_of(ax):
    return [ax.title, ax._left_title, ax._right_title]


def labels_of(ax, axis, side):
    """Tick labels that are shown: matplotlib keeps some beyond the limits."""
    scale = axis.get_transform().transform  # a log axis has room below
    low, high = sorted(scale(list(getattr(ax, "get_%slim" % side)())))
    room = (high - low) * 1e-6
    labels = []
    for tick in axis.get_major_ticks()[:MAX_TICKS]:
        if low - room <= scale([tick.get_loc()])[0] <= high + room:
            labels += [t for t in (tick.label1, tick.label2) if t.get_visible() and words(t)]
    return labels


def is_pie(ax):
    return any(type(p).__name__ == "Wedge" for p in ax.patches)


def twin(a, b):
    return a.get_position().bounds == b.get_position().bounds


def words(t):
    return " ".join(t.get_text().split()) if t.get_visible() else ""


def quoted(s):
    return "“%s”" % (s if len(s) <= 40 else s[:39] + "…")


# ---- geometry, in pixels

def extent(artist, renderer):
    import math
    if not artist.get_visible() or hasattr(artist, "get_text") and not words(artist):
        return None
    box = artist.get_window_extent(renderer)
    return box if all(map(math.isfinite, box.extents)) and box.width > 0 and box.height > 0 else None


def share(box, other):
    """The part of box that lies in other."""
    w = min(box.x1, other.x1) - max(box.x0, other.x0)
    h = min(box.y1, other.y1) - max(box.y0, other.y0)
    return w * h / (box.width * box.height) if w > 0 and h > 0 else 0.0


def upright(t, renderer):
    """Centre, size before rotation, and rotation in degrees, of a text."""
    box = extent(t, renderer)
    if box is None:
        return None
    turned = t.get_rotation()
    t.set_rotation(0)
    try:
        flat = t.get_window_extent(renderer)
    finally:
        t.set_rotation(turned)
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, flat.width, flat.height, turned


def touch(p, q):
    """Whether two texts of one rotation lie over each other."""
    import math
    if p[4] != q[4]:
        return False
    c, s = math.cos(math.radians(p[4])), math.sin(math.radians(p[4]))
    dx, dy = q[0] - p[0], q[1] - p[1]
    along, across = abs(dx * c + dy * s), abs(dy * c - dx * s)
    # Lines of text have air above and below the letters.
    return along < (p[2] + q[2]) / 2 - SLACK and across < 0.7 * (p[3] + q[3]) / 2


# ---- plotly

def inspect_plotly(fig, wants=None):
    """What a plotly figure lacks of what the request asked for."""
    try:
        d = fig.to_dict() if hasattr(fig, "to_dict") else fig
        return plotly_missing(d.get("layout", {}), d.get("data", ()), wants or {})
    except Exception:
        return []


def plotly_missing(layout, traces, wants):
    found = []
    if wants.get("title") and not caption(layout.get("title")) and not layout.get("annotations"):
        found.append({"grade": "error", "code": "missing-title", "message": "the request asks for a title, but the figure has none: fig.update_layout(title=...)"})
    flat = ("scatter", "scattergl", "bar", "box", "violin", "histogram", None)
    if wants.get("axis_labels") and traces and all(t.get("type") in flat for t in traces):
        for side in "xy":
            axes = [v for k, v in layout.items() if k.startswith(side + "axis")]
            if not any(caption(a.get("title")) for a in axes) and not layout.get("annotations"):
                found.append({"grade": "error", "code": "missing-label", "message": "the request asks for axis labels, but the %s axis has none: fig.update_layout(%saxis_title=...)" % (side, side)})
    return found


def caption(title):
    text = title.get("text") if isinstance(title, dict) else title
    return (text or "").strip()
