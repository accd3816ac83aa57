package models

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseRef: whatever is accepted gives a name that stays in the folder and
// an address that stays in its repository.
func FuzzParseRef(f *testing.F) {
	for _, s := range []string{testRef, "hf:a/b/c/d.gguf", "hf:a/../b/c.gguf", "hf:a/b/../../c.gguf", "qwen2.5-coder-1.5b", "./x.gguf", "/x/y z.GGUF",
		"hf:a/b/%2e%2e/c.gguf", "hf:a/b/c?x=.gguf", "..", "a\x00b", "hf:a/b/..gguf", "hf:a/b/x-00001-of-00002.gguf"} {
		f.Add(s)
	}
	dir := f.TempDir()
	s := Open(dir)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRef(text)
		if err != nil {
			return
		}
		name := r.name
		switch {
		case r.path != "":
			name = nameOf(r.path)
			if !nameRE.MatchString(name) { // Pull refuses it
				return
			}
		case r.hub.file != "":
			require.Equal(t, text, r.hub.String())
			name = r.hub.name()
			u, err := url.Parse("https://hub.example/" + r.hub.repository() + "/resolve/" + testCommit + "/" + r.hub.escaped())
			require.NoError(t, err)
			require.Empty(t, u.RawQuery+u.Fragment)
			require.True(t, strings.HasPrefix(u.JoinPath().Path, "/"+r.hub.repository()+"/resolve/"+testCommit+"/"), u.Path)
		}
		for _, path := range []string{s.path(name), s.recordPath(name), s.partialDir(name)} {
			require.Equal(t, dir, filepath.Dir(path))
		}
	})
}

// FuzzHubAnswer: an accepted answer has a checksum, a size and a commit in form.
func FuzzHubAnswer(f *testing.F) {
	f.Add([]byte(`{"sha":"` + testCommit + `","siblings":[{"rfilename":"f.gguf","lfs":{"sha256":"` + strings.Repeat("0", 64) + `","size":9}}]}`))
	f.Add([]byte(`{"sha":null,"siblings":[{"rfilename":"f.gguf","lfs":null},{}]}`))
	f.Add([]byte(`[]`))
	f.Add([]byte(`{"siblings":[{"rfilename":"\u001b[2J.gguf"}]}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		want, err := parseModel(answer, hubFile{"a", "b", "f.gguf"})
		if err != nil {
			require.NotContains(t, err.Error(), "\x1b")
			return
		}
		require.Regexp(t, sha256RE, want.sha256)
		require.Regexp(t, commitRE, want.commit)
		require.Positive(t, want.bytes)
	})
}
