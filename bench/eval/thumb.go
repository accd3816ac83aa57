package eval

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"

	"golang.org/x/image/draw"

	"viscoder/renderers/picture"
)

// Size of the pictures that a page holds, in pixels at most.
const (
	thumbWidth  = 720
	thumbHeight = 560
)

// thumb is the picture at path as a data address for a page, on white and scaled
// down; "" if it has no pixels that can be read.
func thumb(path string) template.URL {
	p, err := picture.Load(path)
	if err != nil {
		return ""
	}
	small := shrink(p.Image)
	var sharp, soft bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if encoder.Encode(&sharp, small) != nil || jpeg.Encode(&soft, small, &jpeg.Options{Quality: 85}) != nil {
		return ""
	}
	kind, data := "png", sharp.Bytes()
	if soft.Len()*2 < sharp.Len() { // a photo or a gradient; lines stay sharp
		kind, data = "jpeg", soft.Bytes()
	}
	return template.URL("data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(data)) //nolint:gosec // our own encoding
}

func shrink(img image.Image) image.Image {
	size := img.Bounds().Size()
	scale := min(1, float64(thumbWidth)/float64(size.X), float64(thumbHeight)/float64(size.Y))
	w, h := max(1, int(math.Round(float64(size.X)*scale))), max(1, int(math.Round(float64(size.Y)*scale)))
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(small, small.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Over, nil)
	return small
}
