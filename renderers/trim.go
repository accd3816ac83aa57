package renderers

import (
	"image"
	"image/draw"
	"image/png"

	"viscoder/internal/atomicfile"
	"viscoder/renderers/picture"
)

// trimMargin is what stays around the content of a page, in pixels.
const trimMargin = 40

// trim cuts the empty border off a page, where the border is all of one colour:
// that of the corner. A file that is no picture, or empty, stays as it is.
func trim(path string) error {
	p, err := picture.Load(path)
	if err != nil {
		return nil // look says what is wrong with it
	}
	whole := p.Image.Bounds()
	box := content(p.Image).Inset(-trimMargin).Intersect(whole)
	if box.Empty() || box == whole {
		return nil
	}
	cut := image.NewRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
	draw.Draw(cut, cut.Bounds(), p.Image, box.Min, draw.Src)
	file, err := atomicfile.Create(path, 0o644)
	if err != nil {
		return err
	}
	defer file.Abort()
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(file, cut); err != nil {
		return err
	}
	return file.Commit()
}

// content is the smallest rectangle that holds every pixel unlike the corner;
// empty where all are alike.
func content(m image.Image) image.Rectangle {
	b := m.Bounds()
	rgba, ok := m.(*image.RGBA)
	if !ok {
		rgba = image.NewRGBA(b)
		draw.Draw(rgba, b, m, b.Min, draw.Src)
	}
	var box image.Rectangle
	corner := rgba.RGBAAt(b.Min.X, b.Min.Y)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		left, right := b.Min.X, b.Max.X
		for left < right && rgba.RGBAAt(left, y) == corner {
			left++
		}
		for right > left && rgba.RGBAAt(right-1, y) == corner {
			right--
		}
		if left < right {
			box = box.Union(image.Rect(left, y, right, y+1))
		}
	}
	return box
}
