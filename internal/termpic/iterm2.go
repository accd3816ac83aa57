package termpic

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
)

// encodeITerm2 sends the picture as PNG in one OSC 1337 sequence.
func encodeITerm2(out *bytes.Buffer, img image.Image, t Terminal) error {
	small, columns, rows := fitPixels(img, t)
	var file bytes.Buffer
	if err := png.Encode(&file, small); err != nil {
		return err
	}
	fmt.Fprintf(out, "\x1b]1337;File=inline=1;size=%d;width=%d;height=%d;preserveAspectRatio=1:%s\a\n",
		file.Len(), columns, rows, base64.StdEncoding.EncodeToString(file.Bytes()))
	return nil
}
