package sandbox

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSecurityTableIsTrue: every hostile program has its line in the table,
// and the tests named there exist.
func TestSecurityTableIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/SECURITY.md")
	require.NoError(t, err)
	named := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "|\n "), "|")
		for _, cell := range strings.Split(cells[len(cells)-1], ";") {
			named[strings.TrimSpace(cell)] = true
		}
	}
	for _, h := range hostilePrograms() {
		assert.True(t, named[h.name], "%q is missing in the table", h.name)
	}
	var sources strings.Builder
	for _, f := range []string{"box_test.go", "tree_test.go", "seccomp_test.go", "hostile_test.go"} {
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		sources.Write(source)
	}
	for _, name := range regexp.MustCompile("`(Test[A-Za-z]+)").FindAllStringSubmatch(string(text), -1) {
		assert.Contains(t, sources.String(), "func "+name[1], "the table names a test that is not there")
	}
}
