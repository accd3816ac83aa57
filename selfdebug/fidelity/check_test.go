package fidelity

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/scene"
)

func check(t *testing.T, facts, language, program, data, said string) Result {
	t.Helper()
	var f Facts
	require.NoError(t, json.Unmarshal([]byte(facts), &f))
	e := Evidence{Language: language, Program: program, Data: data}
	if said != "" {
		s, err := scene.Read(strings.NewReader(said))
		require.NoError(t, err)
		e.Scene = s
	}
	return Check(f, e)
}

const sales = "month,shop,net,gross\nJan,a,10,12\nFeb,a,20,24\nJan,b,30,36\nFeb,b,40,48\n"

// bars of two shops in two months; base is where the second shop's begin.
func bars(base string, at string) string {
	return `{"figures":[{"title":"Sales by month","panels":[{"kind":"rectilinear","x":{"label":"Month","scale":"category"},"y":{"label":"Net","scale":"linear"},
	"legends":[{"entries":["a","b"]}],"marks":[
	{"type":"bar","label":"a","n":2,"x":[0,1],"xn":["Jan","Feb"],"y":[10,20],"base":[0,0],"colours":["#ff7f0e"]},
	{"type":"bar","label":"b","n":2,"x":` + at + `,"xn":["Jan","Feb"],"y":[30,40],"base":` + base + `,"colours":["#1f77b4"]}]}]}]}`
}

func TestStackedBars(t *testing.T) {
	facts := `{"chart":"bar","stacked":true,"marks":4,"title":"sales month","x":{"label":"month","column":"month"},"y":{"column":"net"},"series":["a","b"],"legend":true,"colours":["orange","blue"],"horizontal":false}`
	good := check(t, facts, "python", "", sales, bars("[10,20]", "[0,1]"))
	assert.Empty(t, good.Missing)
	assert.Equal(t, 1.0, good.Score())
	aside := check(t, facts, "python", "", sales, bars("[0,0]", "[0.4,1.4]"))
	assert.Equal(t, []string{"the groups are not stacked"}, aside.Missing)
}

func TestAnotherColumn(t *testing.T) {
	r := check(t, `{"y":{"column":"gross"}}`, "python", "", sales, bars("[10,20]", "[0,1]"))
	assert.Contains(t, r.String(), "0 of 1: the y axis does not show “gross”")
	together := check(t, `{"x":{"column":"month"},"y":{"column":"net"}}`, "python", "", strings.ReplaceAll(sales, "Jan,a,10", "Jan,a,20"), bars("[10,20]", "[0,1]"))
	assert.Less(t, together.Score(), 1.0)
}

func TestShuffledValuesDoNotBelongTogether(t *testing.T) {
	data := "month,net\nJan,10\nFeb,20\nMar,30\n"
	said := `{"figures":[{"panels":[{"marks":[{"type":"bar","n":3,"x":[0,1,2],"xn":["Jan","Feb","Mar"],"y":[20,10,30]}]}]}]}`
	r := check(t, `{"x":{"column":"month"},"y":{"column":"net"}}`, "python", "", data, said)
	assert.Equal(t, []string{"“month” and “net” do not belong together as in the data"}, r.Missing)
}

func TestSums(t *testing.T) {
	said := `{"figures":[{"panels":[{"marks":[{"type":"bar","n":2,"x":[0,1],"xn":["Jan","Feb"],"y":[40,60]}]}]}]}`
	assert.Empty(t, check(t, `{"data":[{"column":"net","agg":"sum","by":["month"],"on":"y"}]}`, "python", "", sales, said).Missing)
	assert.NotEmpty(t, check(t, `{"data":[{"column":"net","agg":"mean","by":["month"],"on":"y"}]}`, "python", "", sales, said).Missing)
}

func TestSortedInReadingOrder(t *testing.T) {
	said := func(inverted string) string {
		return `{"figures":[{"panels":[{"y":{"inverted":` + inverted + `},"marks":[{"type":"bar","horizontal":true,"n":3,"x":[1,2,3],"y":[0,1,2]}]}]}]}`
	}
	assert.Empty(t, check(t, `{"sorted":"descending"}`, "python", "", "", said("false")).Missing, "the longest is on top")
	assert.NotEmpty(t, check(t, `{"sorted":"descending"}`, "python", "", "", said("true")).Missing)
}

func TestDiagramEdges(t *testing.T) {
	program := "flowchart LR\n  A[\"Web site\"] -->|asks| B[(Store)]\n  B & C(\"Log\") -.-> D{\"Ready?\"}\n"
	facts := `{"diagram":{"type":"flowchart","nodes":["Web site","Store","Log","Ready?"],"edges":[["Web site","Store","asks"],["Store","Ready?"],["Log","Ready?"]]}}`
	assert.Empty(t, check(t, facts, "mermaid", program, "", "").Missing)
	r := check(t, `{"diagram":{"edges":[["Store","Web site"]]}}`, "mermaid", program, "", "")
	assert.Equal(t, []string{"nothing leads from “Store” to “Web site”"}, r.Missing)
}

func TestScore(t *testing.T) {
	program := "\\version \"2.22.1\"\n% a c in a comment\nmelody = \\relative c' { \\clef bass \\key d \\minor \\time 3/4 d4 e <f a> | g2. }\n\\addlyrics { Hap -- py day }"
	assert.Empty(t, check(t, `{"music":{"clefs":["bass"],"keys":["d minor"],"time":"3/4","notes":5,"pitch":"d e f a g","lyrics":"happy day"}}`, "lilypond", program, "", "").Missing)
	assert.Len(t, check(t, `{"music":{"clefs":["alto"],"keys":["d major"],"time":"4/4","notes":9}}`, "lilypond", program, "", "").Missing, 4)
}

func TestShapesToScale(t *testing.T) {
	program := `<svg><rect height="20"/><rect height="40"/><rect height="60"/><rect height="80"/></svg>`
	assert.Empty(t, check(t, `{"data":[{"column":"net"}]}`, "svg", program, sales, "").Missing)
	assert.NotEmpty(t, check(t, `{"data":[{"column":"net"}]}`, "svg", strings.ReplaceAll(program, "60", "31"), sales, "").Missing)
}

func TestPlotsOfATable(t *testing.T) {
	program := `\begin{document}\begin{axis}[ybar, ymode=log, xlabel={Month}, title={T}]\addplot[red] table[x=month, y=net] {\datatable};\addlegendentry{Net}\end{axis}\end{document}`
	assert.Empty(t, check(t, `{"chart":"bar","x":{"label":"month","column":"month"},"y":{"scale":"log","column":"net"},"legend":true,"title":"T"}`, "latex", program, sales, "").Missing)
}

func TestWithoutASceneNothingIsShown(t *testing.T) {
	r := check(t, `{"chart":"bar","title":"x","y":{"column":"net"}}`, "python", "plt.bar()", sales, "")
	assert.Equal(t, 0.0, r.Score())
}

func TestColours(t *testing.T) {
	assert.True(t, sameColour("green", "#2e8b57"))
	assert.True(t, sameColour("grey", "#808080"))
	assert.True(t, sameColour("orange", "rgb(255, 140, 0)"))
	assert.False(t, sameColour("red", "#1f77b4"))
	assert.False(t, sameColour("black", "#dddddd"))
	assert.False(t, sameColour("#123456", "#654321"))
}
