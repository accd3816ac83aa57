package picture

import (
	"bytes"
	"image/color"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPNM(t *testing.T) {
	red, white, black, grey := color.RGBA{255, 0, 0, 255}, color.RGBA{255, 255, 255, 255}, color.RGBA{A: 255}, color.RGBA{127, 127, 127, 255}
	for name, c := range map[string]struct {
		data string
		want []color.Color
	}{
		"P6":              {"P6\n# made by hand\n2 1\n255\n\xff\x00\x00\xff\xff\xff", []color.Color{red, white}},
		"P3":              {"P3 2 1 15 15 0 0 15 15 15", []color.Color{red, white}},
		"P5":              {"P5 2 1 255 \x7f\x00", []color.Color{grey, black}},
		"P5 of 16 bits":   {"P5 2 1 65535 \x7f\xff\xff\xff", []color.Color{grey, white}},
		"P2":              {"P2\n2 1\n255\n127\n# between\n255\n", []color.Color{grey, white}},
		"P4":              {"P4\n2 1\n\x80", []color.Color{black, white}},
		"P1":              {"P1\n2 1\n10", []color.Color{black, white}},
		"above the limit": {"P2 2 1 10 99 0", []color.Color{white, black}},
	} {
		p, err := Decode(strings.NewReader(c.data))
		require.NoError(t, err, name)
		assert.Equal(t, "pnm", p.Format)
		assert.Equal(t, c.want, []color.Color{p.Image.At(0, 0), p.Image.At(1, 0)}, name)
	}
}

func TestPNMThatIsDamaged(t *testing.T) {
	for data, want := range map[string]string{
		"P6\n2 1\n255\n\xff":      "line 1 of 1",
		"P6\n2 x\n255\n":          "a number was expected",
		"P6\n99999999 1\n255\n":   "a number was expected",
		"P6\n60000 60000\n255\n":  "a picture may have 50 million",
		"P6\n2 1\n0\n\x00":        "highest value",
		"P3\n1 1\n255\n1 2 many":  "a number was expected",
		"P1\n1 1\n2":              "a number was expected",
		"P6\n2":                   "unexpected EOF",
		"P6\n0 5\n255\n":          "0×5 pixels",
		"P6 2 1 70000 \x00\x00":   "highest value",
		"P5\n1 2\n255\n\x00":      "line 2 of 2",
		"BM????\x00\x00\x00\x00.": "damaged bmp header",
	} {
		_, err := Decode(strings.NewReader(data))
		assert.ErrorContains(t, err, want, "%q", data)
	}
}

func FuzzPNM(f *testing.F) {
	f.Add([]byte("P6\n# x\n2 1\n255\n\xff\x00\x00\xff\xff\xff"))
	f.Add([]byte("P1\n2 1\n10"))
	f.Add([]byte("P5 2 1 65535 \x7f\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := decodePNMConfig(bytes.NewReader(data))
		if err != nil || h.Width*h.Height > 1<<16 {
			return
		}
		m, err := decodePNM(bytes.NewReader(data))
		if err == nil {
			assert.Equal(t, h.Width, m.Bounds().Dx())
			assert.Equal(t, h.Height, m.Bounds().Dy())
		}
	})
}
