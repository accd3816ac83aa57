package models

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"viscoder/gguf"
	"viscoder/internal/fault"
)

// localFetcher takes a file of the user's into the store.
type localFetcher struct {
	store *Store
	path  string // absolute, links followed
	want  expected
}

// localJob opens the file before anything is copied, so that what viscoder
// cannot run is refused at once.
func (s *Store) localJob(ctx context.Context, path string, m *meter) (job, error) {
	abs, err := filepath.Abs(path)
	if err == nil {
		abs, err = filepath.EvalSymlinks(abs)
	}
	if err != nil {
		return job{}, fault.Wrap(err, fault.Model, "model file %s", path)
	}
	if _, err := gguf.Open(abs); err != nil {
		return job{}, err
	}
	name := nameOf(path)
	if !nameRE.MatchString(name) {
		return job{}, fault.New(fault.Usage, "model file %s: its name has no letter or digit to call it by", path)
	}
	m.stage(StageVerify, abs)
	sum, n, err := hashFile(ctx, abs, m)
	if ctx.Err() != nil {
		return job{}, context.Cause(ctx)
	}
	if err != nil {
		return job{}, fault.Wrap(err, fault.Model, "reading model %s", path)
	}
	return job{name: name, source: "file:" + abs, fetcher: localFetcher{s, abs, expected{sha256: sum, bytes: n}}}, nil
}

func (l localFetcher) expect(context.Context, *meter) (expected, error) { return l.want, nil }

// link puts the file at path without a copy, if both are on one disk. Only the
// finished place is ever a link: what grows in a partial folder is the store's own.
func (l localFetcher) link(path string) bool { return os.Link(l.path, path) == nil }

// fetch copies the file.
func (l localFetcher) fetch(ctx context.Context, want expected, p *partial, m *meter) error {
	m.stage(StageDownload, l.path)
	src, err := os.Open(l.path)
	if err != nil {
		return fault.Wrap(err, fault.Model, "model file %s", l.path)
	}
	defer src.Close()
	if err := p.restart(); err != nil {
		return l.store.writeError(err, 0, want.bytes)
	}
	err = copyCounted(ctx, p, io.LimitReader(src, want.bytes+1), func(int64) { m.at(p.size, want.bytes) })
	if err != nil && ctx.Err() == nil {
		return l.store.writeError(err, p.size, want.bytes)
	}
	return err
}
