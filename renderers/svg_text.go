package renderers

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Where the words of an SVG document come to lie only the one who draws it
// knows: fonts, styles and transforms decide. So a second document is drawn that
// holds nothing but the words, each text in a colour of its own and without
// smooth edges, on a page with room around: the pixels of a colour are the place
// of a text.

const (
	svgTexts     = "texts.svg"           // the document of words
	svgTextsSeen = ".viscoder/texts.png" // and what the driver made of it
	maxTexts     = 300
	textRoom     = 1    // widths and heights of the page that are added on each side
	textPixels   = 1800 // longer side of the page with its room
)

// svgText is one <text> of a document.
type svgText struct {
	words string
	loose bool // turned, or laid out in parts: its box is larger than its words
}

// svgWords is the document of words, and how to read its picture.
type svgWords struct {
	document string
	texts    []svgText
	scale    float64 // pixels of a user unit
	page     svgPage // what is seen of the document, in user units
	origin   [2]float64
}

type svgPage struct{ x, y, width, height float64 }

// wordsOf makes the document of words; false: there are none, or the page has no
// size to measure them by. The program has passed checkSVG.
func wordsOf(program string) (svgWords, bool) {
	w := svgWriter{decoder: xml.NewDecoder(strings.NewReader(program))}
	w.decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := w.decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || !w.token(token) {
			return svgWords{}, false
		}
	}
	w.words.document = w.out.String()
	return w.words, len(w.words.texts) > 0 && len(w.open) == 0
}

// svgWriter copies a document, words only.
type svgWriter struct {
	decoder *xml.Decoder
	out     strings.Builder
	open    []svgNode
	skip    int // depth below an element that is left out
	words   svgWords
}

type svgNode struct {
	name  string
	text  int // index of the text it belongs to; -1: none
	loose bool
}

func (w *svgWriter) token(token xml.Token) bool {
	switch t := token.(type) {
	case xml.StartElement:
		return w.start(t)
	case xml.EndElement:
		if w.skip > 0 {
			w.skip--
			return true
		}
		if len(w.open) == 0 {
			return false
		}
		w.open = w.open[:len(w.open)-1]
		w.out.WriteString("</" + qualified(t.Name) + ">")
	case xml.CharData:
		w.chars(t)
	}
	return true
}

func (w *svgWriter) chars(t xml.CharData) {
	if w.skip > 0 || len(w.open) == 0 {
		return
	}
	top := w.open[len(w.open)-1]
	if top.text >= 0 {
		w.words.texts[top.text].words += string(t)
	}
	if top.text >= 0 || top.name == "style" {
		_ = xml.EscapeText(&w.out, t) // a strings.Builder takes all
	}
}

// kept are the elements that carry or hold words.
var kept = []string{"svg", "g", "a", "text", "tspan", "style"}

func (w *svgWriter) start(t xml.StartElement) bool {
	if w.skip > 0 || !slices.Contains(kept, t.Name.Local) || len(w.open) > 0 && len(w.words.texts) == maxTexts {
		w.skip++
		return true
	}
	node := svgNode{name: t.Name.Local, text: -1}
	if len(w.open) == 0 {
		attributes, ok := w.words.rootOf(t.Attr)
		if !ok {
			return false
		}
		t.Attr = attributes
	} else {
		top := w.open[len(w.open)-1]
		node.text, node.loose = top.text, top.loose
		if node.name == "svg" {
			node.loose = true // a view of its own
		}
	}
	node.loose = node.loose || turned(t)
	if node.name == "text" {
		node.text = len(w.words.texts)
		w.words.texts = append(w.words.texts, svgText{})
	}
	if node.text >= 0 && node.loose {
		w.words.texts[node.text].loose = true
	}
	w.open = append(w.open, node)
	w.write(t, node)
	return true
}

// turned tells whether words below an element need not lie in one straight box.
func turned(t xml.StartElement) bool {
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "transform":
			if strings.Contains(a.Value, "rotate") || strings.Contains(a.Value, "matrix") || strings.Contains(a.Value, "skew") {
				return true
			}
		case "rotate", "writing-mode", "textLength":
			return true
		case "x", "y", "dx", "dy":
			if t.Name.Local == "tspan" {
				return true
			}
		}
	}
	return false
}

// write puts out a start tag whose style outdoes whatever dims or hides words.
func (w *svgWriter) write(t xml.StartElement, node svgNode) {
	style := "opacity:1;filter:none;clip-path:none;mask:none"
	if node.text >= 0 {
		style += fmt.Sprintf(";fill:#%06x;fill-opacity:1;stroke:none;text-decoration:none", node.text+1)
	}
	w.out.WriteString("<" + qualified(t.Name))
	for _, a := range t.Attr {
		if a.Name.Local == "style" && a.Name.Space == "" {
			style = strings.TrimRight(a.Value, "; \n\t") + ";" + style
			continue
		}
		w.out.WriteString(" " + qualified(a.Name) + `="`)
		_ = xml.EscapeText(&w.out, []byte(a.Value))
		w.out.WriteString(`"`)
	}
	if node.name != "style" {
		w.out.WriteString(` style="`)
		_ = xml.EscapeText(&w.out, []byte(style))
		w.out.WriteString(`"`)
	}
	w.out.WriteString(">")
}

// qualified is a raw name, with the prefix that stands in the document.
func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// rootOf gives the root a page with room around it.
func (w *svgWords) rootOf(attributes []xml.Attr) ([]xml.Attr, bool) {
	page, ok := pageOf(attributes)
	if !ok {
		return nil, false
	}
	w.page = page
	width, height := page.width*(1+2*textRoom), page.height*(1+2*textRoom)
	w.origin = [2]float64{page.x - page.width*textRoom, page.y - page.height*textRoom}
	w.scale = textPixels / max(width, height)
	if min(width, height)*w.scale < 1 {
		return nil, false
	}
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	kept := slices.DeleteFunc(slices.Clone(attributes), func(a xml.Attr) bool {
		return slices.Contains([]string{"width", "height", "viewBox", "preserveAspectRatio", "overflow"}, a.Name.Local) && a.Name.Space == ""
	})
	set := func(name, value string) {
		kept = append(kept, xml.Attr{Name: xml.Name{Local: name}, Value: value})
	}
	set("viewBox", strings.Join([]string{number(w.origin[0]), number(w.origin[1]), number(width), number(height)}, " "))
	set("width", number(math.Ceil(width*w.scale)))
	set("height", number(math.Ceil(height*w.scale)))
	return kept, true
}

// pageOf is the part of the drawing plane that is seen: the viewBox, wider or
// higher where width and height ask for it.
func pageOf(attributes []xml.Attr) (svgPage, bool) {
	size, box := svgSize{}, svgPage{}
	for _, a := range attributes {
		switch a.Name.Local {
		case "width":
			size.width = absoluteLength(a.Value)
		case "height":
			size.height = absoluteLength(a.Value)
		case "viewBox":
			box = viewPage(a.Value)
		case "preserveAspectRatio":
			return svgPage{}, false
		}
	}
	if box.width <= 0 || box.height <= 0 {
		box = svgPage{0, 0, size.width, size.height}
	} else if size.width > 0 && size.height > 0 {
		scale := min(size.width/box.width, size.height/box.height)
		wide, high := size.width/scale, size.height/scale
		box = svgPage{box.x - (wide-box.width)/2, box.y - (high-box.height)/2, wide, high}
	}
	ok := box.width > 0 && box.height > 0 && box.width < 1e6 && box.height < 1e6 && math.Abs(box.x) < 1e6 && math.Abs(box.y) < 1e6
	return box, ok
}

func viewPage(s string) svgPage {
	f := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
	if len(f) != 4 {
		return svgPage{}
	}
	var v [4]float64
	for i := range v {
		n, err := strconv.ParseFloat(f[i], 64)
		if err != nil {
			return svgPage{}
		}
		v[i] = n
	}
	return svgPage{v[0], v[1], v[2], v[3]}
}
