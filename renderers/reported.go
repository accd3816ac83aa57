package renderers

import (
	"regexp"

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
