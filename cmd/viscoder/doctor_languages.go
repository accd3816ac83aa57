package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/renderers/sandbox"
)

// tryLanguages draws the sample of every language, several at a time, and
// tells of each in the order of renderers.All. Without a box they are only
// looked for. keep is the folder that their pictures stay in; empty: none do.
func (a *App) tryLanguages(ctx context.Context, box *sandbox.Box, keep string) ([]renderers.Trial, error) {
	out, err := picturesFolder(keep)
	if err != nil {
		return nil, err
	}
	if keep == "" {
		defer os.RemoveAll(out)
	}
	all := renderers.All()
	trials := make([]renderers.Trial, len(all))
	progress := a.screen.follow("drawing with every language", a.settings.quiet || !a.screen.tty)
	defer progress.finish()
	err = inOrder(len(all), func(i int) (err error) {
		trials[i], err = tryLanguage(ctx, box, all[i], out, keep != "")
		return err
	}, func(i int) {
		progress.set(float64(i+1)/float64(len(all)), "")
		if ctx.Err() == nil {
			a.tell(languageFinding(trials[i], i == 0))
		}
	})
	return trials, err
}

func picturesFolder(keep string) (string, error) {
	if keep == "" {
		dir, err := os.MkdirTemp("", "viscoder-doctor-")
		if err != nil {
			return "", fault.Wrap(err, fault.Internal, "no temporary folder")
		}
		return dir, nil
	}
	if err := os.MkdirAll(keep, 0o755); err != nil {
		return "", fault.Wrap(err, fault.Usage, "--keep: the folder for pictures")
	}
	return keep, nil
}

// tryLanguage draws into a folder of the language's own.
func tryLanguage(ctx context.Context, box *sandbox.Box, l *renderers.Language, out string, keep bool) (renderers.Trial, error) {
	if box == nil {
		return l.LookFor(ctx, &renderers.Tools{}), context.Cause(ctx)
	}
	dir := filepath.Join(out, l.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return renderers.Trial{}, fault.Wrap(err, fault.Usage, "the folder for pictures")
	}
	t, err := renderers.NewRunner(box, renderers.Options{}).Try(ctx, l, dir)
	t.Pictures = absolute(t.Pictures)
	if !keep {
		t.Pictures = nil
	}
	return t, err
}

// languageFinding is a trial as a line of the table. A language whose tools are
// there and do not draw is a failure; one without tools only where it is needed.
func languageFinding(t renderers.Trial, needed bool) finding {
	f := finding{Name: t.Name, State: works, Fix: t.Hint}
	var tools []string
	for _, tool := range t.Tools {
		if tool.OK {
			tools = append(tools, strings.TrimSpace(tool.Name+" "+tool.Version))
		} else {
			tools = append(tools, "no "+tool.Name)
		}
	}
	f.Detail = fmt.Sprintf("%-6s %s", "", strings.Join(tools, ", "))
	switch missing := len(t.Missing()) > 0; {
	case t.OK:
		f.Detail = fmt.Sprintf("%6s %s", seconds(time.Duration(t.ExecS*float64(time.Second))), strings.Join(tools, ", "))
	case t.Problem != "":
		f.State, f.Detail, f.Code = fails, f.Detail+"; "+t.Problem, fault.Toolchain
	case missing && needed:
		f.State, f.Code = fails, fault.Toolchain
	case missing:
		f.State = absent
	default:
		f.State, f.Detail = absent, f.Detail+"; not drawn, as there is no sandbox"
	}
	return f
}
