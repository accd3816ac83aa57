package models

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

func TestPullFromTheHub(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	s := newTestStore(t, h)
	path, err := s.pull(t, testRef)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(s.Dir, "Tiny.Q4_K_M.gguf"), path)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, sumOf(data), sumOf(got))
	assert.Equal(t, []string{"Tiny.Q4_K_M.gguf", "Tiny.Q4_K_M.json"}, s.files(t))
	assert.Equal(t, []string{StageLookup, StageDownload, StageVerify, StageDone}, s.stages())
	last := s.events[len(s.events)-1]
	assert.Equal(t, int64(len(data)), last.Done)
	assert.Equal(t, int64(len(data)), last.Total)

	rec, ok := s.record("Tiny.Q4_K_M")
	require.True(t, ok)
	assert.Equal(t, testRef, rec.Source)
	assert.Equal(t, testCommit, rec.Commit)
	assert.Equal(t, sumOf(data), rec.SHA256)
	assert.WithinDuration(t, time.Now(), rec.PulledAt, time.Minute)

	for _, ref := range []string{testRef, "Tiny.Q4_K_M", "tiny.q4_k_m", path} {
		r, err := s.Resolve(ref, 0)
		require.NoError(t, err, ref)
		assert.Equal(t, path, r.Path)
		assert.Equal(t, sumOf(data), r.SHA256)
	}

	asked := len(h.requests)
	s.events = nil
	for _, ref := range []string{testRef, "Tiny.Q4_K_M"} {
		_, err = s.pull(t, ref)
		require.NoError(t, err)
	}
	assert.Len(t, h.requests, asked, "what is present needs no network")
	assert.Equal(t, []string{StagePresent}, s.stages())
}

func TestCatalogueEntryOfTheHub(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	s := newTestStore(t, h)
	entry := Entry{Name: "tiny", Licence: "mit", Source: Source{Hub: strings.TrimPrefix(testRef, hubPrefix)}}
	s.catalogue = []Entry{entry}
	path, err := s.pull(t, "Tiny")
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(s.Dir, "tiny.gguf"), path)
	r, err := s.Resolve(testRef, 0)
	require.NoError(t, err, "the hub's name of a catalogued file means the same model")
	assert.Equal(t, "tiny", r.Name)
	rec, _ := s.record("tiny")
	assert.Equal(t, "mit", rec.Licence)

	require.NoError(t, s.Remove("tiny"))
	s.catalogue[0].SHA256 = strings.Repeat("0", 64)
	_, err = s.pull(t, "tiny")
	require.ErrorContains(t, err, sumOf(data))
	assert.ErrorContains(t, err, s.catalogue[0].SHA256)
}

func TestCutConnectionResumes(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	h.serve = func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
		if n < 3 {
			cut(len(data)/3)(w, r, data)
		}
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(data)))
	}
	s := newTestStore(t, h)
	path, err := s.pull(t, testRef)
	require.NoError(t, err)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, data, got)
	cdn := h.of("cdn")
	require.Len(t, cdn, 3)
	assert.Empty(t, cdn[0].rng)
	for _, r := range cdn[1:] {
		assert.Regexp(t, `^bytes=[1-9]\d*-$`, r.rng)
		assert.Equal(t, `"cdn-`+sumOf(data)[:8]+`"`, r.ifRange, "the validator is the CDN's own")
	}
	assert.Equal(t, []time.Duration{time.Second, time.Second}, s.waits, "bytes that arrived start the delays anew")
	assert.Contains(t, s.stages(), StageRetry)
}

func TestInterruptedPullGoesOnLater(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	s := newTestStore(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	h.serve = func(_ int, w http.ResponseWriter, r *http.Request, data []byte) { cut(len(data)/2)(w, r, data) }
	s.hub.wait = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	_, err := s.Pull(ctx, testRef, nil)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, fault.Interrupted, fault.CodeOf(err))
	assert.Equal(t, []string{"Tiny.Q4_K_M.partial"}, s.files(t), "half a model has no place yet")
	half := s.fetched("Tiny.Q4_K_M")
	assert.Positive(t, half)
	_, err = s.Resolve(testRef, 0)
	assert.Error(t, err)

	h.serving(nil)
	later := s.again()
	_, err = later.pull(t, testRef)
	require.NoError(t, err)
	assert.Equal(t, []string{StageLookup, StageResume, StageDownload, StageVerify, StageDone}, later.stages())
	cdn := h.of("cdn")
	assert.Equal(t, "bytes="+itoa(half)+"-", cdn[len(cdn)-1].rng)
	assert.Equal(t, []string{"Tiny.Q4_K_M.gguf", "Tiny.Q4_K_M.json"}, s.files(t))
}

func TestWholePartialIsNotDownloadedAgain(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	s := newTestStore(t, h)
	p, err := openPartial(s.partialDir("Tiny.Q4_K_M"), testRef, sumOf(data))
	require.NoError(t, err)
	_, err = p.Write(append(data, "a tail that a crash left"...))
	require.NoError(t, err)
	p.close()
	_, err = s.pull(t, testRef)
	require.NoError(t, err)
	assert.Empty(t, h.of("cdn"))
}

func TestFileReplacedOnTheHubStartsAnew(t *testing.T) {
	old, data := tinyGGUF(t, 1), tinyGGUF(t, 2)
	h := newFakeHub(t, data)
	s := newTestStore(t, h)
	p, err := openPartial(s.partialDir("Tiny.Q4_K_M"), testRef, sumOf(old))
	require.NoError(t, err)
	_, err = p.Write(old[:1000])
	require.NoError(t, err)
	p.close()
	_, err = s.pull(t, testRef)
	require.NoError(t, err)
	assert.Empty(t, h.of("cdn")[0].rng)
}

func TestServerIgnoringRange(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	h.serve = func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
		if n == 1 {
			cut(len(data)/2)(w, r, data)
		}
		_, _ = w.Write(data)
	}
	s := newTestStore(t, h)
	path, err := s.pull(t, testRef)
	require.NoError(t, err)
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, data, got, "the second answer is the whole file, not the rest")
}

func TestServerSendingAnotherRange(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	h.serve = func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
		switch n {
		case 1:
			cut(len(data)/2)(w, r, data)
		case 2:
			w.Header().Set("Content-Range", "bytes 3-9/"+itoa(int64(len(data))))
			w.WriteHeader(http.StatusPartialContent)
		default:
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(data)))
		}
	}
	s := newTestStore(t, h)
	_, err := s.pull(t, testRef)
	require.NoError(t, err)
	assert.Empty(t, h.of("cdn")[2].rng, "it starts over")
}

func TestWrongChecksum(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	h.sha256 = strings.Repeat("ab", 32)
	s := newTestStore(t, h)
	_, err := s.pull(t, testRef)
	require.ErrorContains(t, err, sumOf(data))
	assert.ErrorContains(t, err, h.sha256)
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	assert.Empty(t, s.files(t))
}

func TestWrongSize(t *testing.T) {
	data := tinyGGUF(t, 1)
	for name, serve := range map[string]func(w http.ResponseWriter){
		"announced": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", itoa(int64(len(data)-1)))
			_, _ = w.Write(data[:len(data)-1])
		},
		"chunked": func(w http.ResponseWriter) {
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(append(data, "more"...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newFakeHub(t, data)
			h.serve = func(_ int, w http.ResponseWriter, _ *http.Request, _ []byte) { serve(w) }
			s := newTestStore(t, h)
			_, err := s.pull(t, testRef)
			require.ErrorContains(t, err, " bytes ")
			assert.Empty(t, s.files(t))
		})
	}
}

func TestNoModelInside(t *testing.T) {
	h := newFakeHub(t, []byte(strings.Repeat("<html>not a model</html>", 100)))
	s := newTestStore(t, h)
	_, err := s.pull(t, testRef)
	require.Error(t, err)
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	assert.Empty(t, s.files(t))
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status      int
		token       string
		says, hints string
	}{
		{http.StatusUnauthorized, "", "someone/Tiny-GGUF", "set HF_TOKEN"},
		{http.StatusForbidden, "", "someone/Tiny-GGUF", "set HF_TOKEN"},
		{http.StatusForbidden, "hf_x", "someone/Tiny-GGUF", "the token in HF_TOKEN"},
		{http.StatusNotFound, "", "no file Tiny.Q4_K_M.gguf", "viscoder pull hf:"},
		{http.StatusNotFound, "", "someone/Tiny-GGUF", "viscoder pull hf:"},
		{http.StatusTeapot, "", "418", ""},
	} {
		h := newFakeHub(t, tinyGGUF(t, 1))
		h.status = []int{c.status}
		t.Setenv("HF_TOKEN", c.token)
		s := newTestStore(t, h)
		_, err := s.pull(t, testRef)
		require.ErrorContains(t, err, c.says)
		assert.Contains(t, fault.HintOf(err), c.hints)
		assert.Equal(t, fault.Model, fault.CodeOf(err))
		assert.Empty(t, s.waits, "a refusal is final")
		assert.NotContains(t, err.Error()+fault.HintOf(err), "hf_x")
	}
}

func TestFileThatIsNotThereNamesTheOthers(t *testing.T) {
	s := newTestStore(t, newFakeHub(t, tinyGGUF(t, 1)))
	_, err := s.pull(t, "hf:someone/Tiny-GGUF/Other.gguf")
	require.ErrorContains(t, err, "no file Other.gguf in repository someone/Tiny-GGUF")
	assert.Contains(t, fault.HintOf(err), "Tiny.Q4_K_M.gguf, Tiny.Q8_0.gguf")
	_, err = s.pull(t, "hf:someone/Tiny-GGUF/Tiny.Q8_0.gguf")
	assert.ErrorContains(t, err, "no SHA-256", "what cannot be checked is not pulled")
}

func TestBusyServer(t *testing.T) {
	h := newFakeHub(t, tinyGGUF(t, 1))
	h.status = []int{503, 429, 500, 502}
	s := newTestStore(t, h)
	_, err := s.pull(t, testRef)
	require.NoError(t, err)
	assert.Equal(t, []time.Duration{1 * time.Second, 7 * time.Second, 4 * time.Second, 8 * time.Second}, s.waits,
		"delays double, and Retry-After is kept")
}

func TestServerBusyForEver(t *testing.T) {
	h := newFakeHub(t, tinyGGUF(t, 1))
	h.status = []int{500, 500, 500, 500, 500, 500, 500, 500, 500}
	s := newTestStore(t, h)
	_, err := s.pull(t, testRef)
	require.ErrorContains(t, err, "gave up after 7 attempts")
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	assert.Len(t, s.waits, 6)
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "12": 12 * time.Second, "-3": 0, "soon": 0, "99999999999999999999": 0,
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second, "Fri, 02 Jan 2026 03:04:00 GMT": 0,
	} {
		assert.Equal(t, want, retryAfter(http.Header{"Retry-After": {value}}, now), value)
	}
	s := newTestStore(t, nil)
	err := retrier{s.hub.wait, newMeter(nil, time.Now)}.do(t.Context(), func() (bool, error) {
		return false, &transient{err: errors.New("busy"), after: time.Hour}
	})
	assert.ErrorContains(t, err, "asks to wait 1h")
	assert.Empty(t, s.waits)
}

func TestStalledBodyIsAskedAgain(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	h.serve = func(n int, w http.ResponseWriter, r *http.Request, data []byte) {
		if n > 1 {
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(data)))
			return
		}
		_, _ = w.Write(data[:100])
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	s := newTestStore(t, h)
	s.hub.stall = 50 * time.Millisecond
	_, err := s.pull(t, testRef)
	require.NoError(t, err)
	require.Len(t, h.of("cdn"), 2)
	assert.Contains(t, retryDetail(s), "nothing arrived")
}

func retryDetail(s *testStore) string {
	for _, ev := range s.events {
		if ev.Stage == StageRetry {
			return ev.Detail
		}
	}
	return ""
}

func TestTokenStaysWithTheHub(t *testing.T) {
	h := newFakeHub(t, tinyGGUF(t, 1))
	t.Setenv("HF_TOKEN", " hf_secret\n")
	s := newTestStore(t, h)
	_, err := s.pull(t, testRef)
	require.NoError(t, err)
	for _, r := range h.of("hub") {
		assert.Equal(t, "Bearer hf_secret", r.auth, r.path)
	}
	require.Len(t, h.of("cdn"), 1, "another port of the same address is another host")
	assert.Empty(t, h.of("cdn")[0].auth)
}

func TestRedirectRules(t *testing.T) {
	h := newHub("", "t")
	from := httptest.NewRequest(http.MethodGet, "https://hub.example/x", nil)
	for target, keeps := range map[string]bool{
		"https://hub.example/y": true, "https://cdn.hub.example/y": false, "https://hub.example:8443/y": false, "https://elsewhere.example/": false,
	} {
		req := httptest.NewRequest(http.MethodGet, target, nil)
		req.Header.Set("Authorization", "Bearer t")
		require.NoError(t, h.redirect(req, []*http.Request{from}))
		assert.Equal(t, keeps, req.Header.Get("Authorization") != "", target)
	}
	plain := httptest.NewRequest(http.MethodGet, "http://hub.example/y", nil)
	assert.ErrorIs(t, h.redirect(plain, []*http.Request{from}), errRedirect)
}

func TestEndlessRedirectIsFinal(t *testing.T) {
	var loop *httptest.Server
	loop = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, loop.URL+r.URL.Path, http.StatusFound)
	}))
	defer loop.Close()
	s := newTestStore(t, nil)
	s.hub.endpoint = loop.URL
	_, err := s.pull(t, testRef)
	require.ErrorIs(t, err, errRedirect)
	assert.Empty(t, s.waits)
}

func TestDeadServerIsTriedAgain(t *testing.T) {
	dead := httptest.NewServer(nil)
	dead.Close()
	s := newTestStore(t, nil)
	s.hub.endpoint = dead.URL
	_, err := s.pull(t, testRef)
	require.ErrorContains(t, err, "does not answer")
	assert.Contains(t, fault.HintOf(err), "HTTPS_PROXY")
	assert.Len(t, s.waits, mostAttempts-1)
}

func TestBadEndpoint(t *testing.T) {
	for _, endpoint := range []string{"hub.example", "ftp://hub.example", "http://", "http://[::1"} {
		t.Setenv("HF_ENDPOINT", endpoint)
		_, err := Open(t.TempDir()).Pull(t.Context(), testRef, nil)
		require.ErrorContains(t, err, "HF_ENDPOINT", endpoint)
		assert.Equal(t, fault.Usage, fault.CodeOf(err))
	}
}

func TestProxyIsHonoured(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	var asked atomic.Int32
	proxy.Store(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		assert.Equal(t, "hub.invalid", r.URL.Host)
		h.Config.Handler.ServeHTTP(w, r)
	})
	s := newTestStore(t, nil)
	s.hub.endpoint = "http://hub.invalid"
	_, err := s.pull(t, testRef)
	require.NoError(t, err)
	assert.EqualValues(t, 2, asked.Load(), "lookup and redirect; the CDN on loopback is reached directly")
}

func TestNoRoomIsSaidBeforeTheDownload(t *testing.T) {
	h := newFakeHub(t, tinyGGUF(t, 1))
	s := newTestStore(t, h)
	s.free = func(string) (uint64, error) { return spare + 1000, nil }
	_, err := s.pull(t, testRef)
	require.ErrorContains(t, err, "67 MB are free")
	assert.ErrorContains(t, err, size(int64(len(h.data)))+" more are needed")
	assert.Equal(t, fault.Model, fault.CodeOf(err))
	assert.Empty(t, h.of("cdn"))
}

// fullDisk takes limit bytes and then has no space left.
type fullDisk struct {
	to    io.Writer
	limit int
}

func (d *fullDisk) Write(b []byte) (int, error) {
	n, err := d.to.Write(b[:min(len(b), d.limit)])
	d.limit -= n
	if err == nil && n < len(b) {
		err = &os.PathError{Op: "write", Path: "model.gguf", Err: syscall.ENOSPC}
	}
	return n, err
}

func TestDiskFillingUpMidway(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	s := newTestStore(t, h)
	s.sink = func(f *os.File) io.Writer { return &fullDisk{f, 5000} }
	_, err := s.pull(t, testRef)
	require.ErrorIs(t, err, syscall.ENOSPC)
	assert.ErrorContains(t, err, "full after 5.0 kB of "+size(int64(len(data))))
	assert.Contains(t, fault.HintOf(err), "viscoder models rm")
	assert.Empty(t, s.waits, "a full disk does not pass by waiting")

	s.sink = func(f *os.File) io.Writer { return f }
	_, err = s.pull(t, testRef)
	require.NoError(t, err)
	assert.Equal(t, "bytes=5000-", h.of("cdn")[1].rng, "what was written is kept")
}

func TestTwoPullsAtOnce(t *testing.T) {
	data := tinyGGUF(t, 1)
	h := newFakeHub(t, data)
	waiting := make(chan struct{})
	started := make(chan struct{})
	h.serve = func(_ int, w http.ResponseWriter, _ *http.Request, data []byte) {
		close(started)
		<-waiting
		_, _ = w.Write(data)
	}
	first := newTestStore(t, h)
	done := make(chan error, 1)
	go func() {
		_, err := first.Pull(context.Background(), testRef, nil)
		done <- err
	}()
	<-started
	second := first.again()
	_, err := second.Pull(t.Context(), testRef, func(ev PullEvent) {
		second.progress(ev)
		if ev.Stage == StageWait {
			close(waiting)
		}
	})
	require.NoError(t, err)
	require.NoError(t, <-done)
	assert.Equal(t, []string{StageWait, StagePresent}, second.stages())
	assert.Len(t, h.of("cdn"), 1)
}

func TestWaitingForAnotherPullCanBeInterrupted(t *testing.T) {
	s := newTestStore(t, newFakeHub(t, tinyGGUF(t, 1)))
	unlock, err := s.lock(t.Context(), "Tiny.Q4_K_M", nil)
	require.NoError(t, err)
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = s.again().Pull(ctx, testRef, func(PullEvent) { cancel() })
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorContains(t, s.again().Remove("Tiny.Q4_K_M"), "no model", "nothing is there yet")
}

func TestContentRange(t *testing.T) {
	for s, want := range map[string][2]int64{"bytes 5-9/10": {5, 10}, "bytes 0-0/1": {0, 1}, "bytes 3-9/*": {3, -1}} {
		from, total, ok := contentRange(s)
		assert.True(t, ok, s)
		assert.Equal(t, want, [2]int64{from, total}, s)
	}
	for _, s := range []string{"", "bytes", "bytes */10", "bytes -1-3/4", "bytes 5-9/", "bytes 9-9/9", "lines 1-2/3", "bytes 1/2"} {
		_, _, ok := contentRange(s)
		assert.False(t, ok, s)
	}
}

func TestParseModelRefusesWhatItCannotTrust(t *testing.T) {
	file := hubFile{"a", "b", "f.gguf"}
	sum := strings.Repeat("0f", 32)
	lfs := func(sha, size string) string {
		return `{"sha":"` + testCommit + `","siblings":[{"rfilename":"f.gguf","lfs":{"sha256":"` + sha + `","size":` + size + `}}]}`
	}
	got, err := parseModel([]byte(lfs(sum, "12")), file)
	require.NoError(t, err)
	assert.Equal(t, expected{sha256: sum, bytes: 12, commit: testCommit}, got)
	for name, answer := range map[string]string{
		"html":          "<html>",
		"no siblings":   `{"sha":"` + testCommit + `"}`,
		"no lfs":        `{"sha":"` + testCommit + `","siblings":[{"rfilename":"f.gguf"}]}`,
		"short sum":     lfs("abc", "12"),
		"upper sum":     lfs(strings.ToUpper(sum), "12"),
		"no size":       lfs(sum, "0"),
		"negative size": lfs(sum, "-5"),
		"commit path":   strings.Replace(lfs(sum, "12"), testCommit, "../../x", 1),
	} {
		_, err := parseModel([]byte(answer), file)
		assert.Equal(t, fault.Model, fault.CodeOf(err), name)
	}
}
