package main

import (
	"path/filepath"
	"slices"

	"viscoder/renderers"
	"viscoder/renderers/sandbox"
	"viscoder/selfdebug"
)

// warmRunner draws in box, with a worker of the language waiting: it starts
// while the weights are loaded and the model writes.
func (a *App) warmRunner(box *sandbox.Box, task selfdebug.Task) *renderers.Runner {
	runner := renderers.NewRunner(box, renderers.Options{})
	language, _, _, err := selfdebug.PickLanguage(task) // one that the model may still change costs a second of waiting
	if err == nil && !box.Unsafe() {                    // without a box none starts, which would have to be said
		runner.Prepare(renderers.Job{Language: language, Data: dataFiles(task.Data)})
		a.onClose(runner.Close)
	}
	return runner
}

func dataFiles(paths []string) []renderers.DataFile {
	var files []renderers.DataFile
	for _, path := range paths {
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		files = append(files, renderers.DataFile{Path: path})
	}
	return files
}

// prepare lets a worker wait for each language that is drawn more than once:
// for a single run the start would cost more than it saves.
func (r *rendering) prepare(runner *renderers.Runner) error {
	var seen, waiting []*renderers.Language
	for _, file := range r.files {
		l, err := r.languageOf(file)
		if err != nil {
			return err
		}
		if (r.watch || slices.Contains(seen, l)) && !slices.Contains(waiting, l) {
			runner.Prepare(renderers.Job{Language: l, Data: dataFiles(r.data)})
			waiting = append(waiting, l)
		}
		seen = append(seen, l)
	}
	return nil
}
