package termpic

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
)

// encodeBlocks writes two pixels a character: the upper half block in the
// colour of the upper pixel, on the colour of the lower.
func encodeBlocks(out *bytes.Buffer, img image.Image, t Terminal) error {
	columns, rows := t.room()
	size := img.Bounds().Size()
	// A pixel is as wide as a cell and half as high, so square where cells are
	// twice as high as wide; other cells stretch the picture before it is fitted.
	stretched := max(1, int(float64(size.Y)*2*float64(t.CellWidth)/float64(t.CellHeight)+0.5))
	w, h := fit(size.X, stretched, columns, 2*rows)
	h += h % 2
	small := scale(img, w, h)
	for y := 0; y < h; y += 2 {
		blockRow(out, small, y, t.TrueColour)
	}
	return nil
}

// blockRow writes pixel rows y and y+1 as one line, with a colour code only
// where the colour changes.
func blockRow(out *bytes.Buffer, img *image.RGBA, y int, trueColour bool) {
	var lastUpper, lastLower string
	for x := range img.Bounds().Dx() {
		upper := colourCode(img.RGBAAt(x, y), trueColour)
		lower := colourCode(img.RGBAAt(x, y+1), trueColour)
		if lower != lastLower {
			fmt.Fprintf(out, "\x1b[48;%sm", lower)
			lastLower = lower
		}
		if upper == lower {
			out.WriteByte(' ')
			continue
		}
		if upper != lastUpper {
			fmt.Fprintf(out, "\x1b[38;%sm", upper)
			lastUpper = upper
		}
		out.WriteString("▀")
	}
	out.WriteString("\x1b[0m\n")
}

// colourCode is the part of an SGR sequence that follows "38;" or "48;".
func colourCode(c color.RGBA, trueColour bool) string {
	if trueColour {
		return fmt.Sprintf("2;%d;%d;%d", c.R, c.G, c.B)
	}
	return fmt.Sprintf("5;%d", paletteIndex(c))
}

// cubeLevels are the six brightnesses of the palette's 6×6×6 cube (16–231); the
// grey ramp (232–255) runs from 8 to 238 in steps of 10.
var cubeLevels = [6]int{0, 95, 135, 175, 215, 255}

// paletteIndex is the nearest colour of the 256-colour palette of xterm.
func paletteIndex(c color.RGBA) int {
	r, g, b := int(c.R), int(c.G), int(c.B)
	ri, gi, bi := nearestLevel(r), nearestLevel(g), nearestLevel(b)
	cube := square(r-cubeLevels[ri]) + square(g-cubeLevels[gi]) + square(b-cubeLevels[bi])
	step := max(0, min(23, ((r+g+b)/3-3)/10))
	grey := 8 + 10*step
	if square(r-grey)+square(g-grey)+square(b-grey) < cube {
		return 232 + step
	}
	return 16 + 36*ri + 6*gi + bi
}

func nearestLevel(v int) int {
	best := 0
	for i, level := range cubeLevels {
		if square(v-level) < square(v-cubeLevels[best]) {
			best = i
		}
	}
	return best
}

func square(x int) int { return x * x }
