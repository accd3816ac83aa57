package renderers

import (
	"context"
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// svgDriver rasterizes a file inside the sandbox.
//
//go:embed svg/run.py
var svgDriver string

const (
	svgProgram  = "program.svg"
	svgLongSide = 1200 // pixels of the longer side of the picture
	svgSpace    = "http://www.w3.org/2000/svg"
)

var svg = &Language{
	Name:       "svg",
	Title:      "SVG",
	Fences:     []string{"svg", "xml"},
	Extensions: []string{".svg"},
	Use:        "icons, logos, shapes and simple scenes",
	Sample:     sample("svg.svg"),
	Needs:      []Tool{packageTool("resvg-py", "resvg_py", (*Tools).modulePython)},
	Parts:      []*Part{pythonPart},
	Prompt: PromptHints{
		System: "You are an expert in drawing with SVG. Answer with exactly one complete SVG document in one ```svg block and nothing else.",
		Setup:  `Write one <svg xmlns="http://www.w3.org/2000/svg"> element with a viewBox. Plain SVG 1.1: no script, no foreignObject, no external files, fonts or pictures.`,
		Plot:   "The document must be well-formed XML and draw the picture as it stands: close every element, quote every attribute, write & as &amp;. Keep all text inside the viewBox.",
		NoData: "No data file is given: make up a few plausible values and draw them to scale.",
	},
	Plan:    planSVG,
	Explain: explainSVG,
}

func planSVG(job *Job) (Plan, error) {
	size, d := checkSVG(job)
	if d != nil {
		return Plan{}, d
	}
	python, err := job.tools.modulePython(context.Background(), "resvg_py")
	if err != nil {
		return Plan{}, err
	}
	side, pixels := "width", svgLongSide
	if size.height > size.width {
		side = "height"
	}
	p := driverPlan(python, svgDriver, svgProgram, job.Format, side, strconv.Itoa(pixels), fontFolder(python))
	p.Files = map[string]string{svgProgram: job.Program}
	if words, ok := wordsOf(job.Program); ok {
		p.Files[svgTexts], p.Look = words.document, words.look
	}
	return p, nil
}

// fontFolder is where matplotlib keeps DejaVu: the text of a picture must not
// vanish on a machine without fonts.
func fontFolder(python Interpreter) string {
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(python.Path)), "lib", "python3*", "site-packages", "matplotlib", "mpl-data", "fonts", "ttf"))
	if len(found) == 0 {
		return "/usr/share/fonts"
	}
	return found[0]
}

// resvgPosition is how the parser of resvg says where an error is.
var resvgPosition = regexp.MustCompile(` at (\d+):(\d+)`)

func explainSVG(job *Job, e Evidence) *Diagnostic {
	r := e.Report.Error
	if r == nil {
		return nil
	}
	if m := resvgPosition.FindStringSubmatch(r.Message); m != nil {
		r.Line, _ = strconv.Atoi(m[1])
		r.Column, _ = strconv.Atoi(m[2])
		r.Message, r.Syntax = "not valid SVG: "+resvgPosition.ReplaceAllString(r.Message, ""), true
		if strings.Contains(r.Message, "'xlink'") {
			r.Note = `write href without a prefix, or declare xmlns:xlink="http://www.w3.org/1999/xlink" on the <svg> element`
		}
	}
	return explainError(job, r)
}

// svgSize is the natural size in user units; zero where it is not said.
type svgSize struct{ width, height float64 }

// checkSVG reads the document strictly: well-formed, one svg element as root,
// no document type, nothing from outside.
func checkSVG(job *Job) (svgSize, *Diagnostic) {
	r := svgReader{job: job, decoder: xml.NewDecoder(strings.NewReader(job.Program))}
	// Declared encodings do not matter: the text is Unicode already.
	r.decoder.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		token, err := r.decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.size, r.broken(err)
		}
		if d := r.token(token); d != nil {
			return r.size, d
		}
	}
	if !r.rooted {
		return r.size, r.wrong(KindSyntax, "there is no <svg> element")
	}
	return r.size, nil
}

// svgReader goes through a document once.
type svgReader struct {
	job     *Job
	decoder *xml.Decoder
	open    []openElement
	rooted  bool
	size    svgSize
}

type openElement struct {
	name string
	line int
}

// maxDepth bounds nesting: deeper documents are made to break renderers.
const maxDepth = 500

func (r *svgReader) token(token xml.Token) *Diagnostic {
	switch t := token.(type) {
	case xml.Directive:
		return r.wrong(KindDenied, "document types and entities are not allowed; remove the <!"+clip(strings.Fields(string(t) + " ?")[0], 20)+" …>")
	case xml.StartElement:
		line, _ := r.decoder.InputPos()
		r.open = append(r.open, openElement{t.Name.Local, line})
		if len(r.open) > maxDepth {
			return r.wrong(KindDenied, "elements are nested too deep")
		}
		if !r.rooted {
			return r.root(t)
		}
		return r.links(t)
	case xml.EndElement:
		r.open = r.open[:len(r.open)-1]
	case xml.CharData:
		if len(r.open) == 0 && strings.TrimSpace(string(t)) != "" {
			return r.wrong(KindSyntax, "there is text outside of the <svg> element: "+clip(oneLine(string(t)), 60))
		}
	}
	return nil
}

func (r *svgReader) root(t xml.StartElement) *Diagnostic {
	r.rooted = true
	if t.Name.Local != "svg" {
		return r.wrong(KindSyntax, fmt.Sprintf("the root element is <%s>, not <svg>", clip(t.Name.Local, 40)))
	}
	if t.Name.Space != svgSpace {
		return r.wrong(KindSyntax, `the <svg> element must have xmlns="`+svgSpace+`"`)
	}
	r.size = naturalSize(t.Attr)
	return nil
}

// links refuses what points out of the document. A link to be clicked draws nothing.
func (r *svgReader) links(t xml.StartElement) *Diagnostic {
	if t.Name.Local == "a" {
		return nil
	}
	for _, a := range t.Attr {
		value := strings.TrimSpace(a.Value)
		if a.Name.Local == "href" && value != "" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "data:") {
			return r.wrong(KindDenied, fmt.Sprintf("<%s> refers to %q, but nothing outside of the document can be used", clip(t.Name.Local, 40), clip(value, 80)))
		}
	}
	return nil
}

// broken explains an error of the XML reader.
func (r *svgReader) broken(err error) *Diagnostic {
	var syntax *xml.SyntaxError
	message := err.Error()
	if errors.As(err, &syntax) {
		message = syntax.Msg
	}
	if message == "unexpected EOF" && len(r.open) > 0 {
		last := r.open[len(r.open)-1]
		message = fmt.Sprintf("the document ends too early: <%s> of line %d is not closed", last.name, last.line)
	}
	return r.wrong(KindSyntax, message)
}

func (r *svgReader) wrong(kind, message string) *Diagnostic {
	line, column := r.decoder.InputPos()
	last := strings.Count(strings.TrimRight(r.job.Program, "\n"), "\n") + 1
	line = min(line, last)
	if kind == KindSyntax {
		message = "not valid SVG: " + message
	}
	return &Diagnostic{Kind: kind, Line: line, Message: message, Text: feedback(message, r.job.Program, line, 0, ""), Full: fmt.Sprintf("%s (line %d, column %d)", message, line, column)}
}

// naturalSize reads width and height, or the viewBox where they are not given
// in absolute units.
func naturalSize(attributes []xml.Attr) svgSize {
	var s, box svgSize
	for _, a := range attributes {
		switch a.Name.Local {
		case "width":
			s.width = absoluteLength(a.Value)
		case "height":
			s.height = absoluteLength(a.Value)
		case "viewBox":
			box = viewBox(a.Value)
		}
	}
	if s.width == 0 || s.height == 0 {
		return box
	}
	return s
}

var length = regexp.MustCompile(`^\s*([0-9.]+(?:[eE][-+]?[0-9]+)?)(?:px|pt|pc|mm|cm|in)?\s*$`)

func absoluteLength(s string) float64 {
	m := length.FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	return v
}

func viewBox(s string) svgSize {
	f := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
	if len(f) != 4 {
		return svgSize{}
	}
	return svgSize{absoluteLength(f[2]), absoluteLength(f[3])}
}
