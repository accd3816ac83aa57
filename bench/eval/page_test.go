package eval

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers"
	"viscoder/renderers/sandbox"
)

// TestPagesInABrowser opens both pages in the browser that draws HTML programs:
// it reports errors of the script and what the page's own policy refuses.
func TestPagesInABrowser(t *testing.T) {
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	runner := renderers.NewRunner(box, renderers.Options{})
	lang, ok := renderers.ByName("html")
	require.True(t, ok)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.png"), readAll(t, "", "testdata/pandasplotbench.jsonl")[0].Picture, 0o600))
	score := 0.5
	results := []Result{of("svg", 1, ""), of("python", 2, "Type", "Value")}
	results[0].Key, results[0].Picture, results[0].Fidelity, results[0].Failed = "svg/a", "p.png", &score, []string{"it is red"}
	results[0].Reference, results[0].SSIM = "p.png", &score
	results[1].Key = "python/b"
	require.NoError(t, NewReport(Settings{Model: "m", Policy: "paper", Rounds: 1}, results, 3).Write(dir, results))
	side := Side{Name: "m", Dir: dir, Results: results}
	c, err := Compare(side, side)
	require.NoError(t, err)
	require.NoError(t, c.WritePage(filepath.Join(dir, "compare.html")))
	for _, name := range []string{PageFile, "compare.html"} {
		page, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		out, err := runner.Run(t.Context(), renderers.Job{Language: lang, Program: string(page), Out: t.TempDir()})
		require.NoError(t, err)
		if assert.Nil(t, out.Diagnostic, name) {
			assert.NotEmpty(t, out.Pictures)
		}
	}
}
