package models

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"viscoder/internal/fault"
)

const (
	hubEndpoint  = "https://huggingface.co"
	headerWait   = 60 * time.Second // for the first byte of an answer
	stallWait    = 60 * time.Second // between two bytes of a body
	mostRedirect = 10
	mostJSON     = 32 << 20
)

// hub speaks to the Hugging Face hub, or to what HF_ENDPOINT names in its place.
type hub struct {
	endpoint string
	token    string
	client   *http.Client
	wait     func(ctx context.Context, d time.Duration) error
	stall    time.Duration
}

func newHub(endpoint, token string) hub {
	transport := http.DefaultTransport.(*http.Transport).Clone() // with ProxyFromEnvironment
	transport.ResponseHeaderTimeout = headerWait
	transport.DisableCompression = true // checksums and ranges are of the bytes as they are
	h := hub{
		endpoint: strings.TrimRight(or(endpoint, hubEndpoint), "/"),
		token:    strings.TrimSpace(token),
		wait:     wait,
		stall:    stallWait,
	}
	h.client = &http.Client{Transport: transport, CheckRedirect: h.redirect}
	return h
}

var errRedirect = errors.New("redirected")

// redirect keeps the token from other hosts, which net/http alone would send to
// subdomains and other ports of the endpoint's, and never leaves TLS.
func (h hub) redirect(req *http.Request, via []*http.Request) error {
	if len(via) >= mostRedirect {
		return fmt.Errorf("%w: more than %d", errRedirect, mostRedirect)
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("%w from https to %s://%s", errRedirect, req.URL.Scheme, req.URL.Host)
	}
	if req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		req.Header.Del("Authorization")
		req.Header.Del("Referer")
	}
	return nil
}

// get asks the endpoint for path, which is escaped. An answer above 399 is an
// error, a transient one where the request may succeed later.
func (h hub) get(ctx context.Context, path string, header http.Header, file hubFile) (*http.Response, error) {
	u, err := url.Parse(h.endpoint)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return nil, fault.New(fault.Usage, "HF_ENDPOINT is %q; it must be the hub's address, as in %s", h.endpoint, hubEndpoint)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.endpoint+path, nil)
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "address of %s", file)
	}
	if header != nil {
		req.Header = header.Clone()
	}
	req.Header.Set("User-Agent", "viscoder")
	if h.token != "" {
		req.Header.Set("Authorization", "Bearer "+h.token)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return nil, unanswered(u.Host, err)
	}
	if resp.StatusCode >= 400 {
		defer resp.Body.Close()
		return nil, h.refused(resp, file)
	}
	return resp, nil
}

// unanswered sorts a failure to connect. The address that failed may be a signed
// one of another host, so it is left out.
func unanswered(host string, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	var certificate *tls.CertificateVerificationError
	var dns *net.DNSError
	if errors.As(err, &certificate) || errors.As(err, &dns) && dns.IsNotFound || errors.Is(err, errRedirect) {
		return fault.Wrap(err, fault.Model, "%s cannot be reached", host).
			WithHint("behind a proxy set HTTPS_PROXY, with a mirror HF_ENDPOINT; without a network, pull a file: viscoder pull PATH.gguf")
	}
	return &transient{err: fmt.Errorf("%s does not answer: %w", host, err)}
}

// refused explains a status above 399.
func (h hub) refused(resp *http.Response, file hubFile) error {
	status, host := resp.StatusCode, resp.Request.URL.Host
	said := fmt.Errorf("%s answered %d %s", host, status, http.StatusText(status))
	switch {
	case status == http.StatusTooManyRequests || status == http.StatusRequestTimeout || status >= 500:
		return &transient{err: said, after: retryAfter(resp.Header, time.Now())}
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		hint := "it is private, gated or does not exist; for the first two set HF_TOKEN to a token of an account that may read it"
		if h.token != "" {
			hint = "the token in HF_TOKEN may not read it: accept the model's terms on the hub, or set another token"
		}
		return fault.Wrap(said, fault.Model, "the hub refuses %s", file.repository()).WithHint("%s", hint)
	case status == http.StatusNotFound:
		return fault.Wrap(said, fault.Model, "the hub has no repository %s, or no file %s in it", file.repository(), file.file).
			WithHint("name another GGUF file of it: viscoder pull hf:OWNER/REPO/FILE.gguf")
	case status == http.StatusRequestedRangeNotSatisfiable:
		return &transient{err: said}
	}
	return fault.Wrap(said, fault.Model, "fetching %s", file)
}

// hubModel is what is used of the hub's answer about a repository.
type hubModel struct {
	SHA      string       `json:"sha"` // commit
	Siblings []hubSibling `json:"siblings"`
}

type hubSibling struct {
	Name string `json:"rfilename"`
	LFS  *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"`
}

// lookup asks for size, checksum and commit of a file.
func (h hub) lookup(ctx context.Context, file hubFile) (expected, error) {
	resp, err := h.get(ctx, "/api/models/"+file.repository()+"?blobs=true", http.Header{"Accept": {"application/json"}}, file)
	if err != nil {
		return expected{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, mostJSON))
	if err != nil {
		return expected{}, &transient{err: fmt.Errorf("the hub's answer about %s broke off: %w", file.repository(), err)}
	}
	return parseModel(data, file)
}

// parseModel finds file in the hub's answer. The answer is foreign: what it says
// goes into a URL and decides what is trusted, so its form is checked.
func parseModel(data []byte, file hubFile) (expected, error) {
	var model hubModel
	if err := json.Unmarshal(data, &model); err != nil {
		return expected{}, fault.Wrap(err, fault.Model, "the hub's answer about %s is not understood", file.repository()).
			WithHint("is HF_ENDPOINT a hub?")
	}
	i := slices.IndexFunc(model.Siblings, func(s hubSibling) bool { return s.Name == file.file })
	if i < 0 {
		return expected{}, noSuchFile(model, file)
	}
	lfs := model.Siblings[i].LFS
	if lfs == nil || !sha256RE.MatchString(lfs.SHA256) || lfs.Size <= 0 {
		return expected{}, fault.New(fault.Model, "the hub gives no SHA-256 and size for %s", file).
			WithHint("viscoder pulls only what it can check; fetch the file yourself, then: viscoder pull PATH.gguf")
	}
	if !commitRE.MatchString(model.SHA) {
		return expected{}, fault.New(fault.Model, "the hub gives no commit for %s", file.repository())
	}
	return expected{sha256: lfs.SHA256, bytes: lfs.Size, commit: model.SHA}, nil
}

// noSuchFile names what the repository has instead.
func noSuchFile(model hubModel, file hubFile) error {
	var have []string
	for _, s := range model.Siblings {
		if isGGUF(s.Name) && len(s.Name) < 200 && !strings.ContainsFunc(s.Name, isControl) {
			have = append(have, s.Name)
		}
	}
	err := fault.New(fault.Model, "the hub has no file %s in repository %s", file.file, file.repository())
	if len(have) == 0 {
		return err.WithHint("that repository holds no GGUF file; look for one whose name ends in -GGUF")
	}
	slices.Sort(have)
	more := ""
	if len(have) > 12 {
		have, more = have[:12], " …"
	}
	return err.WithHint("it has %s%s", strings.Join(have, ", "), more)
}
