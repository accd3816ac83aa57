package renderers

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// go test ./renderers -run TestCases -update writes what tools say today into
// the cases, to be read before it is committed.
var update = flag.Bool("update", false, "rewrite the feedback and the pictures of the cases")

// feedbackName is the file of a case that holds the feedback of a wrong program.
const feedbackName = "feedback"

// versions differ from machine to machine and say nothing about the program.
var versions = regexp.MustCompile(`\bv?\d+\.\d+\.\d+(?:[-.+~]\w+)*\b`)

// compareFeedback holds the whole feedback against the case's.
func compareFeedback(t *testing.T, path string, d *Diagnostic) {
	t.Helper()
	a, err := txtar.ParseFile(path)
	require.NoError(t, err)
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == feedbackName })
	got := ""
	if d != nil {
		got = versions.ReplaceAllString(strings.TrimRight(d.Text, "\n")+"\n", "VERSION")
	}
	if *update {
		a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == feedbackName })
		if got != "" {
			a.Files = append(a.Files, txtar.File{Name: feedbackName, Data: []byte(got)})
		}
		require.NoError(t, os.WriteFile(path, txtar.Format(a), 0o644))
		return
	}
	want := ""
	if i >= 0 {
		want = string(a.Files[i].Data)
	}
	assert.Equal(t, want, got, "if this reads well, rewrite it: go test ./renderers -run 'TestCases/%s' -update", filepath.Base(filepath.Dir(path)))
}

// TestFeedback reads the feedback of all cases as a model would have to.
func TestFeedback(t *testing.T) {
	const (
		kinds = 8   // of broken programs a language
		limit = 800 // characters, at four or so a token
	)
	for _, l := range All() {
		paths, err := filepath.Glob(filepath.Join("testdata", l.Name, "*.txtar"))
		require.NoError(t, err)
		seen := map[string]bool{}
		for _, path := range paths {
			a, err := txtar.ParseFile(path)
			require.NoError(t, err)
			for _, f := range a.Files {
				if f.Name != feedbackName {
					continue
				}
				text := string(f.Data)
				seen[text] = true
				assert.LessOrEqual(t, utf8.RuneCountInString(text), limit, "%s:\n%s", path, text)
				for _, hidden := range []string{"\x1b", "/tmp/", "/usr/", "/root/", "/home/", "site-packages", "node_modules", "viscoder"} {
					if !strings.Contains(string(a.Files[0].Data), hidden) {
						assert.NotContains(t, text, hidden, path)
					}
				}
			}
		}
		assert.GreaterOrEqual(t, len(seen), kinds, "%s needs more kinds of broken programs", l.Name)
	}
}
