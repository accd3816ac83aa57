package main

import (
	"context"
	"path/filepath"

	"github.com/fsnotify/fsnotify"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

// renderOnChange draws a file now and after each change of it or of its data,
// always to the same place, until ctx ends.
func (a *App) renderOnChange(ctx context.Context, runner *renderers.Runner, r rendering, c canvas) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fault.Wrap(err, fault.Internal, "--watch: this machine does not tell of changes")
	}
	defer watcher.Close()
	names := map[string]bool{}
	for _, file := range append([]string{r.files[0]}, r.data...) {
		path, err := filepath.Abs(file)
		if err != nil {
			return fault.Wrap(err, fault.Usage, "--watch: %s", file)
		}
		names[path] = true
		// Editors replace a file instead of writing into it, so its folder is watched.
		if err := watcher.Add(filepath.Dir(path)); err != nil {
			return fault.Wrap(err, fault.Usage, "--watch: %s", file)
		}
	}
	for {
		one, err := a.renderFile(ctx, runner, r, r.files[0], c)
		if err != nil && fault.CodeOf(err) != fault.Usage {
			return err
		}
		if err != nil {
			a.screen.failure(err) // gone for a moment, while an editor replaces it
		}
		if r.out == "" && len(one.Pictures) == 1 {
			r.out = one.Pictures[0] // the name it got at first is its own from now on
		}
		file, err := nextChange(ctx, watcher, names)
		if err != nil {
			return err
		}
		a.note("%s changed", clean(filepath.Base(file)))
	}
}

// nextChange waits until one of the named files was written or replaced. What
// happened meanwhile counts once.
func nextChange(ctx context.Context, w *fsnotify.Watcher, names map[string]bool) (string, error) {
	for {
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case err := <-w.Errors:
			return "", fault.Wrap(err, fault.Internal, "--watch")
		case event := <-w.Events:
			if !names[event.Name] || !event.Has(fsnotify.Write|fsnotify.Create) {
				continue
			}
			for {
				select {
				case <-w.Events:
					continue
				default:
				}
				break
			}
			return event.Name, nil
		}
	}
}
