package renderers

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"

	"viscoder/internal/atomicfile"
	"viscoder/renderers/picture"
)

// trimMargin is what stays around the content of a page, in pixels.
const trimMargin = 40

// trim gives a picture an even border: it cuts an empty one off, and adds what
// lacks. A picture whose corners differ has no border, and stays as it is; so
// does what is no picture, or empty.
func trim(path string) error {
	p, err := picture.Load(path)
	if err != nil {
		return nil // look says what is wrong with it
	}
	box := content(p.Image)
	framed := box.Inset(-trimMargin)
	if box.Empty() || framed == p.Image.Bounds() || !evenCorners(p.Image) {
		return nil
	}
	cut := image.NewRGBA(image.Rect(0, 0, framed.Dx(), framed.Dy()))
	b := p.Image.Bounds()
	draw.Draw(cut, cut.Bounds(), image.NewUniform(p.Image.At(b.Min.X, b.Min.Y)), image.Point{}, draw.Src)
	draw.Draw(cut, box.Sub(framed.Min), p.Image, box.Min, draw.Src)
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

func evenCorners(m image.Image) bool {
	b := m.Bounds()
	corner := color.RGBAModel.Convert(m.At(b.Min.X, b.Min.Y))
	for _, p := range []image.Point{{b.Max.X - 1, b.Min.Y}, {b.Min.X, b.Max.Y - 1}, {b.Max.X - 1, b.Max.Y - 1}} {
		if color.RGBAModel.Convert(m.At(p.X, p.Y)) != corner {
			return false
		}
	}
	return true
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
