package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"os"
	"path/filepath"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

// partial is a model file on its way: it grows at its end, and its hash with it.
type partial struct {
	dir   string
	file  *os.File
	out   io.Writer // file, or what a test puts before it
	sum   hash.Hash
	size  int64
	state partialState
}

// partialState is what a later pull must know to go on.
type partialState struct {
	Source string `json:"source"`
	SHA256 string `json:"sha256"`
	ETag   string `json:"etag,omitempty"`  // of the host that serves the bytes
	Parts  int    `json:"parts,omitempty"` // packages joined so far
	Joined int64  `json:"joined,omitempty"`
}

func (s *Store) partialDir(name string) string { return filepath.Join(s.Dir, name+".partial") }

// fetched returns how many bytes an unfinished pull has left.
func (s *Store) fetched(name string) int64 {
	info, err := os.Stat(filepath.Join(s.partialDir(name), "model.gguf"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// openPartial opens what an earlier pull of the same bytes left, or starts anew.
func openPartial(dir, source, sum string) (*partial, error) {
	p := &partial{dir: dir, state: partialState{Source: source, SHA256: sum}}
	if !p.continues() {
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(p.path(), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	p.file, p.out, p.sum = f, f, sha256.New()
	return p, p.save()
}

// continues reads the state of an earlier pull and says whether it is of the
// same bytes.
func (p *partial) continues() bool {
	var old partialState
	data, err := os.ReadFile(p.statePath())
	if err != nil || json.Unmarshal(data, &old) != nil || old.Source != p.state.Source || old.SHA256 != p.state.SHA256 {
		return false
	}
	p.state = old
	return true
}

func (p *partial) path() string      { return filepath.Join(p.dir, "model.gguf") }
func (p *partial) statePath() string { return filepath.Join(p.dir, "state.json") }

func (p *partial) save() error {
	data, err := json.Marshal(p.state)
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(p.statePath(), data, 0o600)
}

// resume hashes the first bytes of the file, at most limit, and cuts off the
// rest; writing goes on behind them.
func (p *partial) resume(ctx context.Context, limit, total int64, m *meter) error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	keep := min(info.Size(), limit)
	if err := p.reset(); err != nil {
		return err
	}
	if keep > 0 {
		m.stage(StageResume, "")
	}
	err = copyCounted(ctx, p.sum, io.LimitReader(p.file, keep), func(n int64) { p.size += n; m.at(p.size, total) })
	if err != nil {
		return err
	}
	return p.file.Truncate(p.size)
}

// reset forgets all bytes; the file itself is cut by resume or restart.
func (p *partial) reset() error {
	p.sum.Reset()
	p.size = 0
	_, err := p.file.Seek(0, io.SeekStart)
	return err
}

// restart begins from the first byte.
func (p *partial) restart() error {
	if err := p.reset(); err != nil {
		return err
	}
	return p.file.Truncate(0)
}

// Write appends to the file. What could not be written is not hashed.
func (p *partial) Write(b []byte) (int, error) {
	n, err := p.out.Write(b)
	p.sum.Write(b[:n])
	p.size += int64(n)
	return n, err
}

func (p *partial) sha256() string { return hex.EncodeToString(p.sum.Sum(nil)) }

func (p *partial) close() { _ = p.file.Close() }

// discard removes all that was fetched.
func (p *partial) discard() {
	p.close()
	_ = os.RemoveAll(p.dir)
}

// place moves the finished file to path and removes the folder.
func (p *partial) place(path string) error {
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(p.path(), path); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	p.discard()
	return nil
}

// check compares size and checksum of the whole file; bytes that are wrong
// cannot be mended by fetching more, so they go.
func (p *partial) check(name, want string, total int64) error {
	switch got := p.sha256(); {
	case p.size != total:
		p.discard()
		return fault.New(fault.Model, "model %s came out with %d bytes instead of %d", name, p.size, total).
			WithHint("what was fetched is removed; pull it again: viscoder pull %s", name)
	case got != want:
		p.discard()
		return fault.New(fault.Model, "model %s has SHA-256 %s, but %s was expected", name, got, want).
			WithHint("what was fetched is removed; pull it again, and if it fails the same way do not trust its source")
	}
	return nil
}

// copyCounted copies until EOF or the end of ctx and reports each piece.
func copyCounted(ctx context.Context, dst io.Writer, src io.Reader, count func(n int64)) error {
	buf := make([]byte, 1<<20)
	for {
		n, rerr := src.Read(buf)
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				return &writeFailure{err}
			}
			count(int64(n))
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if rerr == io.EOF {
			return nil
		}
		if rerr != nil {
			return rerr
		}
	}
}

// writeFailure tells a full disk from a cut connection.
type writeFailure struct{ err error }

func (w *writeFailure) Error() string { return w.err.Error() }
func (w *writeFailure) Unwrap() error { return w.err }
