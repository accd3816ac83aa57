package picture

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// The portable anymaps of netpbm (pbm(5), pgm(5), ppm(5)): what a program
// without any library writes.

// pnmHeader is what stands before the pixels.
type pnmHeader struct {
	kind          byte // '1' to '6'
	width, height int
	high          int // the value that means full intensity
}

func (h pnmHeader) plain() bool  { return h.kind <= '3' }
func (h pnmHeader) bitmap() bool { return h.kind == '1' || h.kind == '4' }
func (h pnmHeader) colour() bool { return h.kind == '3' || h.kind == '6' }

// errPNMNumber: a header or a plain picture holds decimal numbers only.
var errPNMNumber = errors.New("a number was expected")

func decodePNMConfig(r io.Reader) (image.Config, error) {
	h, err := readPNMHeader(bufio.NewReader(r))
	return image.Config{ColorModel: color.RGBAModel, Width: h.width, Height: h.height}, err
}

func readPNMHeader(r *bufio.Reader) (pnmHeader, error) {
	var h pnmHeader
	magic := make([]byte, 2)
	if _, err := io.ReadFull(r, magic); err != nil {
		return h, err
	}
	h.kind, h.high = magic[1], 1
	fields := []*int{&h.width, &h.height, &h.high}
	if h.bitmap() {
		fields = fields[:2]
	}
	for _, f := range fields {
		n, err := pnmNumber(r)
		if err != nil {
			return h, fmt.Errorf("its header: %w", err)
		}
		*f = n
	}
	if h.high < 1 || h.high > 65535 {
		return h, fmt.Errorf("its header gives %d as the highest value", h.high)
	}
	return h, nil
}

// pnmNumber reads a decimal number, the blanks and comments before it, and the
// one blank after it.
func pnmNumber(r *bufio.Reader) (int, error) {
	n, digits := 0, 0
	for {
		c, err := r.ReadByte()
		if err == io.EOF && digits > 0 {
			return n, nil
		}
		switch {
		case err == io.EOF:
			return 0, io.ErrUnexpectedEOF
		case err != nil:
			return 0, err
		case c >= '0' && c <= '9':
			if n = n*10 + int(c-'0'); n > 1<<24 {
				return 0, errPNMNumber
			}
			digits++
		case digits > 0:
			return n, nil
		case c == '#':
			if _, err := r.ReadSlice('\n'); err != nil && err != bufio.ErrBufferFull {
				return 0, err
			}
		case c != ' ' && c != '\n' && c != '\t' && c != '\r':
			return 0, errPNMNumber
		}
	}
}

func decodePNM(r io.Reader) (image.Image, error) {
	in := bufio.NewReader(r)
	h, err := readPNMHeader(in)
	if err != nil {
		return nil, err
	}
	m := image.NewRGBA(image.Rect(0, 0, h.width, h.height))
	next := h.samples(in)
	for y := range h.height {
		for x := range h.width {
			c := color.RGBA{A: 255}
			if c.R, err = next(x); err != nil {
				return nil, fmt.Errorf("line %d of %d: %w", y+1, h.height, err)
			}
			c.G, c.B = c.R, c.R
			if h.colour() {
				c.G, _ = next(x)
				if c.B, err = next(x); err != nil {
					return nil, fmt.Errorf("line %d of %d: %w", y+1, h.height, err)
				}
			}
			m.SetRGBA(x, y, c)
		}
	}
	return m, nil
}

// samples returns what reads one value after the other, scaled to 255; x is
// the column it is for.
func (h pnmHeader) samples(in *bufio.Reader) func(x int) (uint8, error) {
	scale := func(v int) uint8 { return uint8(min(v, h.high) * 255 / h.high) }
	switch {
	case h.kind == '1':
		return func(int) (uint8, error) { return plainBit(in) }
	case h.kind == '4':
		var bits byte
		return func(x int) (uint8, error) {
			var err error
			if x%8 == 0 {
				bits, err = in.ReadByte()
			}
			return 255 - 255*(bits>>(7-x%8)&1), err
		}
	case h.plain():
		return func(int) (uint8, error) { v, err := pnmNumber(in); return scale(v), err }
	case h.high > 255:
		return func(int) (uint8, error) {
			a, _ := in.ReadByte()
			b, err := in.ReadByte()
			return scale(int(a)<<8 | int(b)), err
		}
	}
	return func(int) (uint8, error) { v, err := in.ReadByte(); return scale(int(v)), err }
}

// plainBit reads one 0 (white) or 1 (black); they need no blanks between.
func plainBit(in *bufio.Reader) (uint8, error) {
	for {
		c, err := in.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '0':
			return 255, nil
		case c == '1':
			return 0, nil
		case c != ' ' && c != '\n' && c != '\t' && c != '\r':
			return 0, errPNMNumber
		}
	}
}
