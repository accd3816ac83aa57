package renderers

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/renderers/picture"
	"viscoder/renderers/sandbox"
)

// A case is a txtar file in testdata/LANGUAGE: the program, its data files,
// the feedback that a model gets where the program is wrong (feedback_test.go),
// and what is wanted, one "key: value" a line:
//
//	result: passed, or the kind of the diagnostic
//	line: of the program
//	message, text, full, finding: contained in it; may be repeated
//	not-finding: contained in no finding
//	not: contained neither in text nor in full
//	files: names of the pictures, in order
//	wide, high: least size of the first picture in pixels
//	colours: least number of clearly different colours in it
//	timeout, format, strict: of the job
//	wants: of the request: title, axis_labels, legend
type wanted map[string][]string

func parseWanted(t *testing.T, text string) wanted {
	w := wanted{}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		key, value, ok := strings.Cut(line, ":")
		require.True(t, ok, "want: %q", line)
		w[key] = append(w[key], strings.TrimSpace(value))
	}
	require.Len(t, w["result"], 1, "want: one result")
	return w
}

func (w wanted) one(key string) string {
	if len(w[key]) == 0 {
		return ""
	}
	return w[key][0]
}

func (w wanted) number(t *testing.T, key string) int {
	if w.one(key) == "" {
		return 0
	}
	n, err := strconv.Atoi(w.one(key))
	require.NoError(t, err, key)
	return n
}

func newRunner(t *testing.T) *Runner {
	t.Helper()
	box, err := sandbox.New(sandbox.Options{})
	require.NoError(t, err)
	return NewRunner(box, Options{})
}

// outDir is where the pictures of a test go: VISCODER_TEST_PICTURES keeps them
// for looking at.
func outDir(t *testing.T) string {
	keep := os.Getenv("VISCODER_TEST_PICTURES")
	if keep == "" {
		return t.TempDir()
	}
	dir := filepath.Join(keep, t.Name())
	require.NoError(t, os.RemoveAll(dir))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	return dir
}

func readCase(t *testing.T, path string, l *Language) (Job, wanted) {
	a, err := txtar.ParseFile(path)
	require.NoError(t, err)
	job, want, dir := Job{Language: l, Out: outDir(t)}, wanted{}, t.TempDir()
	for _, f := range a.Files {
		switch f.Name {
		case "program":
			job.Program = string(f.Data)
		case "want":
			want = parseWanted(t, string(f.Data))
		case "feedback":
		default:
			file := filepath.Join(dir, f.Name)
			require.NoError(t, os.WriteFile(file, f.Data, 0o600))
			job.Data = append(job.Data, DataFile{Path: file})
		}
	}
	job.Format, job.Strict = want.one("format"), want.one("strict") == "yes"
	asked := strings.Fields(want.one("wants"))
	job.Wants = Wants{Title: slices.Contains(asked, "title"), AxisLabels: slices.Contains(asked, "axis_labels"), Legend: slices.Contains(asked, "legend")}
	if s := want.one("timeout"); s != "" {
		job.Timeout, err = time.ParseDuration(s)
		require.NoError(t, err)
	}
	return job, want
}

func TestCases(t *testing.T) {
	runner := newRunner(t)
	for _, l := range All() {
		paths, err := filepath.Glob(filepath.Join("testdata", l.Name, "*.txtar"))
		require.NoError(t, err)
		for _, path := range paths {
			t.Run(l.Name+"/"+strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
				t.Parallel()
				job, want := readCase(t, path, l)
				out, err := runner.Run(context.Background(), job)
				require.NoError(t, err)
				compare(t, want, out)
				compareFeedback(t, path, out.Diagnostic)
			})
		}
	}
}

func TestEveryLanguageHasItsCases(t *testing.T) {
	for _, l := range All() {
		for _, name := range []string{"good", "broken"} {
			assert.FileExists(t, filepath.Join("testdata", l.Name, name+".txtar"))
		}
	}
}

func compare(t *testing.T, want wanted, out Outcome) {
	d := out.Diagnostic
	if want.one("result") == "passed" {
		require.Nil(t, d, "diagnostic: %+v\nstderr: %s", d, out.Stderr)
	} else {
		require.NotNil(t, d, "it passed; stderr: %s", out.Stderr)
		t.Logf("feedback:\n%s", d.Text)
		compareDiagnostic(t, want, d)
	}
	var names []string
	for _, p := range out.Pictures {
		names = append(names, filepath.Base(p))
	}
	if files, ok := want["files"]; ok {
		assert.Equal(t, strings.Fields(strings.Join(files, " ")), names)
	}
	var found []string
	for _, f := range out.Findings {
		found = append(found, string(f.Grade)+" "+f.Code+" "+f.Message)
	}
	for _, f := range want["finding"] {
		assert.Contains(t, strings.Join(found, "\n"), f)
	}
	for _, f := range want["not-finding"] {
		assert.NotContains(t, strings.Join(found, "\n"), f)
	}
	if want.one("result") == "passed" {
		require.NotEmpty(t, out.Pictures)
		comparePicture(t, want, out.Pictures[0])
	}
}

// maxText is the bound on condensed feedback: about 200 tokens of code and English.
const maxText = 1000

func compareDiagnostic(t *testing.T, want wanted, d *Diagnostic) {
	assert.Equal(t, want.one("result"), d.Kind)
	assert.Equal(t, want.number(t, "line"), d.Line)
	for _, s := range want["message"] {
		assert.Contains(t, d.Message, s)
	}
	for _, s := range want["text"] {
		assert.Contains(t, d.Text, s)
	}
	for _, s := range want["full"] {
		assert.Contains(t, d.Full, s)
	}
	for _, s := range append(want["not"], "\x1b", "site-packages/", "viscoder-job-", "run.py", "<string>") {
		assert.NotContains(t, d.Text, s)
	}
	assert.NotContains(t, d.Full, "\x1b")
	assert.NotContains(t, d.Message, "\n")
	assert.LessOrEqual(t, utf8.RuneCountInString(d.Text), maxText)
	assert.NotEmpty(t, d.Text)
}

func comparePicture(t *testing.T, want wanted, path string) {
	if !isRaster(path) {
		return
	}
	p, err := picture.Load(path)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, p.Width, max(64, want.number(t, "wide")))
	assert.GreaterOrEqual(t, p.Height, max(64, want.number(t, "high")))
	if n := want.number(t, "colours"); n > 0 {
		assert.GreaterOrEqual(t, colours(p), n)
	}
}

// colours counts the colours that cover at least 1 in 2000 pixels, at 4 bits a channel.
func colours(p *picture.Picture) int {
	count := map[[3]uint32]int{}
	b := p.Image.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, bl, _ := p.Image.At(x, y).RGBA()
			count[[3]uint32{r >> 12, g >> 12, bl >> 12}]++
		}
	}
	n := 0
	for _, c := range count {
		if c*2000 >= p.Width*p.Height {
			n++
		}
	}
	return n
}
