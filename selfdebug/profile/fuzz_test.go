package profile

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seeds are the data files of the golden test with one of the extensions.
func seeds(f *testing.F, patterns ...string) {
	for _, pattern := range patterns {
		files, err := filepath.Glob("testdata/" + pattern)
		require.NoError(f, err)
		require.NotEmpty(f, files)
		for _, path := range files {
			data, err := os.ReadFile(path)
			require.NoError(f, err)
			f.Add(data)
		}
	}
}

// checkProfile holds what is true of every profile of every file.
func checkProfile(t *testing.T, name string, data []byte) {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	table, err := File(context.Background(), path)
	if err != nil {
		assert.Contains(t, err.Error(), name)
		return
	}
	for _, c := range table.Columns {
		assert.LessOrEqual(t, c.Missing, table.Rows)
		assert.Len(t, c.Head, min(table.Rows, headRows))
	}
	for _, budget := range []int{10, 200, 4000} {
		text := table.Text(budget)
		assert.LessOrEqual(t, len(text), budget)
		assert.True(t, utf8.ValidString(text))
		for _, bad := range []string{"```", "<|", "\x00", "\x1b", "\r"} {
			assert.NotContains(t, text, bad)
		}
	}
}

func FuzzCSV(f *testing.F) {
	seeds(f, "*.csv", "*.txt")
	f.Add([]byte("a,b\n\"x"))
	f.Fuzz(func(t *testing.T, data []byte) { checkProfile(t, "f.csv", data) })
}

func FuzzJSON(f *testing.F) {
	seeds(f, "*.json")
	f.Fuzz(func(t *testing.T, data []byte) { checkProfile(t, "f.json", data) })
}

func FuzzJSONLines(f *testing.F) {
	seeds(f, "*.jsonl")
	f.Fuzz(func(t *testing.T, data []byte) { checkProfile(t, "f.jsonl", data) })
}

// The sniffed delimiter is one of the known, and sniffing never fails.
func FuzzSniff(f *testing.F) {
	seeds(f, "*.csv", "*.txt")
	f.Fuzz(func(t *testing.T, data []byte) {
		d := sniffDelimiter(data)
		assert.True(t, strings.ContainsRune(delimiters, rune(d)))
		sniffHeader(data, d)
	})
}

// A quoted text reads back as what it was, by the rules of JSON.
func FuzzQuote(f *testing.F) {
	f.Add("a\"b\\ ``` <|im_end|> \u202e \U0001F600")
	f.Fuzz(func(t *testing.T, s string) {
		q := Literal(s)
		assert.NotContains(t, q, "```")
		if utf8.ValidString(s) {
			assert.Equal(t, s, unquoteJSON(t, q))
		}
	})
}

func unquoteJSON(t *testing.T, q string) string {
	var s string
	require.NoError(t, json.Unmarshal([]byte(q), &s))
	return s
}
