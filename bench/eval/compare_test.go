package eval

import (
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/image/draw"
	"golang.org/x/net/html"

	"bytes"
)

func side(name string, passed ...bool) Side {
	s := Side{Name: name, Dir: "nowhere"}
	for i, p := range passed {
		class := ""
		if !p {
			class = "Type"
		}
		r := of("svg", float64(i+1), class)
		r.Key = "svg/" + string(rune('a'+i))
		s.Results = append(s.Results, r)
	}
	return s
}

func TestCompare(t *testing.T) {
	a := side("a", true, false, false, false, true, true)
	b := side("b", true, true, true, false, false)
	c, err := Compare(a, b)
	require.NoError(t, err)
	assert.Len(t, c.Pairs, 5)
	assert.Equal(t, []int{2, 1, 1, 0}, []int{c.Won, c.Lost, c.OnlyA, c.OnlyB})
	assert.InDelta(t, 20, c.PassRate.Mean, 1e-9)
	assert.Less(t, c.PassRate.Low, 0.0, "five tasks prove nothing")
	assert.Greater(t, c.PassRate.High, 60.0)
	again, err := Compare(a, b)
	require.NoError(t, err)
	assert.Equal(t, c.PassRate, again.PassRate, "the resamples have their own seed")
	assert.Nil(t, c.Fidelity)
	text := c.Markdown()
	assert.Contains(t, text, "B better on 2, A on 1, no difference on 2.")
	assert.Contains(t, text, "1 tasks are in A alone")
	_, err = Compare(a, Side{Dir: "x"})
	require.ErrorContains(t, err, "no task in common")
}

// TestBootstrap holds the interval against the normal approximation, which is
// good for many tasks.
func TestBootstrap(t *testing.T) {
	var d []float64
	for i := range 400 {
		d = append(d, float64(i%4)) // mean 1.5, variance 1.25
	}
	i := bootstrap(d)
	half := 1.96 * math.Sqrt(1.25/400)
	assert.InDelta(t, 1.5, i.Mean, 1e-9)
	assert.InDelta(t, 1.5-half, i.Low, 0.01)
	assert.InDelta(t, 1.5+half, i.High, 0.01)
}

func square(side int, at image.Rectangle, ink color.Color) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(img, at, image.NewUniform(ink), image.Point{}, draw.Src)
	return img
}

func TestSSIM(t *testing.T) {
	left, right := image.Rect(20, 20, 180, 380), image.Rect(220, 20, 380, 380)
	a := square(400, left, color.Black)
	assert.InDelta(t, 1, SSIM(a, a), 1e-9)
	grey := SSIM(a, square(400, left, color.Gray{60}))
	moved := SSIM(a, square(400, right, color.Black))
	empty := SSIM(a, square(400, image.Rectangle{}, color.Black))
	assert.Greater(t, grey, moved)
	assert.Less(t, moved, 0.6)
	assert.Less(t, empty, 0.8)
	assert.InDelta(t, moved, SSIM(square(400, right, color.Black), a), 1e-9, "it is symmetric")
	assert.Greater(t, SSIM(a, square(800, image.Rect(40, 40, 360, 760), color.Black)), 0.95, "size alone changes little")
}

// TestPagesHoldHostileTextAsText reads a page back: what a program or log says
// must not become an element, and nothing is loaded.
func TestPagesHoldHostileTextAsText(t *testing.T) {
	evil := `</pre></template><script>alert(1)</script><img src="http://x/y.png" onerror="alert(2)">`
	r := of("svg", 1, "Syntax", "Syntax")
	r.Key, r.Instruction, r.Style, r.Category, r.Error = "svg/"+evil, evil, evil, evil, evil
	for i := range r.Attempts {
		r.Attempts[i].Program, r.Attempts[i].Log, r.Attempts[i].Error, r.Attempts[i].Class = evil, evil, evil, evil
	}
	dir := t.TempDir()
	report := NewReport(Settings{Model: evil, Policy: evil, Rounds: 1}, []Result{r}, 1)
	require.NoError(t, report.Write(dir, []Result{r}))
	c, err := Compare(Side{Name: evil, Results: []Result{r}}, Side{Name: evil, Results: []Result{r}})
	require.NoError(t, err)
	require.NoError(t, c.WritePage(filepath.Join(dir, "compare.html")))
	for _, name := range []string{PageFile, "compare.html"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		doc, err := html.Parse(bytes.NewReader(text))
		require.NoError(t, err)
		scripts := 0
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "script" {
				scripts++
			}
			for _, a := range n.Attr {
				assert.NotEqual(t, "onerror", a.Key)
				if a.Key == "src" {
					assert.NotContains(t, a.Val, "http:")
				}
			}
		}
		assert.Equal(t, 1, scripts, name)
		assert.Contains(t, string(text), "default-src &#39;none&#39;")
	}
}
