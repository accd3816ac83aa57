package models

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
)

// proxy handles what goes through the proxy of this test process. The variable
// is set before the first request, as net/http reads it once; it never applies
// to loopback, where the fake hubs are.
var proxy atomic.Value // of func(http.ResponseWriter, *http.Request)

func TestMain(m *testing.M) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy.Load().(func(http.ResponseWriter, *http.Request))(w, r)
	}))
	for _, name := range []string{"http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "HF_TOKEN", "HF_ENDPOINT"} {
		_ = os.Unsetenv(name)
	}
	_ = os.Setenv("HTTP_PROXY", server.URL)
	code := m.Run()
	server.Close()
	os.Exit(code)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
