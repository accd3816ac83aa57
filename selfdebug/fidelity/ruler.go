package fidelity

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// ruler turns pixels into the units of an axis, as its labels say. Two labels fix
// a linear scale; several axes of one direction that disagree fix none.
type ruler struct {
	at, unit float64 // pixel of zero, pixels for one
	state    int
}

// States of a ruler; it begins knowing nothing.
const (
	known         = 1
	contradictory = 2
)

func (r *ruler) known() bool { return r.state == known }

func (r *ruler) value(pixel float64) float64 { return (pixel - r.at) / r.unit }

func (r *ruler) values(pixels []float64) []float64 {
	list := make([]float64, len(pixels))
	for i, p := range pixels {
		list[i] = r.value(p)
	}
	return list
}

var translated = regexp.MustCompile(`^translate\(\s*(-?[\d.]+)[ ,]+(-?[\d.]+)\s*\)`)

// labelShift is how far below its tick the base line of a label of the y axis
// stands, as a share of the size of its letters.
const labelShift = 0.3

// read takes the labels of an axis; sideways says that it is an x axis.
func (r *ruler) read(axis *node, sideways bool) {
	var places, numbers []float64
	axis.each(func(n *node) {
		m := translated.FindStringSubmatch(n.attr("transform"))
		v, ok := number(n.text)
		if n.name != "text" || m == nil || !ok {
			return
		}
		x, _ := strconv.ParseFloat(m[1], 64)
		y, _ := strconv.ParseFloat(m[2], 64)
		size, _ := strconv.ParseFloat(strings.TrimSuffix(n.attr("font-size"), "px"), 64)
		if sideways {
			places = append(places, x)
		} else {
			places = append(places, y-math.Round(labelShift*size))
		}
		numbers = append(numbers, v)
	})
	if len(places) < 2 || numbers[0] == numbers[len(numbers)-1] {
		return
	}
	last := len(places) - 1
	unit := (places[last] - places[0]) / (numbers[last] - numbers[0])
	at := places[0] - unit*numbers[0]
	if unit == 0 || r.state == known && (math.Abs(unit-r.unit) > 1e-6*math.Abs(unit) || math.Abs(at-r.at) > 0.01) {
		r.state = contradictory
		return
	}
	r.at, r.unit, r.state = at, unit, max(r.state, known)
}
