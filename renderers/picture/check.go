package picture

import "fmt"

// Grade says what a finding asks for.
type Grade string

// An error asks for a repair; a warning is shown.
const (
	GradeError   Grade = "error"
	GradeWarning Grade = "warning"
)

// Finding is one thing that is wrong with a picture.
type Finding struct {
	Code    string `json:"code"`
	Grade   Grade  `json:"grade"`
	Message string `json:"message"`
}

// Codes of the findings that Check makes.
const (
	TooSmall    = "too-small"
	OverLarge   = "over-large"
	Blank       = "blank"
	NearlyBlank = "nearly-blank"
	LightOnly   = "light-on-transparent"
	CutOff      = "cut-off"
)

const (
	minSide  = 64     // below this on both sides nothing can be read
	minShort = 16     // a strip thinner than this is no picture either
	maxSide  = 12_000 // most viewers and printers stop here
)

// Check says what is wrong with the pixels of p, errors first. A sparse picture,
// such as one thin line on white, has no finding: what counts is whether ink is
// there, not how much of the area it covers.
func Check(p *Picture) []Finding {
	findings, unreadable := checkSize(p)
	if unreadable {
		return findings
	}
	white := survey(p.Image, onWhite)
	if white.ink < minInk {
		return append([]Finding{blankFinding(p, white)}, findings...)
	}
	if f, ok := checkSpread(p, white); ok {
		findings = append(findings, f)
	}
	if f, ok := checkBorder(white); ok {
		findings = append(findings, f)
	}
	return findings
}

// HasError tells whether one of the findings asks for a repair.
func HasError(findings []Finding) bool {
	for _, f := range findings {
		if f.Grade == GradeError {
			return true
		}
	}
	return false
}

func checkSize(p *Picture) (findings []Finding, unreadable bool) {
	long, short := max(p.Width, p.Height), min(p.Width, p.Height)
	size := fmt.Sprintf("%d×%d pixels", p.Width, p.Height)
	switch {
	case long < minSide || short < minShort:
		return []Finding{{TooSmall, GradeError, "the picture has only " + size}}, true
	case short < minSide:
		return []Finding{{TooSmall, GradeWarning, "the picture is very narrow: " + size}}, false
	case long > maxSide:
		return []Finding{{OverLarge, GradeWarning, "the picture is very large: " + size}}, false
	}
	return nil, false
}

// blankFinding tells a picture without anything from one whose light ink only
// shows on a dark page, such as white lines on a transparent ground.
func blankFinding(p *Picture, white inkMap) Finding {
	if white.transparent && survey(p.Image, onBlack).ink >= minInk {
		return Finding{LightOnly, GradeWarning, "the picture is transparent and too light to be seen on a white page"}
	}
	return Finding{Blank, GradeError, fmt.Sprintf("the picture is blank: nothing but one colour (%s)", hex(white.ground))}
}

func checkSpread(p *Picture, m inkMap) (Finding, bool) {
	w, h := float64(m.box.Dx())/float64(p.Width), float64(m.box.Dy())/float64(p.Height)
	if w >= minSpread || h >= minSpread {
		return Finding{}, false
	}
	return Finding{NearlyBlank, GradeWarning, fmt.Sprintf("all that is drawn lies in %d×%d of %d×%d pixels", m.box.Dx(), m.box.Dy(), p.Width, p.Height)}, true
}

// checkBorder reports edges that ink crosses here and there. An edge that is
// inked over a good part of its length is a frame, a coloured ground or a
// picture that fills its canvas, and is meant so.
func checkBorder(m inkMap) (Finding, bool) {
	var cut string
	for i, name := range edgeNames {
		if m.edge[i] > 0 && m.edge[i] < maxCrossing {
			if cut != "" {
				cut += ", "
			}
			cut += name
		}
	}
	if cut == "" {
		return Finding{}, false
	}
	return Finding{CutOff, GradeWarning, "something may be cut off at the " + cut}, true
}
