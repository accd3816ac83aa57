package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
)

const (
	minInk       = 12   // pixels: fewer is dust, such as one anti-aliased dot
	minSpread    = 0.04 // part of width and height that the ink must span in one direction
	inkTolerance = 24   // of 255 in one channel: JPEG noise on an even ground stays below
	maxCrossing  = 0.3  // part of an edge; see checkBorder
)

var (
	onWhite   = color.RGBA{255, 255, 255, 255}
	onBlack   = color.RGBA{0, 0, 0, 255}
	edgeNames = [4]string{"top", "bottom", "left", "right"}
)

// inkMap is what one pass over a picture finds: ink is every pixel that differs
// from the ground, and the ground is the commonest colour of the border.
type inkMap struct {
	ground      color.RGBA
	transparent bool // some pixel shows the page through
	ink         int  // pixels
	box         image.Rectangle
	edge        [4]float64 // part of each edge that is ink; order of edgeNames
}

func survey(img image.Image, page color.RGBA) inkMap {
	flat := flatten(img, page)
	m := inkMap{ground: borderColour(flat), transparent: !opaque(img)}
	size := flat.Rect.Size()
	m.box = image.Rectangle{Min: size}
	for y := range size.Y {
		row := flat.Pix[y*flat.Stride : y*flat.Stride+4*size.X]
		m.scanRow(row, y, size)
	}
	if m.ink == 0 {
		m.box = image.Rectangle{}
	}
	m.edge[0] /= float64(size.X)
	m.edge[1] /= float64(size.X)
	m.edge[2] /= float64(size.Y)
	m.edge[3] /= float64(size.Y)
	return m
}

func (m *inkMap) scanRow(row []byte, y int, size image.Point) {
	for x := 0; x < size.X; x++ {
		if !differs(row[4*x:4*x+3:4*x+3], m.ground) {
			continue
		}
		m.ink++
		m.box.Min.X, m.box.Max.X = min(m.box.Min.X, x), max(m.box.Max.X, x+1)
		m.box.Min.Y, m.box.Max.Y = min(m.box.Min.Y, y), max(m.box.Max.Y, y+1)
		m.touch(x, y, size)
	}
}

func (m *inkMap) touch(x, y int, size image.Point) {
	for i, on := range [4]bool{y == 0, y == size.Y-1, x == 0, x == size.X-1} {
		if on {
			m.edge[i]++
		}
	}
}

func differs(rgb []byte, ground color.RGBA) bool {
	return apart(rgb[0], ground.R) || apart(rgb[1], ground.G) || apart(rgb[2], ground.B)
}

func apart(a, b byte) bool {
	d := int(a) - int(b)
	return d > inkTolerance || d < -inkTolerance
}

// flatten lays img on a page of one colour.
func flatten(img image.Image, page color.RGBA) *image.RGBA {
	b := img.Bounds()
	flat := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(flat, flat.Rect, image.NewUniform(page), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Rect, img, b.Min, draw.Over)
	return flat
}

func opaque(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// borderColour returns the commonest colour of the outermost pixels, quantized
// to 5 bits a channel so that noise does not split one colour into many; the
// answer is the first border pixel of that class.
func borderColour(img *image.RGBA) color.RGBA {
	size := img.Rect.Size()
	count := map[uint16]int{}
	first := map[uint16]color.RGBA{}
	var best uint16
	add := func(x, y int) {
		c := img.RGBAAt(x, y)
		key := uint16(c.R>>3)<<10 | uint16(c.G>>3)<<5 | uint16(c.B>>3)
		if _, seen := first[key]; !seen {
			first[key] = c
		}
		count[key]++
		if count[key] > count[best] {
			best = key
		}
	}
	for x := range size.X {
		add(x, 0)
		add(x, size.Y-1)
	}
	for y := range size.Y {
		add(0, y)
		add(size.X-1, y)
	}
	return first[best]
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
