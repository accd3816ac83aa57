package selfdebug

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Each case is a txtar file: the answer, and the program that is in it. The
// comment is the wanted source and the fences, comma-separated.
func TestExtractCases(t *testing.T) {
	files, err := filepath.Glob("testdata/extract/*.txtar")
	require.NoError(t, err)
	require.Greater(t, len(files), 12)
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			c := extractCase(t, path)
			assert.Equal(t, c.want, Extract(c.answer, c.fences))
			assert.Equal(t, c.want, Extract(strings.ReplaceAll(c.answer, "\n", "\r\n"), c.fences), "with CRLF")
		})
	}
}

type extraction struct {
	answer string
	fences []string
	want   Extraction
}

func extractCase(t testing.TB, path string) extraction {
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	a := txtar.Parse(data)
	require.Len(t, a.Files, 2)
	words := strings.Fields(string(a.Comment))
	require.Len(t, words, 2)
	// A cut-off answer has no line end, which txtar cannot say.
	return extraction{strings.TrimSuffix(string(a.Files[0].Data), "<cut>\n"), strings.Split(words[1], ","),
		Extraction{string(a.Files[1].Data), Source(words[0])}}
}

func FuzzExtract(f *testing.F) {
	files, err := filepath.Glob("testdata/extract/*.txtar")
	require.NoError(f, err)
	for _, path := range files {
		f.Add(extractCase(f, path).answer)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		e := Extract(answer, []string{"python", "py"})
		if e.Program == "" {
			assert.Equal(t, FromNowhere, e.From)
			return
		}
		assert.True(t, strings.HasSuffix(e.Program, "\n"))
		assert.LessOrEqual(t, len(e.Program), len(answer)+1)
		again := Extract("~~~~~~~~~~~~~~~~~~~~~~python\n"+e.Program+"~~~~~~~~~~~~~~~~~~~~~~\n", []string{"python"})
		if !strings.Contains(answer, "~~~~~~~~") {
			assert.Equal(t, e.Program, again.Program, "a program in a block is that program")
		}
	})
}

func TestNormalisedSeesThroughCommentsAndBlanks(t *testing.T) {
	a := "# draw\nimport x\n\nif a:\n    b = 1   \n"
	assert.Equal(t, normalised(a), normalised("import x\r\nif a:\n    # why\n    b = 1"))
	assert.NotEqual(t, normalised(a), normalised("import x\nif a:\n  b = 1"), "indentation counts")
}
