package renderers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLanguagesAreWhole(t *testing.T) {
	seen := map[string]string{}
	for _, l := range All() {
		for _, key := range append(append([]string{l.Name}, l.Fences...), l.Extensions...) {
			if owner := seen[key]; owner != "" && owner != l.Name {
				t.Errorf("%q belongs to %s and to %s", key, owner, l.Name)
			}
			seen[key] = l.Name
		}
		require.NotEmpty(t, l.Fences)
		assert.Contains(t, l.Prompt.System, "```"+l.Fences[0], "%s asks for its first fence", l.Name)
		for _, s := range []string{l.Title, l.Use, l.Sample, l.Prompt.Setup, l.Prompt.Plot, l.Prompt.NoData} {
			assert.NotEmpty(t, s, l.Name)
		}
		assert.NotEmpty(t, l.Needs)
		assert.NotNil(t, l.Plan)
		assert.NotNil(t, l.Explain)
	}
}

func TestLookUp(t *testing.T) {
	for name, want := range map[string]*Language{"python": python, " PY ": python, "vega-lite": vegalite, "json": vegalite, "xml": svg} {
		got, ok := ByName(name)
		require.True(t, ok, name)
		assert.Same(t, want, got)
	}
	for file, want := range map[string]*Language{"a.py": python, "Sales.VL.JSON": vegalite, "a.json": vegalite, "x.svg": svg, ".py": python} {
		got, ok := ByExtension(file)
		require.True(t, ok, file)
		assert.Same(t, want, got)
	}
	_, ok := ByName("cobol")
	assert.False(t, ok)
	_, ok = ByExtension("a.cob")
	assert.False(t, ok)
}

// tables writes one small table in every kind of data file.
func tables(t *testing.T) []DataFile {
	t.Helper()
	i, err := (&Tools{}).managedPython()
	require.NoError(t, err)
	dir := t.TempDir()
	script := `import pandas as pd
df = pd.DataFrame({"month": ["Jan", "Feb"], "sales": [3, 5]})
df.to_csv("a.csv", index=False); df.to_csv("b.tsv", index=False, sep="\t"); df.to_json("c.json", orient="records")
df.to_json("d.jsonl", orient="records", lines=True); df.to_excel("e.xlsx", index=False); df.to_parquet("f.parquet")`
	cmd := exec.Command(i.Path, "-I", "-c", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	require.Len(t, names, 6)
	var data []DataFile
	for _, name := range names {
		require.NoError(t, os.Chmod(name, 0o600))
		data = append(data, DataFile{Path: name})
	}
	return data
}

// What the prompt tells a model about a data file has to work as it stands.
func TestDataLines(t *testing.T) {
	data := tables(t)
	program := "import pandas as pd\nimport matplotlib.pyplot as plt\n"
	var charts []string
	for _, d := range data {
		kind := strings.TrimPrefix(filepath.Ext(d.Path), ".")
		program += python.Prompt.DataLine(d.dataName(), kind) + "\nassert list(df.columns) == ['month', 'sales'] and df.sales.sum() == 8\n"
		charts = append(charts, fmt.Sprintf(`{%s, "mark": "bar", "encoding": {"x": {"field": "month", "type": "nominal"}, "y": {"field": "sales", "type": "quantitative"}}}`,
			vegalite.Prompt.DataLine(d.dataName(), kind)))
	}
	r := newRunner(t)
	for l, text := range map[*Language]string{python: program + "plt.bar(df.month, df.sales)\n", vegalite: `{"hconcat": [` + strings.Join(charts, ",\n") + `]}`} {
		o, err := r.Run(context.Background(), Job{Language: l, Program: text, Data: data, Out: outDir(t)})
		require.NoError(t, err)
		assert.Nil(t, o.Diagnostic, "%s: %+v", l.Name, o.Diagnostic)
		assert.Empty(t, o.Findings)
	}
	assert.Empty(t, python.Prompt.DataLine("a.bin", "bin"))
}
