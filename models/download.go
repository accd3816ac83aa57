package models

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"viscoder/internal/fault"
)

var commitRE = regexp.MustCompile(`^[0-9a-f]{40,64}$`)

// hubFetcher downloads a file from the hub.
type hubFetcher struct {
	store  *Store
	file   hubFile
	pinned string // SHA-256 of the catalogue; empty = the hub's word is taken
}

func (f hubFetcher) expect(ctx context.Context, m *meter) (want expected, err error) {
	m.stage(StageLookup, f.file.String())
	err = f.retrier(m).do(ctx, func() (bool, error) {
		want, err = f.store.hub.lookup(ctx, f.file)
		return false, err
	})
	if err == nil && f.pinned != "" && f.pinned != want.sha256 {
		err = fault.New(fault.Model, "the hub's %s has SHA-256 %s, but %s was expected", f.file, want.sha256, f.pinned).
			WithHint("the file was replaced there; do not trust it without looking why")
	}
	return want, err
}

func (f hubFetcher) retrier(m *meter) retrier { return retrier{f.store.hub.wait, m} }

// fetch downloads what p lacks, in as many requests as it takes.
func (f hubFetcher) fetch(ctx context.Context, want expected, p *partial, m *meter) error {
	if err := p.resume(ctx, want.bytes, want.bytes, m); err != nil {
		return f.failed(ctx, err, p, want)
	}
	return f.retrier(m).do(ctx, func() (bool, error) {
		before := p.size
		if before == want.bytes {
			return false, nil
		}
		err := f.request(ctx, want, p, m)
		return p.size > before, f.failed(ctx, err, p, want)
	})
}

// failed sorts an error: those of the disk are final.
func (f hubFetcher) failed(ctx context.Context, err error, p *partial, want expected) error {
	var w *writeFailure
	if errors.As(err, &w) && ctx.Err() == nil {
		return f.store.writeError(w.err, p.size, want.bytes)
	}
	return err
}

// request asks once for the bytes behind p.
func (f hubFetcher) request(ctx context.Context, want expected, p *partial, m *meter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	header := http.Header{"Accept-Encoding": {"identity"}}
	if p.size > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", p.size))
		if p.state.ETag != "" {
			header.Set("If-Range", p.state.ETag)
		}
	}
	path := "/" + f.file.repository() + "/resolve/" + want.commit + "/" + f.file.escaped()
	resp, err := f.store.hub.get(ctx, path, header, f.file)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := f.position(resp, want, p); err != nil {
		return err
	}
	m.stage(StageDownload, resp.Request.URL.Host)
	body := &watched{body: resp.Body, stall: f.store.hub.stall, cancel: cancel}
	defer body.watch()()
	// One byte more than expected is enough to see that the file is another.
	err = copyCounted(ctx, p, io.LimitReader(body, want.bytes-p.size+1), func(int64) { m.at(p.size, want.bytes) })
	return f.broken(err, p, want)
}

// position makes the bytes of resp follow those of p. A server that ignores the
// range, or has another file by now, sends the whole, and p starts anew.
func (f hubFetcher) position(resp *http.Response, want expected, p *partial) error {
	from, total := int64(0), resp.ContentLength
	switch resp.StatusCode {
	case http.StatusOK:
		if err := p.restart(); err != nil {
			return &writeFailure{err}
		}
	case http.StatusPartialContent:
		var ok bool
		if from, total, ok = contentRange(resp.Header.Get("Content-Range")); !ok || from != p.size {
			return f.startOver(p, fmt.Errorf("%s sent the range %q for bytes from %d", resp.Request.URL.Host, resp.Header.Get("Content-Range"), p.size))
		}
	default:
		return fault.New(fault.Model, "%s answered %s for %s", resp.Request.URL.Host, resp.Status, f.file)
	}
	if total >= 0 && total != want.bytes {
		p.discard()
		return fault.New(fault.Model, "%s offers %d bytes of %s, but the hub announced %d", resp.Request.URL.Host, total, f.file, want.bytes)
	}
	p.state.ETag = strongETag(resp.Header)
	if err := p.save(); err != nil {
		return &writeFailure{err}
	}
	return nil
}

// startOver drops what is there, as the server cannot continue it.
func (f hubFetcher) startOver(p *partial, why error) error {
	p.state.ETag = ""
	if err := p.restart(); err != nil {
		return &writeFailure{err}
	}
	return &transient{err: why}
}

// broken turns the end of a body into what it means.
func (f hubFetcher) broken(err error, p *partial, want expected) error {
	var w *writeFailure
	switch {
	case errors.As(err, &w):
		return err
	case err != nil:
		return &transient{err: fmt.Errorf("the connection broke at %s of %s: %w", size(p.size), size(want.bytes), err)}
	case p.size < want.bytes:
		return &transient{err: fmt.Errorf("the connection ended at %s of %s", size(p.size), size(want.bytes))}
	}
	return nil // too many bytes are for check to refuse
}

// contentRange reads "bytes FROM-TO/TOTAL" (RFC 9110, 14.4); total is -1 for "*".
func contentRange(s string) (from, total int64, ok bool) {
	span, all, cut := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	first, _, dash := strings.Cut(span, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !cut || !dash || err != nil || from < 0 {
		return 0, 0, false
	}
	if all == "*" {
		return from, -1, true
	}
	total, err = strconv.ParseInt(all, 10, 64)
	return from, total, err == nil && total > from
}

// strongETag returns the validator that If-Range may carry (RFC 9110, 13.1.5).
// It is the one of the host that served the bytes: the hub's own, which is the
// checksum, means nothing to it.
func strongETag(h http.Header) string {
	if tag := h.Get("ETag"); strings.HasPrefix(tag, `"`) {
		return tag
	}
	return ""
}

// watched gives up a body from which nothing arrives.
type watched struct {
	body   io.Reader
	stall  time.Duration
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// watch starts the clock; the function it returns stops it.
func (w *watched) watch() func() {
	w.timer = time.AfterFunc(w.stall, func() { w.cancel(fmt.Errorf("nothing arrived for %s", w.stall)) })
	return func() { w.timer.Stop() }
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.body.Read(b)
	w.timer.Reset(w.stall)
	return n, err
}
