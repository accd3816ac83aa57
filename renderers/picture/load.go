package picture

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"
	"golang.org/x/sys/unix"
)

// Limits of a picture file. A 300 dpi A3 page is 17 megapixels.
const (
	MaxFileBytes   = 64 << 20
	MaxPixels      = 50_000_000
	maxPixelMemory = 256 << 20 // decoded bytes: 16-bit colour takes twice the room
)

// Picture is a decoded picture file.
type Picture struct {
	Path   string
	Format string // png, jpeg, gif (first frame), webp, bmp or pnm
	Width  int    // pixels
	Height int    // pixels
	Image  image.Image
}

type codec struct {
	format string
	magic  []string // '?' stands for any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var codecs = []codec{
	{"png", []string{"\x89PNG\r\n\x1a\n"}, png.DecodeConfig, png.Decode},
	{"jpeg", []string{"\xff\xd8\xff"}, jpeg.DecodeConfig, jpeg.Decode},
	{"gif", []string{"GIF87a", "GIF89a"}, gif.DecodeConfig, gif.Decode},
	{"webp", []string{"RIFF????WEBP"}, webp.DecodeConfig, webp.Decode},
	{"bmp", []string{"BM????\x00\x00\x00\x00"}, bmp.DecodeConfig, bmp.Decode},
	{"pnm", []string{"P1", "P2", "P3", "P4", "P5", "P6"}, decodePNMConfig, decodePNM},
}

// Load opens, bounds and decodes the picture at path. A link, a device or a
// named pipe is refused, not followed. The error names the file and the limit.
func Load(path string) (*Picture, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	if info.Size() > MaxFileBytes {
		return nil, fmt.Errorf("%s has %d bytes; a picture may have %d", path, info.Size(), int64(MaxFileBytes))
	}
	p, err := Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p.Path = path
	return p, nil
}

// Decode reads one picture of at most MaxFileBytes and MaxPixels from r.
func Decode(r io.ReadSeeker) (p *Picture, err error) {
	// The decoders are well fuzzed, but a panic on a foreign file must not end
	// the whole program.
	defer func() {
		if v := recover(); v != nil {
			p, err = nil, fmt.Errorf("the decoder gave up: %v", v)
		}
	}()
	c, err := sniff(r)
	if err != nil {
		return nil, err
	}
	config, err := c.config(bufio.NewReader(io.LimitReader(r, MaxFileBytes)))
	if err != nil {
		return nil, fmt.Errorf("damaged %s header: %w", c.format, err)
	}
	if err := bound(config); err != nil {
		return nil, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, err := c.decode(bufio.NewReader(io.LimitReader(r, MaxFileBytes)))
	if err != nil {
		return nil, fmt.Errorf("damaged %s: %w", c.format, err)
	}
	size := img.Bounds().Size()
	if size.X <= 0 || size.Y <= 0 {
		return nil, fmt.Errorf("the %s has no pixels", c.format)
	}
	return &Picture{Format: c.format, Width: size.X, Height: size.Y, Image: img}, nil
}

func sniff(r io.ReadSeeker) (codec, error) {
	head := make([]byte, 16)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		if err == io.EOF {
			return codec{}, fmt.Errorf("the file is empty")
		}
		return codec{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return codec{}, err
	}
	for _, c := range codecs {
		for _, magic := range c.magic {
			if matches(head[:n], magic) {
				return c, nil
			}
		}
	}
	return codec{}, fmt.Errorf("not a PNG, JPEG, GIF, WebP, BMP or PNM picture (it starts with %q)", head[:min(n, 8)])
}

func matches(head []byte, magic string) bool {
	if len(head) < len(magic) {
		return false
	}
	for i := range len(magic) {
		if magic[i] != '?' && head[i] != magic[i] {
			return false
		}
	}
	return true
}

func bound(c image.Config) error {
	if c.Width <= 0 || c.Height <= 0 {
		return fmt.Errorf("the header gives %d×%d pixels", c.Width, c.Height)
	}
	pixels := int64(c.Width) * int64(c.Height)
	if pixels > MaxPixels {
		return fmt.Errorf("%d×%d pixels; a picture may have %d million", c.Width, c.Height, MaxPixels/1_000_000)
	}
	if pixels*bytesPerPixel(c.ColorModel) > maxPixelMemory {
		return fmt.Errorf("%d×%d pixels of 16-bit colour need more than %d MiB", c.Width, c.Height, maxPixelMemory>>20)
	}
	return nil
}

func bytesPerPixel(m color.Model) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
}

// FormatOf names the picture format of the first bytes of a file, or "".
func FormatOf(head []byte) string {
	c, err := sniff(bytes.NewReader(head))
	if err != nil {
		return ""
	}
	return c.format
}
