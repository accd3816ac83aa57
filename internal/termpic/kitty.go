package termpic

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"image"
	"image/png"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/kitty"
)

// encodeKitty sends the picture as PNG in base64 chunks. In tmux the terminal
// keeps the picture and the text holds placeholders for it, which tmux moves
// about like any other text.
func encodeKitty(out *bytes.Buffer, img image.Image, t Terminal) error {
	small, columns, rows := fitPixels(img, t)
	var file bytes.Buffer
	if err := png.Encode(&file, small); err != nil {
		return err
	}
	if !t.Tmux {
		kittyChunks(file.Bytes(), fmt.Sprintf("a=T,f=100,q=2,c=%d,r=%d", columns, rows), func(seq string) { out.WriteString(seq) })
		out.WriteByte('\n')
		return nil
	}
	id := pictureID(file.Bytes())
	kittyChunks(file.Bytes(), fmt.Sprintf("a=T,U=1,f=100,q=2,i=%d,c=%d,r=%d", id, columns, rows), func(seq string) {
		out.WriteString(ansi.TmuxPassthrough(seq))
	})
	placeholders(out, id, columns, rows)
	return nil
}

// kittyChunks passes one escape sequence a chunk to emit. Only the first chunk
// carries the control keys; m says whether more follow.
func kittyChunks(file []byte, keys string, emit func(seq string)) {
	data := base64.StdEncoding.EncodeToString(file)
	for len(data) > 0 {
		n := min(kitty.MaxChunkSize, len(data))
		chunk := data[:n]
		data = data[n:]
		more := 0
		if len(data) > 0 {
			more = 1
		}
		if keys != "" {
			keys += ","
		}
		emit(fmt.Sprintf("\x1b_G%sm=%d;%s\x1b\\", keys, more, chunk))
		keys = ""
	}
}

// pictureID tells two pictures on one screen apart. It is a 24-bit number,
// because the placeholder's foreground colour carries it.
func pictureID(file []byte) uint32 {
	h := fnv.New32a()
	_, _ = h.Write(file)
	return h.Sum32()&0xffffff | 1
}

// placeholders writes the cells of the picture: U+10EEEE with the row and the
// column as combining marks.
func placeholders(out *bytes.Buffer, id uint32, columns, rows int) {
	for row := range rows {
		fmt.Fprintf(out, "\x1b[38;2;%d;%d;%dm", id>>16&0xff, id>>8&0xff, id&0xff)
		for column := range columns {
			out.WriteRune(kitty.Placeholder)
			out.WriteRune(kitty.Diacritic(row))
			out.WriteRune(kitty.Diacritic(column))
		}
		out.WriteString("\x1b[39m\n")
	}
}
