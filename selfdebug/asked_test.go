package selfdebug

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers"
	"viscoder/renderers/scene"
	"viscoder/selfdebug/profile"
)

// asking is a loop as it stands when a program for two shops has been drawn.
func asking(t *testing.T, language, prompt string) *loop {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shops.csv")
	require.NoError(t, os.WriteFile(path, []byte("shop,net,gross\na,10,12\nb,25,30\n"), 0o600))
	table, err := profile.File(context.Background(), path)
	require.NoError(t, err)
	lang, ok := renderers.ByName(language)
	require.True(t, ok)
	return &loop{task: Task{Prompt: prompt}, request: request{lang: lang, tables: []*profile.Table{table}}}
}

func TestAskedNamesWhatIsNotSeen(t *testing.T) {
	s, err := scene.Read(strings.NewReader(`{"figures":[{"panels":[{"marks":[{"type":"bar","n":2,"x":[0,1],"xn":["a","b"],"y":[10,25]}]}]}]}`))
	require.NoError(t, err)
	drawn := Attempt{Verdict: Verdict{Scene: s}}
	for request, want := range map[string][]string{
		"net by shop as a bar chart":            nil,
		"net by shop as a horizontal bar chart": {"the marks are not horizontal"},
		"gross of each shop as a bar chart":     {"the values of “gross” cannot be found in the picture"},
	} {
		r := asking(t, "python", request).asked(drawn)
		require.NotNil(t, r, request)
		assert.Equal(t, want, r.Missing, request)
	}
	assert.Nil(t, asking(t, "python", "something nice").asked(drawn), "nothing is asked beyond doubt")
	assert.Nil(t, asking(t, "r", "net as a bar chart").asked(Attempt{}), "it is not known what was drawn")
}
