package picture

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

// compareSide is the longer side, in pixels, at which pictures are compared:
// words turn into grey bars there, so that another version of a font is no
// difference, and bars, lines and colours stay what they are.
const compareSide = 160

// compareWindow is the side of the squares of which the structure is compared.
const compareWindow = 8

// evenGround is how much, of 255, a ground may vary.
const evenGround = 3.0

// Similarity tells how alike two pictures look, 1 for the same: the mean over
// small squares of the structural similarity (SSIM, Wang et al. 2004) of all
// three colours, on white paper, wherever one of them shows something. Where the shapes of the pictures differ by more
// than a tenth it is 0.
func Similarity(a, b image.Image) float64 {
	shape := float64(a.Bounds().Dx()) * float64(b.Bounds().Dy()) / (float64(a.Bounds().Dy()) * float64(b.Bounds().Dx()))
	if !(shape > 0.9 && shape < 1.1) {
		return 0
	}
	size := Fit(a.Bounds().Size(), compareSide)
	p, q := Scale(a, size), Scale(b, size)
	sum, n := 0.0, 0
	for y := 0; y+compareWindow <= size.Y; y += compareWindow / 2 {
		for x := 0; x+compareWindow <= size.X; x += compareWindow / 2 {
			for channel := range 3 {
				if like, drawn := ssim(p, q, x, y, channel); drawn {
					sum += like
					n++
				}
			}
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// ssim compares one square of one colour; drawn is false where both are the same
// even ground, which says nothing.
func ssim(p, q *image.RGBA, x0, y0, channel int) (like float64, drawn bool) {
	var a, b, aa, bb, ab float64
	for y := y0; y < y0+compareWindow; y++ {
		for x := x0; x < x0+compareWindow; x++ {
			v, w := float64(p.Pix[p.PixOffset(x, y)+channel]), float64(q.Pix[q.PixOffset(x, y)+channel])
			a, b, aa, bb, ab = a+v, b+w, aa+v*v, bb+w*w, ab+v*w
		}
	}
	const n = compareWindow * compareWindow
	const c1, c2 = (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	a, b = a/n, b/n
	va, vb, cov := aa/n-a*a, bb/n-b*b, ab/n-a*b
	like = (2*a*b + c1) * (2*cov + c2) / ((a*a + b*b + c1) * (va + vb + c2))
	return like, va+vb > evenGround || math.Abs(a-b) > evenGround
}

// Fit is the size of a picture whose longer side is made to be side pixels.
func Fit(size image.Point, side int) image.Point {
	scale := float64(side) / float64(max(size.X, size.Y))
	return image.Pt(max(1, int(math.Round(float64(size.X)*scale))), max(1, int(math.Round(float64(size.Y)*scale))))
}

// Scale draws a picture on white paper of another size.
func Scale(m image.Image, size image.Point) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: size})
	draw.CatmullRom.Scale(out, out.Rect, flatten(m, color.RGBA{255, 255, 255, 255}), image.Rectangle{Max: m.Bounds().Size()}, draw.Src, nil)
	return out
}
