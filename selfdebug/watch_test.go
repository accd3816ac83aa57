package selfdebug

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// feed gives the watcher a text in pieces and returns how much it took until
// the end, the end, and what was shown.
func feed(text string, size int) (taken string, end, shown string) {
	w := &watcher{}
	for i := 0; i < len(text); i += size {
		piece := text[i:min(i+size, len(text))]
		end = w.add(piece)
		taken += piece
		shown += w.fresh()
		if end != endNone {
			return
		}
	}
	return
}

func TestWatcherEndsAtTheClosingFence(t *testing.T) {
	for _, size := range []int{1, 3, 1000} {
		taken, end, shown := feed("Sure:\n\n```python\nimport x\nx = 1\n```\nThis draws", size)
		assert.Equal(t, endFence, end)
		if size == 1 {
			assert.True(t, strings.HasSuffix(taken, "x = 1\n```"), "no token after the fence")
		}
		if size < 1000 {
			assert.Equal(t, "Sure:\n\nimport x\nx = 1\n", shown)
		}
	}
	_, end, _ := feed("````python\nx\n```\ny\n", 1)
	assert.Equal(t, endNone, end, "a shorter fence closes nothing")
	_, end, shown := feed("```python\nx = `a`\n", 1)
	assert.Equal(t, endNone, end)
	assert.Equal(t, "x = `a`\n", shown)
}

func TestWatcherShowsIndentedLinesWhole(t *testing.T) {
	_, _, shown := feed("```python\nif a:\n    b = '```'\n    c\n", 1)
	assert.Equal(t, "if a:\n    b = '```'\n    c\n", shown)
}

func TestCircular(t *testing.T) {
	assert.True(t, circular(strings.Repeat("plt.show()\n", 200)))
	assert.True(t, circular("import x\n"+strings.Repeat("0, 1, 1, 2, ", 200)))
	assert.False(t, circular(strings.Repeat("0, ", 300)), "a row of zeros may be meant")
	var rows strings.Builder
	for i := range 300 {
		fmt.Fprintf(&rows, "ax.plot([%d, %d])\n", i, i*i)
	}
	assert.False(t, circular(rows.String()))
	_, end, _ := feed("```python\n"+strings.Repeat("plt.show()\n", 1000), 7)
	assert.Equal(t, endCircle, end)
}
