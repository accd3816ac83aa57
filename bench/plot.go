package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

// WritePlot draws the rates of rows as curves, over batch size or over depth, each
// with the least and the greatest sample and with its limit, into an SVG file.
func WritePlot(path string, rows []Row) error {
	curves := curvesOf(rows)
	if len(curves) == 0 {
		return fault.New(fault.Usage, "--plot: there is no curve in these rows").WithHint("ask for more than one size: --rows 1,2,4,8 or --depths 0,2048")
	}
	p := plot.New()
	over, setup := curves[0].over, rows[len(rows)-1].Setup
	p.Title.Text = fmt.Sprintf("%s on %s, %d threads, KV %s", setup.Model, setup.CPU, setup.Threads, setup.KVType)
	for _, style := range []*draw.TextStyle{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle,
	} {
		style.Font.Variant = "Sans"
	}
	p.Title.Padding = vg.Points(8)
	p.X.Label.Text, p.Y.Label.Text = over, "tokens per second"
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.TickerFunc(roundTicks)
	ticks := positionTicks(curves)
	p.X.Tick.Marker = plot.ConstantTicks(ticks)
	if over == overRows {
		p.X.Scale = plot.LogScale{}
	}
	p.Legend.Top, p.Legend.Left = true, over == overRows
	p.Legend.Padding = vg.Points(2)
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = color.Gray{225}, color.Gray{240}
	p.Add(grid)
	limits := map[string]bool{} // drawn
	for i, c := range curves {
		if err := c.addTo(p, palette[i%len(palette)], limits); err != nil {
			return fault.Wrap(err, fault.Internal, "--plot: cannot draw %s", c.name)
		}
	}
	// Room for the legend above the curves.
	p.Y.Max *= math.Pow(1.22, float64(len(curves)))
	canvas := vgsvg.New(18*vg.Centimeter, 12*vg.Centimeter)
	p.Draw(draw.New(canvas))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return fault.Wrap(err, fault.Internal, "--plot")
	}
	if err := atomicfile.WriteFile(path, out.Bytes(), 0o644); err != nil {
		return fault.Wrap(err, fault.Usage, "--plot: cannot write %s", path)
	}
	return nil
}

// palette is Okabe and Ito's, which people of every colour vision tell apart.
var palette = []color.Color{
	color.RGBA{0, 114, 178, 255}, color.RGBA{213, 94, 0, 255}, color.RGBA{0, 158, 115, 255}, color.RGBA{204, 121, 167, 255},
	color.RGBA{86, 180, 233, 255}, color.RGBA{230, 159, 0, 255},
}

const (
	overRows  = "tokens evaluated at once"
	overDepth = "tokens in the KV cache before"
)

// curve is the rows that one contender took of one kind of test.
type curve struct {
	name string
	over string
	rows []*Row
}

// at is the row's place on the horizontal axis.
func (c *curve) at(r *Row) float64 {
	if c.over == overRows {
		return float64(r.Rows)
	}
	return float64(r.Depth)
}

// curvesOf groups rows that can be joined by a line: at least two places.
func curvesOf(rows []Row) []*curve {
	var all []*curve
	for i := range rows {
		r := &rows[i]
		if r.TokS == 0 {
			continue
		}
		c := &curve{name: r.by() + ", " + r.Test, over: overDepth}
		if r.Bench == "batch" {
			c.name, c.over = r.by(), overRows
		}
		known := slices.IndexFunc(all, func(o *curve) bool { return o.name == c.name && o.over == c.over })
		if known < 0 {
			all, known = append(all, c), len(all)
		}
		all[known].rows = append(all[known].rows, r)
	}
	all = slices.DeleteFunc(all, func(c *curve) bool {
		slices.SortStableFunc(c.rows, func(a, b *Row) int { return cmp.Compare(c.at(a), c.at(b)) })
		return len(c.rows) < 2 || all[0].over != c.over
	})
	return all
}

// spreads are points with the range of their samples.
type spreads struct {
	plotter.XYs
	plotter.YErrors
}

// addTo draws the curve, and its limit as a broken line: one for each test, since
// contenders of a test have the same.
func (c *curve) addTo(p *plot.Plot, colour color.Color, limits map[string]bool) error {
	var points spreads
	var limit plotter.XYs
	for _, r := range c.rows {
		low, high := r.spread()
		points.XYs = append(points.XYs, plotter.XY{X: c.at(r), Y: r.TokS})
		points.YErrors = append(points.YErrors, struct{ Low, High float64 }{r.TokS - low, high - r.TokS})
		if r.LimitMS > 0 {
			limit = append(limit, plotter.XY{X: c.at(r), Y: float64(r.Tokens) / r.LimitMS * 1e3})
		}
	}
	line, dots, err := plotter.NewLinePoints(points.XYs)
	if err != nil {
		return err
	}
	line.Color, line.Width = colour, vg.Points(1.5)
	dots.Color, dots.Shape, dots.Radius = colour, draw.CircleGlyph{}, vg.Points(2.5)
	bars, err := plotter.NewYErrorBars(points)
	if err != nil {
		return err
	}
	bars.Color = colour
	p.Add(line, dots, bars)
	p.Legend.Add(c.name, line, dots)
	name := "limit of the machine"
	if _, test, ok := strings.Cut(c.name, ", "); ok {
		name += ", " + test
	}
	if len(limit) < 2 || limits[name] {
		return nil
	}
	limits[name] = true
	ceiling, err := plotter.NewLine(limit)
	if err != nil {
		return err
	}
	ceiling.Color, ceiling.Width = color.Gray{90}, vg.Points(1)
	ceiling.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
	p.Add(ceiling)
	p.Legend.Add(name, ceiling)
	return nil
}

// positionTicks are the places where something was measured, thinned where labels
// would touch.
func positionTicks(curves []*curve) []plot.Tick {
	var places []float64
	for _, c := range curves {
		for _, r := range c.rows {
			places = append(places, c.at(r))
		}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	var ticks []plot.Tick
	for i, x := range places {
		label := strconv.Itoa(int(x))
		if near := i > 0 && curves[0].over == overRows && x < 1.3*places[i-1]; near {
			label = ""
		}
		ticks = append(ticks, plot.Tick{Value: x, Label: label})
	}
	return ticks
}

// roundTicks are 1, 2 and 5 of each power of ten.
func roundTicks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for power := math.Pow(10, math.Floor(math.Log10(low))); power <= high; power *= 10 {
		for _, digit := range []float64{1, 2, 5} {
			if v := digit * power; v >= low && v <= high {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', -1, 64)})
			}
		}
	}
	return ticks
}
