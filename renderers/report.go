package renderers

import (
	"encoding/json"
	"io"
	"os"

	"viscoder/renderers/scene"
)

// reportName is where a driver leaves its report, below the working folder.
const reportName = ".viscoder/report.json"

const maxReportBytes = 512 << 10

// Report is what a driver claims about a run. The program ran in the same
// process and may have written it, so it can only make its own result worse:
// pictures that it lists are looked for and looked at.
type Report struct {
	Pictures   []ReportedPicture `json:"pictures"`
	Duplicates []string          `json:"duplicates"` // older files of figures that were saved again
	Notes      []string          `json:"notes"`
	Error      *ReportedError    `json:"error"`
}

// ReportedPicture is one picture, in the order in which they were made.
type ReportedPicture struct {
	File  string `json:"file"`  // relative to the working folder
	Empty string `json:"empty"` // why it shows no data; empty: it does
	Doubt string `json:"doubt"` // what else looks wrong with its data

	Findings []ReportedFinding `json:"findings"` // what a look at a page or drawing showed
}

// ReportedFinding is one thing that is wrong with a picture.
type ReportedFinding struct {
	Grade   string `json:"grade"` // error or warning
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ReportedError is an exception, or an error of a drawing library.
type ReportedError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Line    int    `json:"line"` // of the program, from 1; 0: unknown
	Column  int    `json:"column"`
	Syntax  bool   `json:"syntax"`
	Denied  bool   `json:"denied"`
	Note    string `json:"note"`
	Full    string `json:"full"`

	Path []string `json:"path"` // keys and indices that lead to the wrong part of a JSON document
}

// readReport reads the report of a run that has ended. A missing or senseless
// one is an empty Report and false.
func readReport(work *os.Root) (Report, bool) {
	f, err := work.Open(reportName)
	if err != nil {
		return Report{}, false
	}
	defer f.Close()
	return parseReport(f)
}

func parseReport(r io.Reader) (Report, bool) {
	data, err := io.ReadAll(io.LimitReader(r, maxReportBytes+1))
	if err != nil || len(data) > maxReportBytes {
		return Report{}, false
	}
	var out Report
	if json.Unmarshal(data, &out) != nil {
		return Report{}, false
	}
	return out, true
}

// readScene reads what a run says its pictures show; nil where it says nothing
// sensible.
func readScene(work *os.Root) *scene.Scene {
	f, err := work.Open(scene.File)
	if err != nil {
		return nil
	}
	defer f.Close()
	s, err := scene.Read(f)
	if err != nil {
		return nil
	}
	return s
}
