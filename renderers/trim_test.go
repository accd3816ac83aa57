package renderers

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/picture"
)

// page writes a white picture with a black rectangle in it.
func page(t *testing.T, size, ink image.Rectangle) string {
	t.Helper()
	m := image.NewRGBA(size)
	draw.Draw(m, size, image.White, image.Point{}, draw.Src)
	draw.Draw(m, ink, image.Black, image.Point{}, draw.Src)
	path := filepath.Join(t.TempDir(), "page.png")
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, png.Encode(f, m))
	return path
}

func TestTrimMakesAnEvenBorder(t *testing.T) {
	for name, c := range map[string]struct{ size, ink, want image.Rectangle }{
		"a page":       {image.Rect(0, 0, 600, 800), image.Rect(100, 100, 200, 130), image.Rect(0, 0, 100+2*trimMargin, 30+2*trimMargin)},
		"too tight":    {image.Rect(0, 0, 100, 100), image.Rect(0, 1, 100, 99), image.Rect(0, 0, 100+2*trimMargin, 98+2*trimMargin)},
		"full":         {image.Rect(0, 0, 100, 100), image.Rect(0, 0, 60, 100), image.Rect(0, 0, 100, 100)},
		"empty":        {image.Rect(0, 0, 100, 100), image.Rectangle{}, image.Rect(0, 0, 100, 100)},
		"just as wide": {image.Rect(0, 0, 90, 90), image.Rect(40, 40, 50, 50), image.Rect(0, 0, 90, 90)},
	} {
		path := page(t, c.size, c.ink)
		require.NoError(t, trim(path), name)
		p, err := picture.Load(path)
		require.NoError(t, err, name)
		assert.Equal(t, c.want, p.Image.Bounds(), name)
		if name == "a page" {
			assert.Equal(t, color.RGBA{A: 255}, color.RGBAModel.Convert(p.Image.At(trimMargin, trimMargin)))
			assert.Equal(t, color.RGBA{R: 255, G: 255, B: 255, A: 255}, color.RGBAModel.Convert(p.Image.At(trimMargin-1, trimMargin)))
		}
	}
}

func TestTrimLeavesWhatIsNoPicture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.png")
	require.NoError(t, os.WriteFile(path, []byte("no picture"), 0o600))
	require.NoError(t, trim(path))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "no picture", string(data))
}
