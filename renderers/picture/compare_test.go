package picture

import (
	"image"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
)

// chart has bars of the given heights and words, which are small dark marks.
func chart(w, h, shift int, bar color.NRGBA, heights ...int) *image.NRGBA {
	img := canvas(w, h, white)
	unit := w / 40
	for i, high := range heights {
		x := (4 + 8*i) * unit
		fill(img, x, h-3*unit-high*unit, x+5*unit, h-3*unit, bar)
		for j := range 4 {
			fill(img, x+j*unit+shift, h-2*unit, x+j*unit+unit/2+shift, h-unit, black)
		}
	}
	fill(img, 2*unit, h-3*unit, w-2*unit, h-3*unit+unit/4, black)
	return img
}

func TestSimilarity(t *testing.T) {
	orange := color.NRGBA{255, 127, 14, 255}
	one := chart(800, 600, 0, blue, 10, 20, 15)
	assert.InDelta(t, 1, Similarity(one, one), 1e-9)
	assert.Greater(t, Similarity(one, chart(400, 300, 0, blue, 10, 20, 15)), 0.95, "another size")
	assert.Greater(t, Similarity(one, chart(800, 600, 3, blue, 10, 20, 15)), 0.9, "words moved a little")
	for name, other := range map[string]image.Image{
		"a bar has another height": chart(800, 600, 0, blue, 10, 20, 25),
		"a bar is missing":         chart(800, 600, 0, blue, 10, 20),
		"another colour":           chart(800, 600, 0, orange, 10, 20, 15),
		"nothing":                  canvas(800, 600, white),
	} {
		assert.Less(t, Similarity(one, other), 0.92, name)
	}
	assert.Zero(t, Similarity(one, canvas(800, 300, white)), "another shape")
}

func TestScaleKeepsTheShape(t *testing.T) {
	assert.Equal(t, image.Pt(480, 240), Fit(image.Pt(1000, 500), 480))
	assert.Equal(t, image.Pt(1, 480), Fit(image.Pt(1, 5000), 480))
	out := Scale(canvas(10, 10, clear), image.Pt(5, 5))
	assert.Equal(t, color.RGBA{255, 255, 255, 255}, out.RGBAAt(2, 2))
}
