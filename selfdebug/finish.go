package selfdebug

import (
	"context"
	"errors"
	"fmt"
	"time"

	"viscoder/internal/fault"
)

// meta is run.json: what was asked, with what, before anything happened.
type meta struct {
	Started  time.Time         `json:"started"`
	Task     Task              `json:"task"`
	Language string            `json:"language"`
	Model    any               `json:"model"`
	SHA256   string            `json:"model_sha256"`
	Options  Options           `json:"options"`
	Data     any               `json:"data"`
	Versions map[string]string `json:"versions"`
}

// describe writes run.json.
func (l *loop) describe() error {
	m := meta{Started: l.start.UTC(), Task: l.task, Language: l.request.lang.Name, SHA256: l.deps.ModelSHA256,
		Options: l.o, Data: l.request.tables, Versions: l.deps.Versions}
	if l.deps.Model != nil {
		info := l.deps.Model.Info()
		m.Model = info
		if l.report.Model == "" {
			l.report.Model = info.Name
		}
	}
	return l.journal.writeJSON("run.json", m)
}

// finish settles the report and writes it, whatever ended the run.
func (l *loop) finish(parent context.Context, err error) (*Report, error) {
	rep := l.report
	switch {
	case err == nil:
	case parent.Err() != nil:
		rep.Status = StatusInterrupted
		err = fault.Wrap(parent.Err(), fault.CodeOf(parent.Err()), "the run was stopped; what there is lies in %s", rep.Folder)
	case errors.Is(err, errFull):
		l.note("no further round: the context cannot hold another repair turn; a longer one (--ctx) may help")
		err = nil
	case errors.Is(err, context.DeadlineExceeded) && l.o.Budget > 0:
		l.note(fmt.Sprintf("the budget of %s ran out", l.o.Budget))
		err = nil
	}
	l.keepInstructions()
	keepErr := l.keepBest()
	if rep.Status == "" {
		rep.Status = StatusFailed
	}
	if err != nil && rep.Error == "" {
		rep.Error = err.Error()
	}
	rep.WallS = time.Since(l.start).Seconds()
	return rep, errors.Join(err, keepErr, l.journal.writeJSON("report.json", rep))
}

// keepBest puts the best attempt into the report.
func (l *loop) keepBest() error {
	i := l.history.best()
	if i < 0 {
		return nil
	}
	a := l.history.Attempts[i]
	rep := l.report
	rep.Best, rep.Program = a.Round, a.Program
	rep.Warnings = append(rep.Warnings, a.Verdict.Warnings...)
	rep.Error = a.Verdict.Message
	if a.Verdict.Usable {
		rep.Warnings = append(rep.Warnings, a.Verdict.Flaws...)
	}
	if a.Verdict.Passed || a.Verdict.Usable {
		rep.Status, rep.Error = StatusOK, ""
	}
	if len(a.Verdict.Pictures) == 0 {
		return nil
	}
	rep.Asked = l.asked(a)
	rep.Pictures = a.Verdict.Pictures
	kept, err := l.journal.keep(a.Verdict.Pictures[0])
	rep.Picture = kept
	return err
}
