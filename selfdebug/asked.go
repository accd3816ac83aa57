package selfdebug

import (
	"os"

	"viscoder/selfdebug/fidelity"
	"viscoder/selfdebug/profile"
)

// maxAskedData bounds the data that facts are derived from, in bytes.
const maxAskedData = 1 << 20

// asked holds what the request says beyond doubt against what a passed attempt
// drew. It is nil where the request says nothing that can be checked, or where
// it cannot be known what was drawn.
func (l *loop) asked(a Attempt) *fidelity.Result {
	data := l.askedData()
	e := fidelity.Evidence{Language: l.request.lang.Name, Program: a.Program, Data: data, Scene: a.Verdict.Scene}
	if !fidelity.Sees(e) {
		return nil
	}
	r := fidelity.Check(fidelity.FromRequest(l.task.Prompt+" "+l.task.Style, data), e)
	if r.Total == 0 {
		return nil
	}
	return &r
}

// askedData is the data where it is one small CSV file, else "".
func (l *loop) askedData() string {
	if len(l.request.tables) != 1 {
		return ""
	}
	t := l.request.tables[0]
	if t.Format != profile.CSV || t.Delimiter != "," {
		return ""
	}
	info, err := os.Stat(t.Path)
	if err != nil || info.Size() > maxAskedData {
		return ""
	}
	text, err := os.ReadFile(t.Path)
	if err != nil {
		return ""
	}
	return string(text)
}
