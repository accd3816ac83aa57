package renderers

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readers are programs that read every kind of table by the line that the
// prompt gives, and fail where the rows are not those of the file.
func readers(data []DataFile) map[*Language]string {
	lines := func(l *Language, form string) string {
		var b strings.Builder
		for _, d := range data {
			line := l.Prompt.DataLine(d.dataName(), strings.TrimPrefix(filepath.Ext(d.Path), "."))
			if line != "" {
				b.WriteString(strings.ReplaceAll(form, "LINE", line))
			}
		}
		return b.String()
	}
	const check = `{ LINE if (rows.length !== 2 || rows[1].month !== "Feb" || rows[0].sales + rows[1].sales !== 8) throw new Error(JSON.stringify(rows)); }` + "\n"
	node := `import fs from "fs"; import * as d3 from "d3";` + "\n" + lines(javascript, check) + `fs.writeFileSync("p.svg", '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 60"><rect width="50" height="50" fill="red"/></svg>');`
	return map[*Language]string{
		javascript: node, typescript: node,
		html:      `<!doctype html><script src="https://d3js.org/d3.v7.min.js"></script><h1>x</h1><script type="module">` + "\n" + lines(html, check) + "</script>",
		rLanguage: lines(rLanguage, "LINE\nstopifnot(nrow(df) == 2, sum(df$sales) == 8, df$month[2] == 'Feb')\n") + "plot(df$sales)\n",
	}
}

func TestDataLinesOfScripts(t *testing.T) {
	data, r := tables(t), newRunner(t)
	for l, program := range readers(data) {
		o, err := r.Run(context.Background(), Job{Language: l, Program: program, Data: data, Out: outDir(t)})
		require.NoError(t, err)
		assert.Nil(t, o.Diagnostic, "%s: %+v\n%s", l.Name, o.Diagnostic, program)
		for _, kind := range []string{"csv", "tsv", "json", "jsonl"} {
			assert.NotEmpty(t, l.Prompt.DataLine("a", kind), l.Name)
		}
		for _, kind := range []string{"xlsx", "parquet"} {
			assert.Empty(t, l.Prompt.DataLine("a", kind), l.Name)
		}
	}
	assert.Contains(t, cpp.Prompt.DataLine("a.csv", "csv"), `"a.csv"`)
	assert.Empty(t, cpp.Prompt.DataLine("a.json", "json"))
	require.True(t, slices.ContainsFunc(data, func(d DataFile) bool { return d.dataName() == "a.csv" }))
}
