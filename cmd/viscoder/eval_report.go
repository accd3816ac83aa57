package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"viscoder/bench/eval"
)

// evalProgress tells of a finished task, and how long the rest will take.
func (a *App) evalProgress(p eval.Progress) {
	if a.settings.quiet {
		return
	}
	mark, text := a.screen.paint(green, "✓"), ""
	if r := p.Last; !r.Passed {
		mark, text = a.screen.paint(red, "✗"), r.Error
		if len(r.Attempts) > 0 {
			text = r.Attempts[len(r.Attempts)-1].Error
		}
	}
	line := fmt.Sprintf("%s %d/%d %s", mark, p.Done, p.Total, clean(p.Last.Key))
	if n := len(p.Last.Attempts) - 1; n > 0 {
		line += fmt.Sprintf(" · %s", plural(n, "repair"))
	}
	line += " · " + seconds(time.Duration(p.Last.WorkS*float64(time.Second)))
	if text != "" {
		line += " · " + ansi.Truncate(clean(strings.SplitN(text, "\n", 2)[0]), 100, "…")
	}
	left := ""
	if p.Done < p.Total {
		left = fmt.Sprintf("%d of %d passed · about %s left", p.Passed, p.Done, p.Left.Round(time.Second))
	}
	if a.screen.tty {
		a.screen.update(line+"\n", left)
		return
	}
	if left != "" {
		line += " · " + left
	}
	a.screen.line(line)
}

// evalReport writes the reports of what there is and shows the numbers.
func (a *App) evalReport(store *eval.Store, chosen int) error {
	results := store.Results()
	report := eval.NewReport(store.Settings, results, chosen)
	if err := report.Write(store.Dir, results); err != nil {
		return err
	}
	a.note("every picture: %s", clean(filepath.Join(store.Dir, eval.PageFile)))
	if a.json {
		return a.printJSON(report)
	}
	_, err := fmt.Fprint(a.Out, report.Markdown())
	return err
}
