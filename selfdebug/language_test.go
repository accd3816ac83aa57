package selfdebug

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/renderers"
)

func TestRulesPickTheLanguage(t *testing.T) {
	for request, want := range map[string]string{
		"plot monthly sales":                            "python",
		"a Vega-Lite bar chart of x":                    "vegalite",
		"draw the logo as SVG, please":                  "svg",
		"pie chart with matplotlib, not as svg":         "python",
		"save the bars to logo.svg":                     "python",
		"show the share of python users by year":        "python",
		"a scatter plot in R":                           "r",
		"plot r against its asymptote":                  "python",
		"the hyperbola, using Asymptote":                "asymptote",
		"sheet music of Twinkle Twinkle":                "lilypond",
		"a flowchart of how tea is made":                "mermaid",
		"class diagram of a bank":                       "plantuml",
		"a dependency graph of these packages":          "graphviz",
		"an RC low-pass circuit":                        "latex",
		"a dashboard with three cards":                  "html",
		"an icon of a house":                            "svg",
		"Mandelbrot set in C++":                         "cpp",
		"a red circle in a blue square":                 "svg",
		"plot of a circle":                              "python",
		"histogram of 1000 normally distributed values": "python",
	} {
		lang, note, sure, err := PickLanguage(Task{Prompt: request})
		require.NoError(t, err)
		assert.Equal(t, want, lang.Name, request)
		assert.Contains(t, note, want)
		assert.True(t, sure, request)
	}
	lang, note, sure, err := PickLanguage(Task{Prompt: "a python plot", Language: "SVG"})
	require.NoError(t, err)
	assert.Equal(t, "svg", lang.Name)
	assert.True(t, sure)
	assert.Empty(t, note, "the user knows")
	_, _, _, err = PickLanguage(Task{Prompt: "x", Language: "cobol"})
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	assert.Contains(t, fault.HintOf(err), "vegalite")
}

func TestRulesKnowWhatTheyDoNotKnow(t *testing.T) {
	for _, request := range []string{"the water cycle", "the solar system", "a flowchart on a web page"} {
		lang, _, sure, err := PickLanguage(Task{Prompt: request})
		require.NoError(t, err)
		assert.False(t, sure, request)
		assert.Equal(t, defaultLanguage, lang.Name)
		_, _, sure, err = PickLanguage(Task{Prompt: request, Data: []string{"a.csv"}})
		require.NoError(t, err)
		assert.True(t, sure, "data is read by Python")
	}
}

func TestChoiceIsExplained(t *testing.T) {
	all := renderers.All()
	logProb := make([]float64, len(all))
	for i := range logProb {
		logProb[i] = -50
	}
	logProb[2], logProb[9] = math.Log(0.6), math.Log(0.2)
	assert.Equal(t, "which the model prefers for this request (75 %, then html 25 %)", explainChoice(all, logProb, 2))
	assert.Contains(t, explainChoice(all[:1], []float64{-3}, 0), "(100 %)")
}

// settles asks the model where the rules do not decide, once, and leaves no
// session behind.
func settles(t *testing.T, d Deps) {
	task, note, err := settleLanguage(t.Context(), d.Model, Task{Prompt: "the water cycle"})
	require.NoError(t, err)
	_, known := renderers.ByName(task.Language)
	assert.True(t, known, task.Language)
	assert.Contains(t, note, "language "+task.Language+", which the model prefers")
	again, _, err := settleLanguage(t.Context(), d.Model, Task{Prompt: "the water cycle", Language: Auto})
	require.NoError(t, err)
	assert.Equal(t, task.Language, again.Language, "the same question has the same answer")

	ruled, note, err := settleLanguage(t.Context(), nil, Task{Prompt: "plot monthly sales"})
	require.NoError(t, err, "no model is asked where a rule decides")
	assert.Equal(t, "python", ruled.Language)
	assert.Contains(t, note, "charts")

	ended, end := context.WithCancel(t.Context())
	end()
	_, _, err = settleLanguage(ended, d.Model, Task{Prompt: "the solar system"})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, fault.Interrupted, fault.CodeOf(err))
	_, _, err = settleLanguage(t.Context(), nil, Task{Prompt: " "})
	assert.Equal(t, fault.Usage, fault.CodeOf(err), "an empty request is not worth a question")
	s, err := d.Model.NewSession()
	require.NoError(t, err, "every session was given back")
	require.NoError(t, s.Close())
}

// The choice follows the model's own preference, which moves with the request:
// lilypond gains over svg where the request is about music.
func prefersByLogits(t *testing.T, d Deps) {
	s, err := d.Model.NewSession()
	require.NoError(t, err)
	defer s.Close()
	odds := func(request string) float64 {
		var logProb [2]float64
		for i, name := range []string{"lilypond", "svg"} {
			l, ok := renderers.ByName(name)
			require.True(t, ok)
			require.NoError(t, s.Rewind(0))
			c := chooser{s, d.Model.Chat()}
			names, err := c.lay(t.Context(), request, renderers.All())
			require.NoError(t, err)
			_, p, err := s.Choose(t.Context(), names[slices.Index(renderers.All(), l):][:1])
			require.NoError(t, err)
			logProb[i] = p[0]
		}
		return logProb[0] - logProb[1]
	}
	assert.Greater(t, odds("the song Happy Birthday with its notes"), odds("a red circle in a blue square"))
}
