package models

import (
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"viscoder/internal/fault"
)

const (
	hubPrefix = "hf:"
	extension = ".gguf"
)

// ref is what a user may call a model by: exactly one field is set.
type ref struct {
	name string  // of the catalogue or the store
	hub  hubFile // hf:OWNER/REPO/FILE.gguf
	path string  // of a local file
}

// hubFile is a file in a model repository on the hub.
type hubFile struct{ owner, repo, file string }

func (h hubFile) repository() string { return h.owner + "/" + h.repo }
func (h hubFile) String() string     { return hubPrefix + h.owner + "/" + h.repo + "/" + h.file }

// escaped returns the file's path for a URL.
func (h hubFile) escaped() string {
	parts := strings.Split(h.file, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}

// name is what the file is called in the store.
func (h hubFile) name() string { return nameOf(h.file) }

var (
	ownerRE   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,95}$`)
	splitRE   = regexp.MustCompile(`(?i)-\d{5}-of-\d{5}\.gguf$`)
	nameRE    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,199}$`)
	foreignRE = regexp.MustCompile(`[^A-Za-z0-9._+-]+`)
)

// parseRef sorts out what s means without looking at any disk. A path is
// anything with a separator or ending in .gguf; "./" makes a path of any name.
func parseRef(s string) (ref, error) {
	switch {
	case !utf8.ValidString(s) || strings.ContainsFunc(s, isControl):
		return ref{}, fault.New(fault.Usage, "model %q has unprintable characters", s)
	case strings.HasPrefix(s, hubPrefix):
		h, err := parseHub(strings.TrimPrefix(s, hubPrefix))
		return ref{hub: h}, err
	case strings.ContainsRune(s, filepath.Separator) || isGGUF(s):
		return ref{path: s}, nil
	case !nameRE.MatchString(s):
		return ref{}, fault.New(fault.Usage, "%q is no model name", s).
			WithHint("give a name of `viscoder models`, hf:OWNER/REPO/FILE.gguf, or the path of a .gguf file")
	}
	return ref{name: s}, nil
}

func parseHub(s string) (hubFile, error) {
	parts := strings.SplitN(s, "/", 3)
	bad := fault.New(fault.Usage, "%q is no file on the hub", hubPrefix+s).
		WithHint("write hf:OWNER/REPO/FILE.gguf, as in hf:mradermacher/VisCoder2-7B-GGUF/VisCoder2-7B.Q4_K_M.gguf")
	if len(parts) != 3 || !ownerRE.MatchString(parts[0]) || !ownerRE.MatchString(parts[1]) {
		return hubFile{}, bad
	}
	h := hubFile{parts[0], parts[1], parts[2]}
	if !isGGUF(h.file) || path.Clean("/"+h.file) != "/"+h.file || strings.Contains(h.file, `\`) || !nameRE.MatchString(h.name()) {
		return hubFile{}, bad
	}
	if splitRE.MatchString(h.file) {
		return hubFile{}, fault.New(fault.Usage, "%s is one piece of a split model", h).
			WithHint("choose a quantization that the repository holds as a single file")
	}
	return h, nil
}

// nameOf makes a store name of a file's path.
func nameOf(file string) string {
	base := path.Base(filepath.ToSlash(file))
	if isGGUF(base) {
		base = base[:len(base)-len(extension)]
	}
	return strings.Trim(foreignRE.ReplaceAllString(base, "-"), "-._+")
}

func isGGUF(s string) bool {
	return len(s) > len(extension) && strings.EqualFold(s[len(s)-len(extension):], extension)
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
