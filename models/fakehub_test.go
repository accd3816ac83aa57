package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viscoder/internal/tinymodel"
)

const (
	testRef    = "hf:someone/Tiny-GGUF/Tiny.Q4_K_M.gguf"
	testCommit = "0123456789abcdef0123456789abcdef01234567"
)

// tinyGGUF returns the bytes of a small model that gguf.Open accepts.
func tinyGGUF(t testing.TB, seed uint64) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{Seed: seed, Layers: 1}))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// fakeHub is a model hub on loopback with one repository of one file. Downloads
// are redirected to cdn, a second server, as the hub does with large files.
type fakeHub struct {
	*httptest.Server
	cdn *httptest.Server

	mu       sync.Mutex
	data     []byte
	sha256   string // announced; the true one unless a test lies
	requests []seen
	status   []int // answers to the next lookups, before the true one

	// serve handles the n-th download, from 1; nil = http.ServeContent.
	serve func(n int, w http.ResponseWriter, r *http.Request, data []byte)
}

// seen is what a test asks about a request.
type seen struct {
	host, path, auth, rng, ifRange string
}

func newFakeHub(t testing.TB, data []byte) *fakeHub {
	h := &fakeHub{data: data, sha256: sumOf(data)}
	h.cdn = httptest.NewServer(http.HandlerFunc(h.download))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/someone/Tiny-GGUF", h.model)
	mux.HandleFunc("GET /someone/Tiny-GGUF/resolve/"+testCommit+"/Tiny.Q4_K_M.gguf", func(w http.ResponseWriter, r *http.Request) {
		h.note("hub", r)
		http.Redirect(w, r, h.cdn.URL+"/blob?signature=secret", http.StatusFound)
	})
	h.Server = httptest.NewServer(mux)
	t.Cleanup(h.Server.Close)
	t.Cleanup(h.cdn.Close)
	return h
}

func (h *fakeHub) note(host string, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, seen{host, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("Range"), r.Header.Get("If-Range")})
}

// model answers as GET /api/models/OWNER/REPO?blobs=true does.
func (h *fakeHub) model(w http.ResponseWriter, r *http.Request) {
	h.note("hub", r)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.status) > 0 {
		status := h.status[0]
		h.status = h.status[1:]
		if status == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "7")
		}
		w.WriteHeader(status)
		return
	}
	lfs := map[string]any{"sha256": h.sha256, "size": len(h.data), "pointerSize": 134}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"sha": testCommit,
		"siblings": []map[string]any{
			{"rfilename": "README.md", "size": 10},
			{"rfilename": "Tiny.Q4_K_M.gguf", "size": len(h.data), "lfs": lfs},
			{"rfilename": "Tiny.Q8_0.gguf", "size": 5},
		},
	})
}

func (h *fakeHub) download(w http.ResponseWriter, r *http.Request) {
	h.note("cdn", r)
	h.mu.Lock()
	serve, data, n := h.serve, h.data, len(h.of("cdn"))
	h.mu.Unlock()
	w.Header().Set("ETag", `"cdn-`+sumOf(data)[:8]+`"`)
	if serve != nil {
		serve(n, w, r, data)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
}

// serving changes how downloads are handled once requests have been made.
func (h *fakeHub) serving(f func(n int, w http.ResponseWriter, r *http.Request, data []byte)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serve = f
}

// of returns the requests that a host got; the caller holds mu or is alone.
func (h *fakeHub) of(host string) (list []seen) {
	for _, r := range h.requests {
		if r.host == host {
			list = append(list, r)
		}
	}
	return list
}

// cut sends the first n bytes of what was asked and breaks the connection.
func cut(n int) func(w http.ResponseWriter, r *http.Request, data []byte) {
	return func(w http.ResponseWriter, r *http.Request, data []byte) {
		from := 0
		if rng := r.Header.Get("Range"); rng != "" {
			_, _ = fmt.Sscanf(rng, "bytes=%d-", &from)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(data)-from))
		if from > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(data[from:min(len(data), from+n)])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// testStore is a store on the fake hub whose waits take no time.
type testStore struct {
	*Store
	mu     sync.Mutex
	waits  []time.Duration
	events []PullEvent
}

func newTestStore(t testing.TB, h *fakeHub) *testStore {
	t.Helper()
	if h != nil {
		t.Setenv("HF_ENDPOINT", h.URL+"/")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	s := &testStore{Store: Open(t.TempDir())}
	s.hub.wait = func(_ context.Context, d time.Duration) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.waits = append(s.waits, d)
		return nil
	}
	return s
}

// again is another process on the same folder.
func (s *testStore) again() *testStore {
	twin := *s.Store
	return &testStore{Store: &twin}
}

func (s *testStore) progress(ev PullEvent) { s.events = append(s.events, ev) }

func (s *testStore) stages() (names []string) {
	for _, ev := range s.events {
		if len(names) == 0 || names[len(names)-1] != ev.Stage {
			names = append(names, ev.Stage)
		}
	}
	return names
}

func (s *testStore) pull(t testing.TB, ref string) (string, error) {
	t.Helper()
	return s.Pull(t.Context(), ref, s.progress)
}

// files lists what lies in the store, without lock files.
func (s *testStore) files(t testing.TB) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(s.Dir)
	require.NoError(t, err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".lock") {
			names = append(names, e.Name())
		}
	}
	return names
}
