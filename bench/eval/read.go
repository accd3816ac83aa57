package eval

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

// Limits of a task file.
const (
	maxTasks      = 100_000
	maxFileBytes  = 4 << 30
	maxTaskBytes  = 64 << 20 // one task with its picture
	maxPictureB64 = 48 << 20
)

// Read reads tasks from JSON lines or Parquet files: our own form, VisPlotBench's
// and PandasPlotBench's columns; Builtin stands for our own tasks. Files of
// VisPlotBench name no language; it is taken from their path, else it is lang.
// Errors are fault.Usage and name file:line.
func Read(ctx context.Context, files []string, lang string) ([]Task, error) {
	seen := map[string]string{}
	var all []Task
	for _, file := range files {
		records, err := readFile(ctx, file)
		if err != nil {
			return nil, err
		}
		fallback := languageOfPath(file)
		if fallback == "" {
			fallback = lang
		}
		for _, r := range records {
			t, err := r.task(fallback)
			if err != nil {
				return nil, err
			}
			if at, twice := seen[t.Key()]; twice {
				return nil, fault.New(fault.Usage, "%s: task %s stands at %s already", t.Origin, t.Key(), at)
			}
			seen[t.Key()] = t.Origin
			all = append(all, t)
		}
	}
	return all, nil
}

// parquetMagic begins and ends a Parquet file.
const parquetMagic = "PAR1"

func readFile(ctx context.Context, path string) ([]record, error) {
	if path == Builtin {
		return readBuiltin(ctx)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "cannot read the tasks")
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fault.Wrap(err, fault.Usage, "cannot read the tasks")
	case !info.Mode().IsRegular():
		return nil, fault.New(fault.Usage, "%s is no file", path).WithHint("name the files of tasks, such as %s", filepath.Join(path, "*.jsonl"))
	case info.Size() > maxFileBytes:
		return nil, fault.New(fault.Usage, "%s is larger than a file of tasks may be (4 GiB)", path)
	}
	in := bufio.NewReader(f)
	if head, _ := in.Peek(len(parquetMagic)); string(head) == parquetMagic {
		return readParquet(ctx, path, f, info.Size())
	}
	return readJSONL(ctx, path, in)
}

// languageOfPath is the language that a word of a path names, the last one in
// doubt: visplotbench/lilypond/test-00000-of-00001.parquet.
func languageOfPath(path string) string {
	words := strings.FieldsFunc(strings.ToLower(filepath.ToSlash(path)), func(r rune) bool {
		return r == '/' || r == '-' || r == '_' || r == '.'
	})
	for i := len(words) - 1; i >= 0; i-- {
		for _, l := range renderers.All() {
			if words[i] == l.Name && len(l.Name) > 1 {
				return l.Name
			}
		}
	}
	return ""
}
