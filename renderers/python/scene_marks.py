"""The marks of matplotlib's axes for scene_axes.py, artist by artist."""


class MplMarks:
    """Needs self.a, the axes, and placed, names, label and colour of MplScene."""

    def marks(self):
        found, used = [], set()
        for c in self.a.containers:
            kind = type(c).__name__
            if kind == "BarContainer" and len(c.patches):
                used.update(map(id, c.patches))
                found += self.bars(c.patches, self.label(c), getattr(c, "orientation", None))
            elif kind == "ErrorbarContainer":
                segments = [s for part in c.lines[2] for s in part.get_segments()]
                half = [max(abs(s[-1][0] - s[0][0]), abs(s[-1][1] - s[0][1])) / 2 for s in segments]
                found.append({"type": "errorbar", "n": len(segments), "label": self.label(c), "size": numbers(half)})
                used.update(map(id, [*c.lines[1], *c.lines[2]]))
            elif kind == "StemContainer":
                used.add(id(c.markerline)), used.add(id(c.stemlines)), used.add(id(c.baseline))
                found.append(self.placed("stem", *c.markerline.get_data(), label=self.label(c)))
        found += self.boxes(used)
        for l in self.a.lines:
            if id(l) not in used and l.get_visible():
                found += self.line(l)
        for c in self.a.collections:
            if id(c) not in used and c.get_visible():
                found += self.collection(c)
        found += self.patches([p for p in self.a.patches if id(p) not in used and p.get_visible()])
        for i in self.a.images:
            values = i.get_array()
            found.append({"type": "image", "n": int(values.size if values.ndim == 2 else values.shape[0] * values.shape[1]), "rows": int(values.shape[0]), "columns": int(values.shape[1]),
                          "c": numbers(values.ravel()) if values.ndim == 2 else [], "rgb": values.ndim == 3})
        for q in self.a.artists + self.a.child_axes:
            found.append({"type": type(q).__name__.lower(), "n": 1})
        return found

    def bars(self, patches, label, orientation=None):
        """Bars of one container; seaborn puts each category into one of its own."""
        patches = [p for p in patches if p.get_visible()]
        x0, y0 = [p.get_x() for p in patches], [p.get_y() for p in patches]
        w, h = [p.get_width() for p in patches], [p.get_height() for p in patches]
        flat = orientation == "horizontal" if orientation else len(set(h)) == 1 and len(set(w)) > 1
        middle = [b + s / 2 for b, s in (zip(y0, h) if flat else zip(x0, w))]
        edges = sorted((b, b + s) for b, s in (zip(y0, h) if flat else zip(x0, w)))
        touching = len(edges) > 2 and all(abs(a[1] - b[0]) <= 1e-6 * (abs(a[1] - a[0]) + 1e-12) + 1e-9 for a, b in zip(edges, edges[1:]))
        colours = sorted({self.colour(p.get_facecolor()) for p in patches})[:20]
        more = {"label": label, "horizontal": flat, "base": numbers(x0 if flat else y0), "touching": touching, "colours": colours,
                "wide": numbers(h if flat else w)}
        return [self.placed("bar", w if flat else middle, middle if flat else h, **more)]

    def boxes(self, used):
        """Box plots: boxes are closed outlines of lines, or patches."""
        groups = [c for c in self.a.containers if type(c).__name__ == "BoxPlotContainer"]
        n, middles = 0, []
        for c in groups:
            for b in c:
                n += 1
                for part in [b.box, b.median, b.mean, b.fliers, *(b.whiskers or []), *(b.caps or [])]:
                    if part is not None:
                        used.add(id(part))
                if b.median is not None:
                    middles.append(b.median)
        colours = sorted({self.colour(b.box.get_facecolor()) for c in groups for b in c if b.box is not None and hasattr(b.box, "get_facecolor")})
        if not n:
            lines = [l for l in self.a.lines if len(l.get_xdata()) in (5, 11) and l.get_xdata()[0] == l.get_xdata()[-1] and l.get_ydata()[0] == l.get_ydata()[-1]]
            paths = [p for p in self.a.patches if type(p).__name__ == "PathPatch" and len(p.get_path().vertices) in (5, 6, 11, 12)]
            boxes, rest = lines or paths, [l for l in self.a.lines if len(l.get_xdata()) == 2]
            if not boxes or len(rest) < 4 * len(boxes):  # two whiskers and two caps, maybe a median
                return []
            n = len(boxes)
            colours = sorted({self.colour(p.get_facecolor()) for p in paths})
            used.update(map(id, boxes)), used.update(map(id, self.a.lines))
            middles = [l for l in rest if any(self.crosses(l, b) for b in boxes)]
        flat = len(middles) > 0 and all(m.get_xdata()[0] == m.get_xdata()[-1] for m in middles)
        m = self.placed("box", [sum(l.get_xdata()[:2]) / 2 for l in middles], [sum(l.get_ydata()[:2]) / 2 for l in middles], n=n, horizontal=flat, colours=colours[:20])
        return [m]

    def crosses(self, line, box):
        """Whether a line of two points is the median of a box."""
        v = box.get_xydata() if hasattr(box, "get_xydata") else box.get_path().vertices
        low, high = v.min(axis=0), v.max(axis=0)
        x, y = line.get_xdata(), line.get_ydata()
        inside = lambda lo, hi, a: lo - 1e-9 <= min(a) and max(a) <= hi + 1e-9
        across = abs(x[1] - x[0]) > 0.9 * (high[0] - low[0]) or abs(y[1] - y[0]) > 0.9 * (high[1] - low[1])
        return inside(low[0], high[0], x) and inside(low[1], high[1], y) and across

    def line(self, l):
        if not hasattr(l, "get_data_3d"):
            x, y = l.get_xdata(orig=False), l.get_ydata(orig=False)
        else:
            x, y, z = l.get_data_3d()
        if len(x) == 0:
            return []  # seaborn puts lines without points behind its legends
        marker = l.get_marker() not in (None, "None", "", " ")
        drawn = l.get_linestyle() not in ("None", "", " ") and l.get_linewidth() > 0
        transform = l.get_transform() is not self.a.transData and len(x) == 2 and not hasattr(l, "get_data_3d")
        kind = "rule" if transform else "line" if drawn else "point" if marker else "nothing"
        step = l.get_drawstyle() != "default"
        m = self.placed(kind, x, y, label=self.label(l), colours=[self.colour(l.get_color())], marker=marker, dashed=l.get_linestyle() not in ("-", "None"), step=step)
        if hasattr(l, "get_data_3d"):
            m["z"] = numbers(z)
        return [m]

    def collection(self, c):
        import numpy as np
        kind = type(c).__name__
        colours = sorted({self.colour(f) for f in c.get_facecolor()[:2000]}) if kind != "QuadMesh" else []
        more = {"label": self.label(c), "colours": colours[:20], "groups": len(colours)}
        array = c.get_array()
        if array is not None:
            more["c"] = numbers(np.ma.filled(np.ma.asarray(array, float), np.nan).ravel())
        if kind in ("PathCollection", "Path3DCollection"):
            xy = np.ma.filled(np.ma.asarray(c.get_offsets(), float), np.nan)
            if len(xy) == 0:
                return []
            more["size"] = numbers(c.get_sizes())
            m = self.placed("point", xy[:, 0], xy[:, 1], n=len(xy), **more)
            if kind == "Path3DCollection":
                m["x"], m["y"], m["z"] = (numbers(np.asarray(v)) for v in c._offsets3d)
            return [m]
        if kind in ("QuadMesh", "PcolorQuadMesh"):
            shape = np.shape(array)
            return [dict(more, type="image", n=int(np.size(array)), rows=int(shape[0]), columns=int(shape[1]) if len(shape) > 1 else 0)]
        if "ContourSet" in kind or "TriContour" in kind:
            return [dict(more, type="contour", filled=bool(c.filled), n=len(c.levels), z=numbers(c.levels))]
        if kind in ("Quiver", "Barbs"):
            return [self.placed("arrow", c.X.ravel(), c.Y.ravel(), n=int(c.X.size), **more)]
        if kind == "Poly3DCollection":
            return [dict(more, type="surface", n=len(c._vec[0]) if hasattr(c, "_vec") else 1, z=numbers(c._vec[2]) if hasattr(c, "_vec") else [])]
        if kind == "Line3DCollection":
            return [dict(more, type="wire", n=len(c._segments3d))]
        if kind == "LineCollection":
            segments = c.get_segments()
            ends = [s[-1] for s in segments if len(s)]
            return [self.placed("segment", [e[0] for e in ends], [e[1] for e in ends], n=len(segments), **more)] if segments else []
        if kind == "EventCollection":
            return [dict(more, type="event", n=len(c.get_positions()), x=numbers(c.get_positions()))]
        if "PolyCollection" in kind:
            paths = c.get_paths()
            if array is not None and len(c.get_offsets()) > 1:
                return [dict(more, type="hexbin", n=len(c.get_offsets()))]
            return [self.area(p.vertices, more) for p in paths[:MOST_MARKS] if len(p.vertices)]
        return [dict(more, type=kind.lower(), n=len(c.get_paths()))]

    def area(self, v, more):
        """A filled band: mirrored about a line it is a violin."""
        half = (len(v) - 1) // 2
        forth, back = v[1:half], v[::-1][1:half]
        forth = forth[:len(back)]
        for axis, flat in ((0, False), (1, True)):
            sums = forth[:, axis] + back[:len(forth), axis]
            if len(sums) > 20 and sums.max() - sums.min() < 1e-6 * (abs(v[:, axis]).max() + 1):
                mirror = {"x": [float(sums[0]) / 2], "y": []} if not flat else {"x": [], "y": [float(sums[0]) / 2]}
                return dict(more, type="violin", n=1, horizontal=flat, xn=self.names(self.a.xaxis, mirror["x"]), yn=self.names(self.a.yaxis, mirror["y"]), **mirror)
        # Along the top and the bottom edge.
        top = {}
        for x, y in v:
            lo, hi = top.get(float(x), (float(y), float(y)))
            top[float(x)] = (min(lo, float(y)), max(hi, float(y)))
        xs = sorted(top)
        base = numbers(top[x][0] for x in xs)
        m = self.placed("area", xs, [top[x][1] for x in xs], base=base, **more)
        return m

    def patches(self, patches):
        import numpy as np
        found, wedges, rest = [], [], {}
        for p in patches:
            kind = type(p).__name__
            if kind == "Wedge":
                wedges.append(p)
            else:
                rest.setdefault(kind, []).append(p)
        if wedges:
            share = [(w.theta2 - w.theta1) / 360 for w in wedges]
            found.append({"type": "wedge", "n": len(wedges), "y": numbers(share), "hole": any(w.width not in (None, w.r) for w in wedges),
                          "colours": sorted({self.colour(w.get_facecolor()) for w in wedges})[:20], "xn": [self.label(w) for w in wedges]})
        for kind, group in rest.items():
            colours = sorted({self.colour(p.get_facecolor()) for p in group})[:20]
            if kind == "Rectangle":
                found += [dict(m, type="rect") for m in self.bars(group, self.label(group[0]))]
            elif kind == "StepPatch":
                for p in group:
                    values, edges, _ = p.get_data()
                    found.append(self.placed("bar", (np.asarray(edges[1:]) + edges[:-1]) / 2, values, touching=True, label=self.label(p), colours=colours))
            elif kind == "Polygon" and all(len(p.get_xy()) > 8 and self.stepped(p.get_xy()) for p in group):
                for p in group:
                    xy = p.get_xy()
                    found.append(self.placed("bar", xy[:, 0], xy[:, 1], touching=True, label=self.label(p), colours=[self.colour(p.get_facecolor())]))
            elif kind == "Polygon":
                for p in group:
                    found.append(self.placed("polygon", p.get_xy()[:, 0], p.get_xy()[:, 1], n=1, label=self.label(p), colours=[self.colour(p.get_facecolor())]))
            else:
                centres = [p.get_extents().transformed(self.a.transData.inverted()) for p in group[:MOST_VALUES]]
                found.append(self.placed(kind.lower(), [(b.x0 + b.x1) / 2 for b in centres], [(b.y0 + b.y1) / 2 for b in centres], n=len(group), label=self.label(group[0]), colours=colours))
        return found

    def stepped(self, xy):
        import numpy as np
        d = np.diff(xy, axis=0)
        return bool((np.minimum(abs(d[:, 0]), abs(d[:, 1])) < 1e-12).all())
