package fidelity

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/image/colornames"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// rgb reads #rgb, #rrggbb, rgb(…) and names of CSS; the values are 0 to 255.
func rgb(s string) (c [3]float64, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if named, found := colornames.Map[strings.ReplaceAll(s, " ", "")]; found {
		return [3]float64{float64(named.R), float64(named.G), float64(named.B)}, true
	}
	if rest, found := strings.CutPrefix(s, "#"); found {
		if len(rest) == 3 {
			rest = string([]byte{rest[0], rest[0], rest[1], rest[1], rest[2], rest[2]})
		}
		n, err := strconv.ParseUint(rest[:min(6, len(rest))], 16, 32)
		return [3]float64{float64(n >> 16), float64(n >> 8 & 255), float64(n & 255)}, err == nil && len(rest) >= 6
	}
	if _, rest, found := strings.Cut(s, "rgb"); found {
		parts := strings.FieldsFunc(strings.Trim(rest, "a() "), func(r rune) bool { return r == ',' || r == ' ' || r == '/' })
		for i := 0; i < 3 && len(parts) >= 3; i++ {
			v, err := strconv.ParseFloat(parts[i], 64)
			if err != nil {
				return c, false
			}
			c[i] = v
		}
		return c, len(parts) >= 3
	}
	return c, false
}

// sameColour says whether a colour may be called by a name: a shade of red is
// red. Colours wanted as #rrggbb have to be near.
func sameColour(want, have string) bool {
	w, ok1 := rgb(want)
	h, ok2 := rgb(have)
	if !ok1 || !ok2 {
		return strings.EqualFold(strings.TrimSpace(want), strings.TrimSpace(have))
	}
	if math.Hypot(math.Hypot(w[0]-h[0], w[1]-h[1]), w[2]-h[2]) < 60 {
		return true
	}
	if strings.HasPrefix(want, "#") {
		return false
	}
	wh, ws := hue(w)
	hh, hs := hue(h)
	if ws < 0.15 || hs < 0.15 { // black, grey and white are told apart by their lightness
		return ws < 0.15 && hs < 0.15 && math.Abs(w[1]-h[1]) < 90
	}
	if r, ok := hues[strings.ToLower(want)]; ok {
		return r[0] <= hh && hh < r[1] || r[0] <= hh+360 && hh+360 < r[1]
	}
	apart := math.Abs(wh - hh)
	return min(apart, 360-apart) <= 22
}

// hues that are called by a plain name, in degrees.
var hues = map[string][2]float64{
	"red": {345, 376}, "orange": {16, 46}, "yellow": {46, 70}, "green": {70, 170}, "teal": {160, 200}, "blue": {195, 258},
	"purple": {255, 312}, "pink": {300, 352}, "brown": {10, 45},
}

// hue in degrees and the saturation, 0 to 1.
func hue(c [3]float64) (h, s float64) {
	hi, lo := max(c[0], c[1], c[2]), min(c[0], c[1], c[2])
	if hi == lo {
		return 0, 0
	}
	d := hi - lo
	switch hi {
	case c[0]:
		h = 60 * (c[1] - c[2]) / d
	case c[1]:
		h = 60*(c[2]-c[0])/d + 120
	default:
		h = 60*(c[0]-c[1])/d + 240
	}
	return math.Mod(h+360, 360), d / hi
}
