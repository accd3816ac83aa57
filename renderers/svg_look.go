package renderers

import (
	"fmt"
	"image"
	"io"
	"os"

	"viscoder/renderers/picture"
)

// Codes of findings about words.
const (
	codeOutside = "text-outside"
	codeClipped = "clipped-text"
	codeOverlap = "overlapping-text"
)

// textPlace is where the words of a text lie, in pixels of the picture of words.
type textPlace struct {
	box    image.Rectangle
	ink    int // pixels
	inside int // of them, on the page that is seen
}

// look reads the picture of words that the driver left. No picture, or one that
// cannot be read, shows nothing wrong.
func (w svgWords) look(work *os.Root) []picture.Finding {
	f, err := work.Open(svgTextsSeen)
	if err != nil {
		return nil
	}
	defer f.Close()
	p, err := picture.Decode(io.NewSectionReader(f, 0, picture.MaxFileBytes))
	if err != nil {
		return nil
	}
	img, ok := p.Image.(*image.NRGBA)
	if !ok {
		return nil
	}
	places := w.places(img)
	return append(w.outside(places), w.overlapping(places)...)
}

// seen is the visible page in pixels.
func (w svgWords) seen() image.Rectangle {
	x, y := (w.page.x-w.origin[0])*w.scale, (w.page.y-w.origin[1])*w.scale
	return image.Rect(int(x), int(y), int(x+w.page.width*w.scale+1), int(y+w.page.height*w.scale+1))
}

func (w svgWords) places(img *image.NRGBA) []textPlace {
	list, page := make([]textPlace, len(w.texts)), w.seen()
	b := img.Rect
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row := img.Pix[img.PixOffset(b.Min.X, y):][:4*b.Dx()]
		for x := 0; x < len(row); x += 4 {
			if row[x+3] != 255 {
				continue
			}
			i := int(row[x])<<16 | int(row[x+1])<<8 | int(row[x+2])
			if i < 1 || i > len(list) {
				continue
			}
			at := image.Pt(b.Min.X+x/4, y)
			one := &list[i-1]
			one.ink++
			one.box = one.box.Union(image.Rectangle{Min: at, Max: at.Add(image.Pt(1, 1))})
			if at.In(page) {
				one.inside++
			}
		}
	}
	return list
}

// outside tells of words beyond the page: none of them seen, or not all.
func (w svgWords) outside(places []textPlace) []picture.Finding {
	var list []picture.Finding
	page := w.seen().Inset(-2) // letters may stand a little over an edge
	for i, p := range places {
		name := quoteText(w.texts[i].words)
		switch {
		case p.ink == 0 || p.box.In(page) || len(list) >= maxReported/2:
		case p.inside*20 < p.ink:
			list = append(list, picture.Finding{Code: codeOutside, Grade: picture.GradeError,
				Message: fmt.Sprintf("the text %s lies outside of the picture: move it inside the viewBox", name)})
		case p.inside*50 < p.ink*49: // more than a stroke is gone
			list = append(list, picture.Finding{Code: codeClipped, Grade: picture.GradeWarning,
				Message: fmt.Sprintf("the text %s is cut off at the %s edge of the picture: move it inside the viewBox or make it smaller", name, edgeOf(p.box, page))})
		}
	}
	return list
}

func edgeOf(box, page image.Rectangle) string {
	switch {
	case box.Min.X < page.Min.X:
		return "left"
	case box.Max.X > page.Max.X:
		return "right"
	case box.Min.Y < page.Min.Y:
		return "top"
	}
	return "bottom"
}

// overlapping tells of the first texts that lie over each other. The same words
// twice are a shadow.
func (w svgWords) overlapping(places []textPlace) []picture.Finding {
	for i, p := range places {
		for j, q := range places[i+1:] {
			a, b := w.texts[i], w.texts[i+1+j]
			if p.ink == 0 || q.ink == 0 || a.loose || b.loose || oneLine(a.words) == oneLine(b.words) {
				continue
			}
			if common := area(p.box.Intersect(q.box)); 4*common > min(area(p.box), area(q.box)) {
				return []picture.Finding{{Code: codeOverlap, Grade: picture.GradeWarning,
					Message: fmt.Sprintf("the texts %s and %s overlap: move them apart", quoteText(a.words), quoteText(b.words))}}
			}
		}
	}
	return nil
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }

func quoteText(s string) string { return "“" + clip(oneLine(plain(s)), 40) + "”" }
