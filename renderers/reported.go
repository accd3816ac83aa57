package renderers

import (
	"regexp"
	"strings"

	"viscoder/renderers/picture"
)

const maxReported = 12 // findings of one picture

var findingCode = regexp.MustCompile(`^[a-z][a-z-]{0,30}$`)

// reported turns a driver's findings into ours; senseless ones are left out.
func reported(claims []ReportedFinding) []picture.Finding {
	var list []picture.Finding
	for _, c := range claims[:min(len(claims), maxReported)] {
		grade := picture.GradeWarning
		if c.Grade == string(picture.GradeError) {
			grade = picture.GradeError
		}
		if findingCode.MatchString(c.Code) {
			list = append(list, claimed(c.Code, grade, c.Message)...)
		}
	}
	return list
}

// maxExplained is how many findings one diagnostic tells of: more than a few
// corrections at a time are not made.
const maxExplained = 3

// explainFindings asks for a repair where a finding is an error, or, if strict,
// a warning; nil: for none. Errors are told first.
func explainFindings(list []picture.Finding, strict bool) *Diagnostic {
	var wrong []picture.Finding
	for _, grade := range []picture.Grade{picture.GradeError, picture.GradeWarning} {
		for _, f := range list {
			if f.Grade == grade && (strict || grade == picture.GradeError) {
				wrong = append(wrong, f)
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	d := &Diagnostic{Kind: kindOf(wrong), Message: wrong[0].Message}
	var told, all []string
	for i, f := range wrong {
		all = append(all, f.Message)
		if i < maxExplained {
			told = append(told, sentence(clip(f.Message, maxNote)))
		}
	}
	d.Text, d.Full = strings.Join(told, " "), strings.Join(all, "\n")
	return d
}

// kindOf is the worst of what findings mean: most leave a picture to be used.
func kindOf(wrong []picture.Finding) string {
	kind := KindLooks
	for _, f := range wrong {
		if f.Grade != picture.GradeError {
			continue
		}
		switch f.Code {
		case picture.Blank, codeEmpty:
			return KindBlank
		case picture.TooSmall, codeDamaged, codeNoSize, codeNoChart:
			kind = KindPicture
		}
	}
	return kind
}
