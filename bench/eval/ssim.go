package eval

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/draw"
)

// Constants of the index (Wang, Bovik, Sheikh and Simoncelli 2004, "Image
// Quality Assessment: From Error Visibility to Structural Similarity").
const (
	ssimSide   = 256 // pixels of the square both pictures are laid on
	ssimRadius = 5   // of the 11×11 window
	ssimSigma  = 1.5
	ssimC1     = (0.01 * 255) * (0.01 * 255)
	ssimC2     = (0.03 * 255) * (0.03 * 255)
)

// SSIM is the mean structural similarity of the luma of two pictures, -1 to 1;
// 1 is the same picture. Each is first fitted into a white square of 256 pixels,
// its proportions kept: pictures of one request come in many sizes. It tells
// whether ink lies in the same places; it cannot tell a wrong value from another
// font, and a picture of other proportions scores low however right it is.
func SSIM(a, b image.Image) float64 {
	x, y := luma(a), luma(b)
	mx, my := blur(x), blur(y)
	xx, yy, xy := blur(product(x, x)), blur(product(y, y)), blur(product(x, y))
	sum := 0.0
	for i := range x {
		vx, vy, cov := xx[i]-mx[i]*mx[i], yy[i]-my[i]*my[i], xy[i]-mx[i]*my[i]
		sum += (2*mx[i]*my[i] + ssimC1) * (2*cov + ssimC2) / ((mx[i]*mx[i] + my[i]*my[i] + ssimC1) * (vx + vy + ssimC2))
	}
	return sum / float64(len(x))
}

// plane is the luma of a fitted picture, row by row, 0–255.
type plane []float64

func luma(img image.Image) plane {
	square := image.NewGray(image.Rect(0, 0, ssimSide, ssimSide))
	draw.Draw(square, square.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	size := img.Bounds().Size()
	scale := float64(ssimSide) / float64(max(size.X, size.Y, 1))
	w, h := max(1, int(math.Round(float64(size.X)*scale))), max(1, int(math.Round(float64(size.Y)*scale)))
	at := image.Pt((ssimSide-w)/2, (ssimSide-h)/2)
	draw.CatmullRom.Scale(square, image.Rectangle{at, at.Add(image.Pt(w, h))}, img, img.Bounds(), draw.Over, nil)
	p := make(plane, len(square.Pix))
	for i, v := range square.Pix {
		p[i] = float64(v)
	}
	return p
}

func product(a, b plane) plane {
	p := make(plane, len(a))
	for i := range a {
		p[i] = a[i] * b[i]
	}
	return p
}

// window is the Gaussian of one axis, of sum 1.
var window = func() (w [2*ssimRadius + 1]float64) {
	sum := 0.0
	for i := range w {
		d := float64(i - ssimRadius)
		w[i] = math.Exp(-d * d / (2 * ssimSigma * ssimSigma))
		sum += w[i]
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}()

// blur is the weighted mean around each pixel; the border is repeated.
func blur(p plane) plane { return blurAxis(blurAxis(p, 1), ssimSide) }

func blurAxis(p plane, step int) plane {
	out := make(plane, len(p))
	for i := range p {
		at := i % ssimSide
		if step != 1 {
			at = i / ssimSide
		}
		for k, w := range window {
			j := min(max(at+k-ssimRadius, 0), ssimSide-1)
			out[i] += w * p[i+(j-at)*step]
		}
	}
	return out
}
