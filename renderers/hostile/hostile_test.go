package hostile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/ordinaryuser"
	"viscoder/internal/place"
	"viscoder/renderers"
	"viscoder/renderers/sandbox"
)

// The programs are tried with the real toolchains, so these are installed first.
func TestMain(m *testing.M) {
	sandbox.Main()
	say := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if err := renderers.Setup(context.Background(), []string{"all"}, say); err != nil {
		fmt.Fprintln(os.Stderr, "hostile: setting up the toolchains:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func newStage(t *testing.T) *Stage {
	t.Helper()
	s, err := NewStage()
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

func TestHostile(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	t.Log(box.Describe())
	s := newStage(t)
	t.Run("programs", func(t *testing.T) {
		for _, p := range Programs() {
			t.Run(p.Name, func(t *testing.T) {
				t.Parallel()
				v, err := Try(context.Background(), box, s, p)
				require.NoError(t, err)
				assert.Equal(t, Held, v.Result, v.Detail)
			})
		}
	})
	assert.NoError(t, s.Harm())
}

// TestHostileAsOrdinaryUser runs the same programs once more as a user without
// rights; where the tests run as such a user already, TestHostile did that.
func TestHostileAsOrdinaryUser(t *testing.T) {
	out := ordinaryuser.Run(t, "^TestHostile$", ordinaryuser.Shown{Host: place.Toolchains(), Below: "data/viscoder/toolchains"})
	assert.Contains(t, out, "--- PASS: TestHostile/programs/Python_loads", "the managed toolchains are tried too")
}

// Without the box the same programs succeed: TestHostile can fail. Only such are
// started as do no harm.
func TestHostileWithoutBox(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{Unsafe: true})
	require.NoError(t, err)
	s := newStage(t)
	escape := map[string]bool{
		"reads private files": true, "opens sockets of every family": true, "reaches sockets of the host without network": true,
		"gnuplot runs a shell": true, "Scheme runs a shell": true, "R runs a shell, reads and writes": true, "node runs a shell, reads and writes": true, "R and node send": true,
		"the compiler includes a file": true, "the assembler includes a file": true, "C++ reads and writes": true, "Python loads, sends and starts a shell": true,
	}
	for _, p := range Programs() {
		if escape[p.Name] {
			v, err := Try(context.Background(), box, s, p)
			require.NoError(t, err)
			assert.Equal(t, Escaped, v.Result, "%s: %s", p.Name, v.Detail)
			delete(escape, p.Name)
		}
	}
	assert.Empty(t, escape, "no such programs")
	assert.ErrorContains(t, s.Harm(), "reached")
}

// A program that breaks off proves nothing, and one whose tools are missing
// was not tried.
func TestProgramsThatShowNothing(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	s := newStage(t)
	for want, p := range map[Result]Program{
		Unclear:  {Name: "breaks off", Python: "raise ValueError"},
		NotTried: {Name: "cannot be built", C: "int main("},
		Escaped:  {Name: "says so", Python: "escaped('x'); held()"},
	} {
		v, err := Try(context.Background(), box, s, p)
		require.NoError(t, err)
		assert.Equal(t, want, v.Result, v.Detail)
	}
	require.NoError(t, os.WriteFile(s.data(), []byte("changed"), 0o644))
	assert.ErrorContains(t, s.Harm(), "data.csv was changed")
}

// TestSecurityTableIsTrue: every hostile program has its line in the table.
func TestSecurityTableIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/SECURITY.md")
	require.NoError(t, err)
	named, seen := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "|\n "), "|")
		for _, cell := range strings.Split(cells[len(cells)-1], ";") {
			named[strings.TrimSpace(cell)] = true
		}
	}
	for _, p := range Programs() {
		assert.True(t, named[p.Name], "%q is missing in the table", p.Name)
		assert.False(t, seen[p.Name], "two programs are named %q", p.Name)
		seen[p.Name] = true
	}
	assert.GreaterOrEqual(t, len(seen), 40)
	count := regexp.MustCompile(`(\d+) hostile programs`).FindStringSubmatch(string(text))
	require.NotNil(t, count, "docs/SECURITY.md says how many there are")
	assert.Equal(t, fmt.Sprint(len(seen)), count[1])

	var sources strings.Builder
	for _, pattern := range []string{"*_test.go", "../*_test.go", "../sandbox/*_test.go", "../../engine/*_test.go"} {
		files, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, f := range files {
			source, err := os.ReadFile(f)
			require.NoError(t, err)
			sources.Write(source)
		}
	}
	for _, name := range regexp.MustCompile(`\b(Test[A-Z][A-Za-z]+)`).FindAllStringSubmatch(string(text), -1) {
		assert.True(t, strings.Contains(sources.String(), "func "+name[1]), "the table names %s, which is not there", name[1])
	}
}
