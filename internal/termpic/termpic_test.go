package termpic

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/kitty"
	"github.com/mattn/go-sixel"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	red  = color.RGBA{220, 20, 20, 255}
	blue = color.RGBA{20, 20, 220, 255}
)

// twoHalves is red on the left and blue on the right.
func twoHalves(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, red)
			if x >= w/2 {
				img.SetRGBA(x, y, blue)
			}
		}
	}
	return img
}

// noise cannot be compressed, so its PNG needs many chunks.
func noise(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for i := range img.Pix {
		state = state*1664525 + 1013904223
		img.Pix[i] = byte(state >> 24)
	}
	for i := 3; i < len(img.Pix); i += 4 {
		img.Pix[i] = 255
	}
	return img
}

func encode(t *testing.T, img image.Image, term Terminal) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Encode(&out, img, term))
	require.True(t, strings.HasSuffix(out.String(), "\n"))
	return out.String()
}

// near allows for rounding in resampling and in sixel's percent colours.
func near(t *testing.T, want color.RGBA, got color.Color) {
	t.Helper()
	r, g, b, _ := got.RGBA()
	assert.InDelta(t, want.R, r>>8, 4)
	assert.InDelta(t, want.G, g>>8, 4)
	assert.InDelta(t, want.B, b>>8, 4)
}

var kittySequence = regexp.MustCompile(`\x1b_G([^;]*);([A-Za-z0-9+/=]*)\x1b\\`)

// readKitty joins the chunks of a transmission and returns its first keys.
func readKitty(t *testing.T, text string) (keys string, img image.Image) {
	t.Helper()
	var data string
	sequences := kittySequence.FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, sequences)
	for i, s := range sequences {
		require.LessOrEqual(t, len(s[2]), 4096)
		last := i == len(sequences)-1
		assert.Equal(t, last, strings.HasSuffix(s[1], "m=0"), "only the last chunk says that no more follow")
		if !last {
			assert.Zero(t, len(s[2])%4, "a chunk that is not the last holds whole base64 groups")
		}
		if i > 0 {
			assert.Regexp(t, `^m=[01]$`, s[1], "later chunks carry no other keys")
		}
		data += s[2]
	}
	file, err := base64.StdEncoding.DecodeString(data)
	require.NoError(t, err)
	img, err = png.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	return sequences[0][1], img
}

func TestKittySmallPictureIsSentUnscaled(t *testing.T) {
	text := encode(t, twoHalves(40, 20), Terminal{Protocol: Kitty, CellWidth: 10, CellHeight: 20})
	keys, img := readKitty(t, text)
	assert.Equal(t, "a=T,f=100,q=2,c=4,r=1,m=0", keys)
	assert.Equal(t, image.Rect(0, 0, 40, 20), img.Bounds())
	near(t, red, img.At(0, 0))
	near(t, blue, img.At(39, 19))
}

func TestKittyLargePictureIsScaledAndChunked(t *testing.T) {
	source := noise(1600, 1200)
	text := encode(t, source, Terminal{Protocol: Kitty, Columns: 81, Rows: 43, CellWidth: 10, CellHeight: 20})
	keys, img := readKitty(t, text)
	assert.Greater(t, strings.Count(text, "\x1b_G"), 10)
	assert.Equal(t, "a=T,f=100,q=2,c=80,r=30,m=1", keys)
	assert.Equal(t, image.Rect(0, 0, 800, 600), img.Bounds())
}

func TestKittyInTmuxLeavesPlaceholders(t *testing.T) {
	text := encode(t, twoHalves(60, 40), Terminal{Protocol: Kitty, Tmux: true, CellWidth: 10, CellHeight: 20})
	require.True(t, strings.HasPrefix(text, "\x1bPtmux;\x1b\x1b_G"))
	body, rest, ok := strings.Cut(strings.TrimPrefix(text, "\x1bPtmux;"), "\x1b\x1b\\\x1b\\")
	require.True(t, ok, "the passthrough ends after the doubled end of the picture")
	keys, img := readKitty(t, strings.ReplaceAll(body, "\x1b\x1b", "\x1b")+"\x1b\\")
	assert.Equal(t, 60, img.Bounds().Dx())
	id := regexp.MustCompile(`^a=T,U=1,f=100,q=2,i=(\d+),c=6,r=2,m=0$`).FindStringSubmatch(keys)
	require.NotNil(t, id, keys)

	lines := strings.Split(strings.TrimSuffix(rest, "\n"), "\n")
	require.Len(t, lines, 2)
	colour := regexp.MustCompile(`^\x1b\[38;2;(\d+);(\d+);(\d+)m`).FindStringSubmatch(lines[0])
	require.NotNil(t, colour)
	number := 0
	for _, part := range colour[1:] {
		v, err := strconv.Atoi(part)
		require.NoError(t, err)
		number = number<<8 | v
	}
	assert.Equal(t, id[1], strconv.Itoa(number), "the colour of the placeholders names the picture")
	cells := []rune(ansi.Strip(lines[1]))
	require.Len(t, cells, 3*6)
	assert.Equal(t, []rune{kitty.Placeholder, kitty.Diacritic(1), kitty.Diacritic(5)}, cells[15:])
}

func TestITerm2(t *testing.T) {
	text := encode(t, twoHalves(1600, 800), Terminal{Protocol: ITerm2, Columns: 81, Rows: 100, CellWidth: 10, CellHeight: 20})
	m := regexp.MustCompile(`^\x1b\]1337;File=inline=1;size=(\d+);width=80;height=20;preserveAspectRatio=1:([A-Za-z0-9+/=]+)\a\n$`).FindStringSubmatch(text)
	require.NotNil(t, m)
	file, err := base64.StdEncoding.DecodeString(m[2])
	require.NoError(t, err)
	assert.Equal(t, m[1], strconv.Itoa(len(file)))
	img, err := png.Decode(bytes.NewReader(file))
	require.NoError(t, err)
	assert.Equal(t, image.Rect(0, 0, 800, 400), img.Bounds())
	near(t, red, img.At(10, 10))
	near(t, blue, img.At(790, 390))
}

func TestSixel(t *testing.T) {
	text := encode(t, twoHalves(60, 36), Terminal{Protocol: Sixel})
	require.True(t, strings.HasPrefix(text, "\x1bP"))
	require.True(t, strings.HasSuffix(text, "\x1b\\\n"))
	var img image.Image
	require.NoError(t, sixel.NewDecoder(strings.NewReader(text)).Decode(&img))
	assert.Equal(t, 60, img.Bounds().Dx())
	assert.Equal(t, 36, img.Bounds().Dy())
	near(t, red, img.At(3, 3))
	near(t, blue, img.At(55, 30))
}

// readBlocks paints what a terminal would show: rows of pixels, two a line.
func readBlocks(t *testing.T, text string) [][]string {
	t.Helper()
	token := regexp.MustCompile(`\x1b\[([34]8;[\d;]+|0)m|▀| `)
	var pixels [][]string
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		var upper, lower []string
		var foreground, background string
		assert.Empty(t, token.ReplaceAllString(line, ""), "nothing but colours, blocks and spaces")
		for _, m := range token.FindAllStringSubmatch(line, -1) {
			switch {
			case m[0] == "▀":
				upper, lower = append(upper, foreground), append(lower, background)
			case m[0] == " ":
				upper, lower = append(upper, background), append(lower, background)
			case m[1] == "0":
				foreground, background = "", ""
			case strings.HasPrefix(m[1], "38;"):
				foreground = m[1][3:]
			default:
				background = m[1][3:]
			}
		}
		pixels = append(pixels, upper, lower)
	}
	return pixels
}

func TestBlocksPaintEveryPixel(t *testing.T) {
	source := noise(6, 4)
	text := encode(t, source, Terminal{Protocol: Blocks, TrueColour: true, Columns: 7, Rows: 50})
	pixels := readBlocks(t, text)
	require.Len(t, pixels, 4)
	for y, row := range pixels {
		require.Len(t, row, 6)
		for x, code := range row {
			assert.Equal(t, colourCode(source.RGBAAt(x, y), true), code)
		}
	}
}

func TestBlocksKeepTheShape(t *testing.T) {
	for _, c := range []struct{ w, h, columns, rows, wantW, wantLines int }{
		{800, 600, 81, 100, 80, 30},   // width decides
		{800, 600, 300, 23, 53, 20},   // height decides
		{100, 10000, 80, 24, 1, 21},   // very tall
		{10000, 10, 20, 10, 19, 1},    // very wide
		{2000, 1500, 20, 10, 19, 7},   // a narrow terminal
		{2000, 1500, 1, 1, 1, 1},      // hardly a terminal
		{3000, 100, 1000, 50, 297, 5}, // as far as the table of marks goes
	} {
		pixels := readBlocks(t, encode(t, twoHalves(c.w, c.h), Terminal{Protocol: Blocks, Columns: c.columns, Rows: c.rows}))
		assert.Len(t, pixels, 2*c.wantLines, "%+v", c)
		assert.Len(t, pixels[0], c.wantW, "%+v", c)
	}
}

func TestRepeatedColoursAreNotRepeated(t *testing.T) {
	text := encode(t, twoHalves(100, 50), Terminal{Protocol: Blocks, TrueColour: true})
	line, _, _ := strings.Cut(text, "\n")
	assert.LessOrEqual(t, strings.Count(line, "\x1b["), 8)
}

func TestTransparentIsPaper(t *testing.T) {
	clear := image.NewNRGBA(image.Rect(5, 5, 25, 25))
	for _, row := range readBlocks(t, encode(t, clear, Terminal{Protocol: Blocks, TrueColour: true})) {
		for _, code := range row {
			assert.Equal(t, "2;255;255;255", code)
		}
	}
}

func TestPaletteIndex(t *testing.T) {
	for want, c := range map[int]color.RGBA{
		16:  {0, 0, 0, 255},
		231: {255, 255, 255, 255},
		196: {255, 0, 0, 255},
		21:  {0, 0, 255, 255},
		110: {135, 175, 215, 255},
		244: {128, 128, 128, 255},
		255: {238, 238, 238, 255},
		232: {9, 8, 8, 255},
	} {
		assert.Equal(t, want, paletteIndex(c), "%v", c)
	}
}

func TestRefusals(t *testing.T) {
	assert.ErrorContains(t, Encode(&bytes.Buffer{}, twoHalves(4, 4), Terminal{}), "shows no pictures")
	assert.ErrorContains(t, Encode(&bytes.Buffer{}, image.NewRGBA(image.Rectangle{}), Terminal{Protocol: Blocks}), "empty")
}
