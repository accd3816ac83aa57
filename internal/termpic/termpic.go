// Package termpic draws a picture in a terminal: by the kitty graphics
// protocol, iTerm2's inline images, sixel, or half blocks of two coloured
// pixels a character where the terminal has nothing better.
//
// Sources: kitty "Terminal graphics protocol", iTerm2 "Inline Images Protocol",
// DEC STD 070 for sixel (by way of go-sixel), ECMA-48 for colours.
package termpic

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"io"

	"golang.org/x/image/draw"
)

// Protocol is a way of drawing.
type Protocol int

// The protocols, worst first.
const (
	None Protocol = iota // no terminal, or one without colours
	Blocks
	Sixel
	ITerm2
	Kitty
)

func (p Protocol) String() string {
	names := [...]string{"none", "half blocks", "sixel", "iTerm2", "kitty"}
	if p < 0 || int(p) >= len(names) {
		return "unknown"
	}
	return names[p]
}

// Inline reports whether the protocol shows real pixels.
func (p Protocol) Inline() bool { return p >= Sixel }

// Terminal is what is known of the terminal that a picture goes to.
type Terminal struct {
	Protocol   Protocol
	Tmux       bool // a tmux stands between; kitty pictures need its passthrough
	TrueColour bool // 24-bit colours, else the 256-colour palette
	Columns    int  // 0 = 80
	Rows       int  // 0 = 24
	CellWidth  int  // pixels, 0 = 10
	CellHeight int  // pixels, 0 = 20
}

// promptRows stay free, so that the path above and the prompt below the picture
// are still seen.
const promptRows = 3

// withDefaults fills in what the terminal did not tell.
func (t Terminal) withDefaults() Terminal {
	for field, value := range map[*int]int{&t.Columns: 80, &t.Rows: 24, &t.CellWidth: 10, &t.CellHeight: 20} {
		if *field <= 0 {
			*field = value
		}
	}
	return t
}

// maxCells is how far kitty's table of row and column marks goes.
const maxCells = 297

// room is the largest picture that fits, in cells.
func (t Terminal) room() (columns, rows int) {
	return max(1, min(maxCells, t.Columns-1)), max(1, min(maxCells, t.Rows-promptRows))
}

// Encode writes img, scaled to fit, and ends with a newline. Transparent parts
// become white, as on paper. It fails for Protocol None and for empty pictures.
func Encode(w io.Writer, img image.Image, t Terminal) error {
	if img.Bounds().Empty() {
		return fmt.Errorf("termpic: the picture is empty")
	}
	t = t.withDefaults()
	var out bytes.Buffer // one write, so that nothing comes in between
	if err := t.encode(&out, img); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (t Terminal) encode(out *bytes.Buffer, img image.Image) error {
	switch t.Protocol {
	case Kitty:
		return encodeKitty(out, img, t)
	case ITerm2:
		return encodeITerm2(out, img, t)
	case Sixel:
		return encodeSixel(out, img, t)
	case Blocks:
		return encodeBlocks(out, img, t)
	}
	return fmt.Errorf("termpic: this terminal shows no pictures")
}

// fitPixels scales img down (never up) to the pixels that t has room for and
// says how many cells it covers.
func fitPixels(img image.Image, t Terminal) (fitted *image.RGBA, columns, rows int) {
	maxColumns, maxRows := t.room()
	size := img.Bounds().Size()
	w, h := fit(size.X, size.Y, min(size.X, maxColumns*t.CellWidth), min(size.Y, maxRows*t.CellHeight))
	columns = min(maxColumns, (w+t.CellWidth-1)/t.CellWidth)
	rows = min(maxRows, (h+t.CellHeight-1)/t.CellHeight)
	return scale(img, w, h), columns, rows
}

// fit returns the largest size of the same shape within maxW×maxH, at least 1×1.
func fit(w, h, maxW, maxH int) (int, int) {
	ratio := min(float64(maxW)/float64(w), float64(maxH)/float64(h))
	return max(1, min(maxW, int(float64(w)*ratio+0.5))), max(1, min(maxH, int(float64(h)*ratio+0.5)))
}

// scale resamples img onto white paper of w×h pixels.
func scale(img image.Image, w, h int) *image.RGBA {
	paper := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(paper, paper.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	if img.Bounds().Size() == paper.Bounds().Size() {
		draw.Draw(paper, paper.Bounds(), img, img.Bounds().Min, draw.Over)
		return paper
	}
	draw.CatmullRom.Scale(paper, paper.Bounds(), img, img.Bounds(), draw.Over, nil)
	return paper
}
