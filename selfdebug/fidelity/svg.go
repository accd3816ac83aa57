package fidelity

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// seeSVG reads the document itself: its elements, texts, colours, and the sizes
// and places of its shapes, to which a chart's data is proportional.
func seeSVG(e Evidence, v *view) {
	root, err := parseXML(e.Program)
	if err != nil {
		return
	}
	lists := map[string][]float64{}
	root.each(func(n *node) {
		if n.name == "" || inert(n) || n.name == "rect" && covers(n, root) {
			return
		}
		v.elements[n.name]++
		for _, name := range []string{"fill", "stroke", "stop-color"} {
			v.addColour(n.attr(name))
			v.addColour(styled(n.attr("style"), name))
		}
		if n.name != "text" && n.name != "tspan" { // words beside a shape lie in proportion, whatever the shape does
			measure(n, lists)
		}
	})
	v.texts = append(v.texts, root.texts()...)
	v.titles = append(v.titles, root.texts()...)
	for _, key := range sortedKeys(lists) {
		v.lengths = append(v.lengths, lists[key])
	}
}

// covers says whether a rectangle is the background of the drawing.
func covers(n, root *node) bool {
	if n.attr("width") == "100%" {
		return true
	}
	for _, svg := range root.children {
		if box := floats(strings.Fields(strings.ReplaceAll(svg.attr("viewBox"), ",", " "))); len(box) == 4 {
			size := floats([]string{n.attr("width"), n.attr("height")})
			return len(size) == 2 && size[0] >= 0.98*box[2] && size[1] >= 0.98*box[3]
		}
	}
	return false
}

func inert(n *node) bool {
	switch n.name {
	case "defs", "clipPath", "mask", "symbol", "style", "metadata", "desc":
		return true
	}
	return false
}

func (v *view) addColour(c string) {
	if c != "" && c != "none" && len(v.colours) < 400 && !slices.Contains(v.colours, c) {
		v.colours = append(v.colours, c)
	}
}

func styled(style, name string) string {
	for _, part := range strings.Split(style, ";") {
		if key, value, ok := strings.Cut(part, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// measure adds what a shape measures to the list of its kind.
func measure(n *node, lists map[string][]float64) {
	add := func(key string, values ...float64) { lists[key] = append(lists[key], values...) }
	for _, name := range []string{"height", "width", "y", "x", "r", "cx", "cy", "x2", "y2"} {
		if f, err := strconv.ParseFloat(strings.TrimSuffix(n.attr(name), "px"), 64); err == nil && n.name != "svg" {
			add(n.name+"."+name, f)
			if name == "r" {
				add("circle.area", f*f)
			}
		}
	}
	for _, name := range []string{"points", "d"} {
		if text := n.attr(name); text != "" {
			xs, ys := pathPoints(text)
			add(n.name+".xs", xs...)
			add(n.name+".ys", ys...)
			lists[n.name+".xs of "+text], lists[n.name+".ys of "+text] = xs, ys
			if a, ok := sweep(text); ok {
				add("arcs", a)
			}
		}
	}
}

var (
	pathToken  = regexp.MustCompile(`[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`)
	arcCommand = regexp.MustCompile(`[Aa]`)
)

// pathPoints are the end points of the commands of a path, or the points of a
// polyline. Curves count by where they end.
func pathPoints(d string) (xs, ys []float64) {
	var x, y, startX, startY float64
	var args []float64
	command := byte('L')
	for _, token := range append(pathToken.FindAllString(d, 4000), "Z") {
		if c := token[0]; c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			if c == 'Z' || c == 'z' {
				x, y = startX, startY
			}
			command, args = c, nil
			continue
		}
		f, _ := strconv.ParseFloat(token, 64)
		if args = append(args, f); len(args) < arguments(command) {
			continue
		}
		x, y = step(command, args, x, y)
		if command == 'M' || command == 'm' {
			startX, startY = x, y
		}
		xs, ys, args = append(xs, x), append(ys, y), nil
	}
	return xs, ys
}

func arguments(command byte) int {
	switch command | 0x20 {
	case 'h', 'v':
		return 1
	case 'c':
		return 6
	case 's', 'q':
		return 4
	case 'a':
		return 7
	}
	return 2
}

func step(command byte, args []float64, x, y float64) (float64, float64) {
	dx, dy := 0.0, 0.0
	if command >= 'a' {
		dx, dy = x, y
	}
	switch command | 0x20 {
	case 'h':
		return args[0] + dx, y
	case 'v':
		return x, args[0] + dy
	}
	return args[len(args)-2] + dx, args[len(args)-1] + dy
}

// sweep is the angle of a slice in degrees: two points on a circle, and a flag that says
// which way round.
func sweep(d string) (float64, bool) {
	if !arcCommand.MatchString(d) {
		return 0, false
	}
	tokens := pathToken.FindAllString(d, 60)
	at := slices.IndexFunc(tokens, func(t string) bool { return t == "A" })
	xs, ys := pathPoints(d)
	if at < 0 || len(tokens) < at+8 || len(xs) < 3 {
		return 0, false
	}
	r, _ := strconv.ParseFloat(tokens[at+1], 64)
	// The slice begins in the centre and goes out by a line, or the other way.
	for i := 1; i < len(xs); i++ {
		chord := math.Hypot(xs[i]-xs[i-1], ys[i]-ys[i-1])
		if chord > 2*r+1e-6 || math.Abs(chord-r) < 0.02*r && i == 1 {
			continue
		}
		angle := 2 * math.Asin(min(1, chord/(2*r)))
		if tokens[at+4] == "1" {
			angle = 2*math.Pi - angle
		}
		return angle * 180 / math.Pi, true
	}
	return 0, false
}

// box is where a shape of Vega lies, in pixels of its group.
type box struct{ x, y, width, height float64 }

func shapePlaces(n *node) box {
	xs, ys := pathPoints(n.attr("d"))
	if len(xs) == 0 {
		return box{}
	}
	return box{slices.Min(xs), slices.Min(ys), slices.Max(xs) - slices.Min(xs), slices.Max(ys) - slices.Min(ys)}
}
