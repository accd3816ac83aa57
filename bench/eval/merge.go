package eval

import (
	"context"
	"os"
	"path/filepath"

	"viscoder/internal/fault"
)

// Merge joins folders of evaluations with the same settings but for their shard
// into dir, which must be new or empty of results, and leaves its store open. A
// task that two folders have is fault.Usage.
func Merge(ctx context.Context, dirs []string, dir string) (store *Store, err error) {
	settings, err := common(dirs)
	if err != nil {
		return nil, err
	}
	store, err = OpenStore(dir, settings)
	if err != nil {
		return nil, err
	}
	if n := len(store.Results()); n > 0 {
		err = fault.New(fault.Usage, "--out: %s holds %d results already", dir, n).WithHint("take another folder")
	} else {
		err = store.take(ctx, dirs)
	}
	if err != nil {
		_ = store.Close()
		return nil, err
	}
	return store, nil
}

// common are the settings of all folders, without a shard. Versions may differ:
// machines of several kinds have native builds of several kinds.
func common(dirs []string) (Settings, error) {
	var first Settings
	for i, dir := range dirs {
		s, err := ReadSettings(dir)
		if err != nil {
			return s, err
		}
		s.Shard = ""
		if i == 0 {
			first = s
		}
		s.Versions = first.Versions
		if name := firstDifference(first, s); name != "" {
			return s, fault.New(fault.Usage, "%s and %s are not parts of one evaluation: their settings differ (%s)", dirs[0], dir, name)
		}
	}
	return first, nil
}

// take copies results with their folders.
func (s *Store) take(ctx context.Context, dirs []string) error {
	from := map[string]string{}
	for _, dir := range dirs {
		results, err := ReadResults(dir)
		if err != nil {
			return err
		}
		for _, r := range results {
			if other, twice := from[r.Key]; twice {
				return fault.New(fault.Usage, "%s and %s both have a result of task %s", other, dir, r.Key)
			}
			from[r.Key] = dir
			if ctx.Err() != nil {
				return ctx.Err()
			}
			for _, part := range []string{r.Folder, filepath.Dir(r.Reference)} {
				if err := s.copyFolder(dir, part); err != nil {
					return err
				}
			}
			if err := s.Add(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyFolder copies a folder below dir to the same place below the store's. Names
// come from a file, so they must not lead out.
func (s *Store) copyFolder(dir, part string) error {
	if part == "" || part == "." {
		return nil
	}
	if !filepath.IsLocal(part) {
		return fault.New(fault.Usage, "%s: a result lies in %q, outside", dir, part)
	}
	to := filepath.Join(s.Dir, part)
	if err := fresh(to); err != nil {
		return err
	}
	if err := os.CopyFS(to, os.DirFS(filepath.Join(dir, part))); err != nil {
		return fault.Wrap(err, fault.Usage, "copying %s", filepath.Join(dir, part))
	}
	return nil
}
