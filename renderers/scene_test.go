package renderers

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/scene"
)

// scenes of programs in the languages whose drivers tell what they drew.
func sceneOf(t *testing.T, language, program string) *scene.Scene {
	t.Helper()
	l, ok := ByName(language)
	require.True(t, ok)
	file := filepath.Join(t.TempDir(), "data.csv")
	require.NoError(t, os.WriteFile(file, []byte("shop,net\na,10\nb,25\nc,15\n"), 0o600))
	out, err := newRunner(t).Run(context.Background(), Job{Language: l, Program: program, Out: t.TempDir(), Data: []DataFile{{Path: file}}})
	require.NoError(t, err)
	require.Nil(t, out.Diagnostic, "%+v", out.Diagnostic)
	require.NotNil(t, out.Scene)
	require.Len(t, out.Scene.Figures, 1)
	return out.Scene
}

func TestSceneOfFigures(t *testing.T) {
	t.Parallel()
	for name, program := range map[string]string{
		"matplotlib": "import pandas as pd\nimport matplotlib.pyplot as plt\ndf = pd.read_csv('data.csv')\nplt.bar(df.shop, df.net)\nplt.title('Net by shop')\nplt.xlabel('Shop')\nplt.show()\n",
		"plotly":     "import pandas as pd\nimport plotly.express as px\ndf = pd.read_csv('data.csv')\npx.bar(df, x='shop', y='net', title='Net by shop', labels={'shop': 'Shop'}).show()\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := sceneOf(t, "python", program).Figures[0]
			assert.Empty(t, f.Failed)
			require.Len(t, f.Panels, 1)
			p := f.Panels[0]
			assert.Equal(t, "Net by shop", f.Title+p.Title)
			assert.Equal(t, "Shop", p.X.Label)
			assert.Equal(t, "category", p.X.Scale)
			require.Len(t, p.Marks, 1)
			assert.Equal(t, "bar", p.Marks[0].Type)
			assert.Equal(t, scene.Numbers{10, 25, 15}, p.Marks[0].Y)
			assert.Equal(t, []string{"a", "b", "c"}, p.Marks[0].XN)
		})
	}
}

func TestSceneOfSpecification(t *testing.T) {
	t.Parallel()
	f := sceneOf(t, "vegalite", `{"data": {"url": "data.csv"}, "mark": "bar", "encoding": {"x": {"field": "shop"}, "y": {"field": "net", "type": "quantitative"}}}`).Figures[0]
	assert.Contains(t, f.SVG, `aria-label="shop: b; net: 25"`)
	assert.NotContains(t, string(f.Spec), "25", "the values of the data are left out")
}

func TestSceneOfPage(t *testing.T) {
	t.Parallel()
	s := sceneOf(t, "html", `<!doctype html><script src="https://cdn.jsdelivr.net/npm/chart.js@4"></script><h1>Shops</h1><div style="width:300px;height:200px"><canvas id="c"></canvas></div><script>
new Chart(document.getElementById("c"), {type: "bar", data: {labels: ["a", "b"], datasets: [{label: "net", data: [10, 25]}]}, options: {animation: false}})</script>`)
	require.NotNil(t, s.Page)
	assert.Contains(t, s.Page.Texts, "Shops")
	assert.Equal(t, 1, s.Page.Elements["canvas"])
	require.Len(t, s.Figures[0].Panels, 1)
	m := s.Figures[0].Panels[0].Marks[0]
	assert.Equal(t, scene.Numbers{10, 25}, m.Y)
	assert.Equal(t, []string{"a", "b"}, m.XN)
}
