package selfdebug

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/selfdebug/profile"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// plotLang stands for a language whose programs read files; drawLang for one
// whose programs cannot.
var plotLang = &renderers.Language{Name: "python", Title: "Python", Fences: []string{"python", "py"}, Extensions: []string{".py"},
	Prompt: renderers.PromptHints{System: "SYSTEM", Setup: "SETUP", Plot: "PLOT", NoData: "NO DATA",
		DataLine: func(name, kind string) string { return fmt.Sprintf("df = pd.read_%s(%q)", kind, name) }}}

var drawLang = &renderers.Language{Name: "svg", Title: "SVG", Fences: []string{"svg"}, Extensions: []string{".svg"},
	Prompt: renderers.PromptHints{System: "SYSTEM", Setup: "SETUP", Plot: "PLOT", NoData: "NO DATA"}}

func tables(t *testing.T, paths ...string) []*profile.Table {
	var all []*profile.Table
	for _, p := range paths {
		table, err := profile.File(t.Context(), p)
		require.NoError(t, err)
		all = append(all, table)
	}
	return all
}

func TestPromptsAreAsWritten(t *testing.T) {
	sales, hostile := "profile/testdata/sales.csv", "profile/testdata/hostile.csv"
	broken := Verdict{Text: "KeyError: 'x' in line 3:\n  df['x']", Full: "Traceback (most recent call last):\n  …\nKeyError: 'x'"}
	for _, w := range []struct {
		name string
		wording
	}{{"concise", conciseWords{}}, {"paper", paperWords{}}} {
		for name, r := range map[string]request{
			"data":    {task: Task{Prompt: "plot revenue", Style: "blue lines"}, lang: plotLang, tables: tables(t, sales)},
			"two":     {task: Task{Prompt: "plot both"}, lang: plotLang, tables: tables(t, sales, "profile/testdata/semicolon.csv")},
			"hostile": {task: Task{Prompt: "plot it"}, lang: plotLang, tables: tables(t, hostile)},
			"inline":  {task: Task{Prompt: "draw it"}, lang: drawLang, tables: tables(t, sales)},
			"mock":    {task: Task{Prompt: "plot monthly sales", Setup: "Use seaborn."}, lang: plotLang},
		} {
			r.budget = DefaultDataBudget
			system, user := w.first(r)
			text := "=== system\n" + system + "\n=== user\n" + user + "\n=== opening\n" + w.opening(r.lang) +
				"\n=== repair 1\n" + w.repair(r, broken, 1) + "\n=== repair 2\n" + w.repair(r, broken, 2) + "\n"
			checkGolden(t, filepath.Join("testdata", "prompt", w.name+"-"+name+".golden"), text)
		}
	}
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, path)
}

func TestPromptsKeepTheDataBudget(t *testing.T) {
	for _, w := range []wording{conciseWords{}, paperWords{}} {
		for _, budget := range []int{150, 400, 1000} {
			r := request{task: Task{Prompt: "x"}, lang: plotLang, tables: tables(t, "profile/testdata/wide.csv"), budget: budget}
			_, user := w.first(r)
			assert.Less(t, len(user), budget+500)
		}
	}
}

// The reshaping of long data is shown only where the chart is drawn from columns.
func TestReshapingIsShownWhereItHelps(t *testing.T) {
	first := func(prompt, path string, lang *renderers.Language) string {
		_, user := conciseWords{}.first(request{task: Task{Prompt: prompt}, lang: lang, tables: tables(t, path), budget: DefaultDataBudget})
		return user
	}
	long, wide := "profile/testdata/sales.csv", "profile/testdata/years.csv"
	assert.Contains(t, first("stacked bars of revenue", long, plotLang), `df.pivot(index="month", columns="region", values="revenue")`)
	assert.NotContains(t, first("bars of revenue by region", long, plotLang), "pivot")
	assert.NotContains(t, first("bars of revenue by region", long, plotLang), "seaborn")
	assert.Contains(t, first("one line for each region", long, plotLang), `hue="region"`)
	assert.NotContains(t, first("stacked bars of revenue", long, drawLang), "pivot")
	assert.Contains(t, first("bars by year", wide, plotLang), `df.melt(id_vars="country"`)
}

func TestTaskAndOptionsAreChecked(t *testing.T) {
	assert.Equal(t, fault.Usage, fault.CodeOf(Task{Prompt: " \n"}.Validate()))
	assert.NoError(t, Options{}.Validate())
	assert.NoError(t, Options{Rounds: NoRepair}.Validate())
	for _, o := range []Options{{Rounds: -2}, {Rounds: 101}, {Policy: "x"}, {MaxTokens: -1}, {Timeout: -1}, {Budget: -1}, {DataBudget: -1}} {
		assert.Equal(t, fault.Usage, fault.CodeOf(o.Validate()), "%+v", o)
	}
	assert.Zero(t, Options{Rounds: NoRepair}.withDefaults().Rounds)
}

func TestSlug(t *testing.T) {
	assert.Equal(t, "plot-monthly-sales", slug("  Plot monthly SALES! "))
	assert.Equal(t, "etc-passwd", slug("../../etc/passwd"))
	assert.Empty(t, slug("график"))
	assert.LessOrEqual(t, len(slug(strings.Repeat("ab ", 100))), slugRunes)
}
