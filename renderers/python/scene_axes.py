"""Figures of matplotlib for scene.py: axes, scales, titles, legends."""


class MplScene(MplMarks):
    def __init__(self, figure):
        self.f = figure
        self.known = {}  # by axis, which the figure keeps alive

    def figure(self):
        from matplotlib.axes import Axes
        axes = self.f.findobj(match=lambda a: isinstance(a, Axes))
        axes = [a for a in axes if a.get_visible()]
        bars = [a for a in axes if getattr(a, "_colorbar", None) is not None]
        panels = [self.panel(a) for a in axes if a not in bars][:MOST_PANELS]
        title = self.f._suptitle.get_text() if self.f._suptitle else ""
        sup = [t.get_text() if t else "" for t in (getattr(self.f, "_supxlabel", None), getattr(self.f, "_supylabel", None))]
        for p in panels:
            p["x"]["label"] = p["x"]["label"] or short(sup[0])
            p["y"]["label"] = p["y"]["label"] or short(sup[1])
        legends = [self.legend(l) for l in self.f.legends] + self.boxed()
        texts = [short(t.get_text()) for t in self.f.texts if t.get_text().strip()]
        scales = [short(a.get_ylabel() or a.get_xlabel() or a.get_title()) for a in bars]
        return {"title": short(title), "panels": panels, "legends": legends, "texts": texts[:MOST_TEXTS], "colorbars": [s for s in scales]}

    def boxed(self):
        """plotnine lays its legends out of boxes."""
        from matplotlib.offsetbox import TextArea
        texts = [short(t.get_text()) for t in self.f.findobj(match=TextArea)]
        return [{"title": "", "entries": texts[:60]}] if texts and not self.f.legends and not any(a.get_legend() for a in self.f.axes) else []

    def panel(self, a):
        self.a = a
        legend = a.get_legend()
        p = {
            "kind": a.name, "title": short(a.get_title() or a.get_title(loc="left") or a.get_title(loc="right")),
            "x": self.axis(a.xaxis, a.get_xlim()), "y": self.axis(a.yaxis, a.get_ylim()),
            "legends": [self.legend(legend)] if legend else [],
            "texts": [short(t.get_text()) for t in a.texts if t.get_text().strip()][:MOST_TEXTS],
            "marks": [],
        }
        if a.name == "3d":
            p["z"] = self.axis(a.zaxis, a.get_zlim())
        for t in a.tables:
            p["marks"].append({"type": "table", "n": len(t.get_celld())})
            p["texts"] += [short(c.get_text().get_text()) for c in list(t.get_celld().values())[:MOST_TEXTS]]
        p["marks"] += self.marks()[:MOST_MARKS]
        return p

    def axis(self, axis, limits):
        ticks = [(float(at), short(label.get_text())) for at, label in zip(axis.get_majorticklocs(), axis.get_majorticklabels())]
        shown = axis.get_visible() and getattr(self.a, "_axis3don", self.a.axison)
        return {
            "label": short(axis.get_label_text()) if shown else "", "scale": self.scale(axis),
            "ticks": [t for _, t in ticks if t][:60] if shown else [], "min": numbers([min(limits)])[0], "max": numbers([max(limits)])[0],
            "inverted": bool(limits[0] > limits[1]),
        }

    def scale(self, axis):
        if axis.get_scale() != "linear":
            return axis.get_scale()
        converter = type(axis.get_converter() if hasattr(axis, "get_converter") else axis.converter).__name__
        if "Date" in converter or "Period" in converter or "Time" in converter or "Date" in type(axis.get_major_formatter()).__name__:
            return "date"
        return "category" if self.named(axis) else "linear"

    def named(self, axis):
        """Position and text of the ticks that are names, or {}. Ticks are laid
        out anew whenever they are asked for, so that is done once."""
        if id(axis) not in self.known:
            self.known[id(axis)] = self.names_of(axis)
        return self.known[id(axis)]

    def names_of(self, axis):
        at = {}
        for place, label in zip(axis.get_majorticklocs(), axis.get_majorticklabels()):
            text = label.get_text().strip()
            if text:
                at[float(place)] = text
        number = 0
        for text in at.values():
            try:
                float(text.replace("\u2212", "-").replace(",", "").replace("%", "").replace("$", "").split()[0])
                number += 1
            except (ValueError, IndexError):
                pass
        units = getattr(axis, "units", None)
        if type(units).__name__ == "UnitData":
            return {float(v): str(k) for k, v in units._mapping.items()}
        fixed = type(axis.get_major_formatter()).__name__ in ("FixedFormatter", "StrCategoryFormatter") or type(axis.get_major_locator()).__name__ == "FixedLocator"
        return at if fixed and (number < len(at) or type(axis.get_major_formatter()).__name__ == "FixedFormatter") else {}

    def names(self, axis, values):
        """What values are called on an axis: categories and dates."""
        values = [v for v in values][:MOST_VALUES]
        if self.scale(axis) == "date":
            return [self.date(v) for v in values]
        at = self.named(axis)
        if not at:
            return []
        found = []
        for v in values:
            near = min(at, key=lambda p: abs(p - (v if v is not None else 1e9)))
            found.append(at[near] if v is not None and abs(near - v) <= 0.5 else "")
        return found

    def date(self, v):
        if v is None:
            return ""
        freq = getattr(self.a, "freq", None)
        if freq is not None:
            import pandas
            return str(pandas.Period(ordinal=int(v), freq=freq).to_timestamp())[:10]
        import matplotlib.dates
        return matplotlib.dates.num2date(v).isoformat()[:16].replace("T00:00", "")

    def placed(self, kind, x, y, **more):
        x, y = numbers(x), numbers(y)
        m = {"type": kind, "x": x, "y": y, "xn": self.names(self.a.xaxis, x), "yn": self.names(self.a.yaxis, y)}
        m.update(more)
        m.setdefault("n", len(y))
        return m

    def legend(self, l):
        entries = []
        for t, h in zip(l.get_texts(), l.legend_handles):
            entries.append(short(t.get_text()))
        return {"title": short(l.get_title().get_text()), "entries": entries[:60]}

    def colour(self, c):
        from matplotlib.colors import to_hex
        try:
            return to_hex(c)
        except ValueError:
            return ""

    def label(self, artist):
        text = str(artist.get_label() or "")
        return "" if text.startswith("_") else short(text)
