package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

var (
	white = color.NRGBA{255, 255, 255, 255}
	black = color.NRGBA{0, 0, 0, 255}
	blue  = color.NRGBA{31, 119, 180, 255}
	clear = color.NRGBA{}
)

func canvas(w, h int, ground color.NRGBA) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	return img
}

func fill(img *image.NRGBA, x0, y0, x1, y1 int, c color.NRGBA) *image.NRGBA {
	draw.Draw(img, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// thinLine is one curve without axes: 99.8 % of it is ground.
func thinLine(ground, ink color.NRGBA) *image.NRGBA {
	img := canvas(640, 480, ground)
	for x := 60; x < 580; x++ {
		img.SetNRGBA(x, 100+(x*x)/1500, ink)
	}
	return img
}

func noisy(img *image.NRGBA) *image.NRGBA {
	for i := range img.Pix {
		if i%4 != 3 {
			img.Pix[i] = byte(max(0, int(img.Pix[i])-(i*7919)%16))
		}
	}
	return img
}

func codes(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, string(f.Grade)+" "+f.Code)
	}
	return out
}

func TestCheck(t *testing.T) {
	framed := canvas(300, 200, white)
	fill(framed, 0, 0, 300, 200, black)
	fill(framed, 2, 2, 298, 198, white)
	fill(framed, 100, 50, 200, 150, blue)
	tests := []struct {
		name string
		img  image.Image
		want []string
	}{
		{"one thin line on white", thinLine(white, black), nil},
		{"one thin line on a dark ground", thinLine(black, white), nil},
		{"a thin horizontal rule", fill(canvas(640, 480, white), 40, 240, 600, 241, black), nil},
		{"bars", fill(fill(canvas(640, 480, white), 50, 100, 200, 440, blue), 250, 200, 400, 440, blue), nil},
		{"a picture that fills its canvas", fill(canvas(200, 200, white), 0, 0, 200, 100, blue), nil},
		{"a frame on the very edge", framed, nil},
		{"ink on a transparent ground", thinLine(clear, black), nil},
		{"white", canvas(640, 480, white), []string{"error blank"}},
		{"one other colour", canvas(640, 480, blue), []string{"error blank"}},
		{"noise of compression only", noisy(canvas(640, 480, white)), []string{"error blank"}},
		{"fully transparent", canvas(640, 480, clear), []string{"error blank"}},
		{"dust", fill(canvas(640, 480, white), 300, 200, 303, 202, black), []string{"error blank"}},
		{"white ink on a transparent ground", thinLine(clear, white), []string{"warning light-on-transparent"}},
		{"a dot", fill(canvas(640, 480, white), 300, 200, 312, 212, black), []string{"warning nearly-blank"}},
		{"a label that runs out on the left", fill(canvas(640, 480, white), 0, 200, 300, 212, black), []string{"warning cut-off"}},
		{"an icon", fill(canvas(32, 32, white), 4, 4, 28, 28, black), []string{"error too-small"}},
		{"a hair", fill(canvas(640, 8, white), 10, 2, 600, 6, black), []string{"error too-small"}},
		{"a narrow strip", fill(canvas(640, 40, white), 10, 8, 600, 30, black), []string{"warning too-small"}},
		{"a banner", fill(canvas(13_000, 70, white), 100, 10, 9_000, 60, black), []string{"warning over-large"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			size := tt.img.Bounds().Size()
			got := Check(&Picture{Width: size.X, Height: size.Y, Image: tt.img})
			assert.Equal(t, tt.want, codes(got))
			assert.Equal(t, len(tt.want) > 0 && strings.HasPrefix(tt.want[0], "error"), HasError(got))
		})
	}
}

func TestCutOffNamesTheEdges(t *testing.T) {
	img := fill(canvas(640, 480, white), 0, 200, 300, 212, black)
	fill(img, 100, 300, 110, 480, black)
	got := Check(&Picture{Width: 640, Height: 480, Image: img})
	require.Len(t, got, 1)
	assert.Equal(t, "something may be cut off at the bottom, left", got[0].Message)
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return path
}

func encodePNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

func TestLoadKnowsTheFormats(t *testing.T) {
	img := thinLine(white, black)
	var j, g bytes.Buffer
	require.NoError(t, jpeg.Encode(&j, img, nil))
	require.NoError(t, gif.Encode(&g, img, nil))
	for format, data := range map[string][]byte{"png": encodePNG(t, img), "jpeg": j.Bytes(), "gif": g.Bytes()} {
		// The name lies on purpose: only the bytes count.
		p, err := Load(write(t, "x.webp", data))
		require.NoError(t, err, format)
		assert.Equal(t, format, p.Format)
		assert.Equal(t, [2]int{640, 480}, [2]int{p.Width, p.Height})
		assert.Empty(t, Check(p), format)
		assert.Equal(t, format, FormatOf(data[:16]))
	}
	assert.Empty(t, FormatOf([]byte("<svg")))
}

// bomb is a PNG whose header promises w×h pixels and which holds none.
func bomb(w, h uint32, depth, colour byte) []byte {
	body := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	body = binary.BigEndian.AppendUint32(body, h)
	body = append(body, depth, colour, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
}

func TestLoadRefuses(t *testing.T) {
	whole := encodePNG(t, thinLine(white, black))
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "the file is empty"},
		{"text", []byte("Traceback (most recent call last)"), "not a PNG, JPEG, GIF, WebP, BMP or PNM picture"},
		{"half a file", whole[:len(whole)/2], "damaged png"},
		{"a header alone", bomb(300, 200, 8, 2), "damaged png"},
		{"a bomb", bomb(100_000, 100_000, 8, 2), "100000×100000 pixels; a picture may have 50 million"},
		{"a bomb of deep colour", bomb(7_000, 7_000, 16, 6), "16-bit colour need more than 256 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := write(t, "x.png", tt.data)
			_, err := Load(path)
			require.ErrorContains(t, err, tt.want)
			assert.ErrorContains(t, err, path)
		})
	}
}

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	link, pipe, large := filepath.Join(dir, "link.png"), filepath.Join(dir, "pipe.png"), filepath.Join(dir, "large.png")
	require.NoError(t, os.Symlink(write(t, "x.png", encodePNG(t, thinLine(white, black))), link))
	require.NoError(t, unix.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(large, nil, 0o600))
	require.NoError(t, os.Truncate(large, MaxFileBytes+1))
	for path, want := range map[string]string{
		link: "too many levels of symbolic links", pipe: "not a regular file", dir: "not a regular file",
		large: "a picture may have", filepath.Join(dir, "absent.png"): "no such file",
	} {
		_, err := Load(path)
		assert.ErrorContains(t, err, want)
	}
}

func FuzzDecode(f *testing.F) {
	small := fill(canvas(70, 66, white), 5, 5, 60, 60, blue)
	var j, g bytes.Buffer
	require.NoError(f, jpeg.Encode(&j, small, nil))
	require.NoError(f, gif.Encode(&g, small, nil))
	f.Add(encodePNG(f, small))
	f.Add(j.Bytes())
	f.Add(g.Bytes())
	f.Add(bomb(1<<31, 1<<31, 8, 2))
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8L\x17\x00\x00\x00\x2f\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Large canvases are legal and slow; the bounds are tested above.
		if c, err := sniff(bytes.NewReader(data)); err == nil {
			if config, err := c.config(bytes.NewReader(data)); err == nil && config.Width*config.Height > 1<<20 {
				return
			}
		}
		p, err := Decode(bytes.NewReader(data))
		if err != nil {
			assert.Nil(t, p)
			return
		}
		assert.Equal(t, p.Image.Bounds().Size(), image.Pt(p.Width, p.Height))
		assert.LessOrEqual(t, p.Width*p.Height, MaxPixels)
		Check(p)
	})
}
