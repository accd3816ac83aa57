package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// fakeHub serves one model as the Hugging Face hub does, at hf:o/r/tiny.gguf.
func fakeHub(t *testing.T) (endpoint string) {
	t.Helper()
	file := tinyModelBytes(t)
	const commit = "0123456789abcdef0123456789abcdef01234567"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/o/r", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"id": "o/r", "sha": commit, "cardData": map[string]any{"license": "mit"},
			"siblings": []any{map[string]any{
				"rfilename": "tiny.gguf", "size": len(file),
				"lfs": map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256(file)), "size": len(file)},
			}},
		})
	})
	mux.HandleFunc("GET /o/r/resolve/"+commit+"/tiny.gguf", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "tiny.gguf", time.Time{}, bytes.NewReader(file))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}
