package termpic

import (
	"bytes"
	"image"

	"github.com/mattn/go-sixel"
)

// encodeSixel sends the picture with a palette of its own. Without dithering:
// charts are flat areas, which dithering would only make grainy.
func encodeSixel(out *bytes.Buffer, img image.Image, t Terminal) error {
	small, _, _ := fitPixels(img, t)
	if err := sixel.NewEncoder(out).Encode(small); err != nil {
		return err
	}
	out.WriteByte('\n')
	return nil
}
