package selfdebug

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers"
	"viscoder/renderers/picture"
)

func TestWants(t *testing.T) {
	title, labels, legend := renderers.Wants{Title: true}, renderers.Wants{AxisLabels: true}, renderers.Wants{Legend: true}
	for prompt, want := range map[string]renderers.Wants{
		"plot monthly sales":                                      {},
		"a chart titled Sales":                                    title,
		`with the title "Sales by month"`:                         title,
		"bar chart of sales. Title: Sales by month":               title,
		"give it a clear title and draw the bars in red":          title,
		"Set the title to Sales":                                  title,
		"count of films with the title word length":               {},
		"number of titles by year":                                {},
		"average salary by job title":                             {},
		"bars of each title and genre":                            {},
		"a line without a title":                                  {},
		"add a title, but no legend":                              title,
		"label both axes":                                         labels,
		"the x-axis label is Month":                               {},
		"bar chart with labelled axes":                            labels,
		"with rotated x-axis labels":                              {},
		"a bar chart with x and y labels":                         labels,
		"a scatter with axis labels":                              labels,
		"rotate the y axis":                                       {},
		"no axis labels please":                                   {},
		"add a legend at the top":                                 legend,
		"with a legend outside of the plot":                       legend,
		"include a colour legend":                                 legend,
		"do not show a legend":                                    {},
		"the legend of King Arthur as a timeline":                 {},
		"titled A, with a legend, and label the x and y axes too": {Title: true, AxisLabels: true, Legend: true},
	} {
		assert.Equal(t, want, wants(Task{Prompt: prompt}), prompt)
	}
	assert.Equal(t, legend, wants(Task{Prompt: "plot", Style: "Show a legend."}))
}

func FuzzWants(f *testing.F) {
	f.Add("with a title and a legend", "axis labels")
	f.Fuzz(func(t *testing.T, prompt, style string) {
		w := wants(Task{Prompt: prompt, Style: style})
		if prompt == "" && style == "" {
			assert.Equal(t, renderers.Wants{}, w)
		}
	})
}

// A picture that lacks what was asked for is sent back, and kept where no
// better one comes.
func TestLooksAreRepairedOrKept(t *testing.T) {
	v := judge("p", plainPicture("a.png"))
	assert.False(t, v.Passed)
	assert.True(t, v.Usable)
	assert.Equal(t, []string{"there is no title"}, v.Flaws)
	broken := judge("p", renderers.Outcome{Pictures: []string{"a.png"}, Diagnostic: &renderers.Diagnostic{Kind: renderers.KindBlank}})
	passed := judge("p", renderers.Outcome{Pictures: []string{"a.png"}, Findings: make([]picture.Finding, 100)})
	assert.Less(t, broken.Rank, v.Rank)
	assert.Less(t, v.Rank, passed.Rank)

	p := play(t, t.Context(), Options{}, sales, "plain 1\n```", "good 2\n```")
	assert.Len(t, p.report.Rounds, 2, "it is sent back")
	assert.Contains(t, p.read(t, "prompt-1.txt"), "That program draws a picture, but:\nThere is no title.")
	p = play(t, t.Context(), Options{Rounds: 1}, sales, "plain 1\n```", "bad 2\n```")
	require.NoError(t, p.err)
	assert.Equal(t, StatusOK, p.report.Status, "it is kept")
	assert.Equal(t, []string{"there is no title"}, p.report.Warnings)
	assert.Equal(t, "PNG of plain 1\n", p.read(t, "picture.png"))
	p = play(t, t.Context(), Options{Policy: "paper"}, sales, "```python\nplain 1\n```")
	assert.Len(t, p.report.Rounds, 1, "the paper's protocol knows no looks")
	assert.Equal(t, StatusOK, p.report.Status)
}
