package eval

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/renderers/picture"
)

func readAll(t *testing.T, lang string, files ...string) []Task {
	t.Helper()
	tasks, err := Read(t.Context(), files, lang)
	require.NoError(t, err)
	return tasks
}

func TestOwnTasks(t *testing.T) {
	tasks := readAll(t, "", "testdata/ours.jsonl")
	require.Len(t, tasks, 2)
	sales, circle := tasks[0], tasks[1]
	assert.Equal(t, "python/sales", sales.Key())
	assert.Equal(t, []string{"matplotlib"}, sales.Libraries)
	assert.JSONEq(t, `{"chart":"line","x":{"label":"month"}}`, string(sales.Facts))
	assert.Contains(t, sales.Reference, "plt.show()")
	assert.Equal(t, "testdata/ours.jsonl:3", circle.Origin, "the blank line counts")
	assert.Empty(t, circle.Data)
}

func TestBuiltinTasks(t *testing.T) {
	all := readAll(t, "", Builtin)
	assert.NotEmpty(t, all)
	for _, task := range all {
		assert.NotEmpty(t, task.Facts, task.Key())
		assert.NotEmpty(t, task.Reference, task.Key())
		assert.NotEmpty(t, task.Output, task.Key())
	}
	first, err := BuiltinSHA256()
	require.NoError(t, err)
	assert.Len(t, first, 64)
}

func TestVisPlotBenchNamesItsLanguageByThePath(t *testing.T) {
	tasks := readAll(t, "", "testdata/visplotbench-asymptote.jsonl")
	require.Len(t, tasks, 1)
	assert.Equal(t, "asymptote/31", tasks[0].Key())
	assert.Empty(t, tasks[0].Data, "there the data is code")
	assert.Contains(t, tasks[0].Definitions, "real[] x")
	request, err := tasks[0].request(t.TempDir())
	require.NoError(t, err)
	assert.Contains(t, request.Setup, "real[] y = {2, 1, 4};")
	assert.Equal(t, "png", picture.FormatOf(tasks[0].Picture[:16]))
}

func TestPandasPlotBench(t *testing.T) {
	tasks := readAll(t, "", "testdata/pandasplotbench.jsonl")
	require.Len(t, tasks, 1)
	assert.Equal(t, "python/7", tasks[0].Key(), "its ids are numbers")
	assert.Equal(t, "a,b\n1,2\n3,4\n", tasks[0].Data)
	assert.True(t, strings.HasPrefix(tasks[0].Reference, "import pandas"))
	assert.NotEmpty(t, tasks[0].Picture)
}

// hugging is a row as the datasets library stores it: lists, and pictures as groups.
type hugging struct {
	ID          string       `parquet:"id"`
	Description string       `parquet:"task__plot_description"`
	Style       string       `parquet:"task__plot_style,optional"`
	Data        string       `parquet:"data,optional"`
	Libraries   []string     `parquet:"used_lib,list"`
	Category    string       `parquet:"vis_cate"`
	Image       huggingImage `parquet:"image,optional"`
}

type huggingImage struct {
	Bytes []byte `parquet:"bytes,optional"`
	Path  string `parquet:"path,optional"`
}

func parquetFile(t testing.TB, rows ...hugging) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, parquet.Write(&out, rows))
	return out.Bytes()
}

func TestVisPlotBenchParquet(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.Mkdir(dir, 0o700))
	path := filepath.Join(dir, "test-00000-of-00001.parquet")
	png := readAll(t, "", "testdata/pandasplotbench.jsonl")[0].Picture
	require.NoError(t, os.WriteFile(path, parquetFile(t,
		hugging{ID: "1", Description: "Draw x.", Style: "Blue.", Data: "x\n1\n", Libraries: []string{"seaborn", "matplotlib"}, Category: "Lines", Image: huggingImage{png, "1.png"}},
		hugging{ID: "2", Description: "Draw y.", Category: "Bars"}), 0o600))
	tasks := readAll(t, "", path)
	require.Len(t, tasks, 2)
	assert.Equal(t, []string{"seaborn", "matplotlib"}, tasks[0].Libraries)
	assert.Equal(t, png, tasks[0].Picture)
	assert.Equal(t, "x\n1\n", tasks[0].Data)
	assert.Equal(t, path+":2", tasks[1].Origin)
	assert.Nil(t, tasks[1].Picture)
	request, err := tasks[0].request(dir)
	require.NoError(t, err)
	assert.Contains(t, request.Setup, "seaborn and matplotlib")
}

func TestWrongTaskFilesAreNamedWithTheLine(t *testing.T) {
	good := `{"id":"a","language":"svg","task":"x"}` + "\n"
	for name, c := range map[string]struct{ text, says string }{
		"no JSON":          {good + "plot\n", ":2: not a JSON object"},
		"another form":     {`{"id":"a","prompt":"x"}`, ":1: neither a field task nor"},
		"no id":            {good + `{"language":"svg","task":"x"}`, ":2: the task has no id"},
		"no instruction":   {`{"id":"a","language":"svg","task":" "}`, "no instruction"},
		"no language":      {`{"id":"a","task":"x"}`, "names no language"},
		"unknown language": {`{"id":"a","language":"cobol","task":"x"}`, `unknown language "cobol"`},
		"twice":            {good + "\n" + good, ":3: task svg/a stands at"},
		"unknown facts":    {`{"id":"a","language":"svg","task":"x","facts":{"kind":"bar"}}`, "the facts of task a"},
		"no picture":       {`{"id":"a","language":"svg","task":"x","image":"aGVsbG8="}`, "image is no picture"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "t.jsonl")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			_, err := Read(t.Context(), []string{path}, "")
			require.ErrorContains(t, err, c.says)
			assert.Equal(t, fault.Usage, fault.CodeOf(err))
			assert.ErrorContains(t, err, path)
		})
	}
	_, err := Read(t.Context(), []string{"testdata/none.jsonl"}, "")
	require.ErrorContains(t, err, "testdata/none.jsonl")
	_, err = Read(t.Context(), []string{t.TempDir()}, "")
	require.ErrorContains(t, err, "is no file")
}

// checkTasks is what holds of all that the readers let through.
func checkTasks(t *testing.T, records []record) {
	for _, r := range records {
		task, err := r.task("svg")
		if err != nil {
			assert.Equal(t, fault.Usage, fault.CodeOf(err))
			continue
		}
		assert.NotEmpty(t, task.Instruction)
		assert.True(t, filepath.IsLocal(task.slug()), task.slug())
		assert.NotContains(t, task.slug(), "/")
		assert.LessOrEqual(t, len(task.slug()), maxID+40)
	}
}

func FuzzJSONL(f *testing.F) {
	for _, name := range []string{"ours", "visplotbench-asymptote", "pandasplotbench"} {
		data, err := os.ReadFile("testdata/" + name + ".jsonl")
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add([]byte(`{"id":"../../x","task":["a",1,null],"image":{"bytes":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if records, err := readJSONL(t.Context(), "f", bytes.NewReader(data)); err == nil {
			checkTasks(t, records)
		}
	})
}

func FuzzParquet(f *testing.F) {
	f.Add(parquetFile(f, hugging{ID: "1", Description: "x", Libraries: []string{"a", "b"}, Image: huggingImage{[]byte("x"), "y"}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f.parquet")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		file, err := os.Open(path)
		require.NoError(t, err)
		defer file.Close()
		if records, err := readParquet(t.Context(), path, file, int64(len(data))); err == nil {
			checkTasks(t, records)
		}
	})
}

func FuzzResults(f *testing.F) {
	f.Add([]byte(`{"key":"svg/a","passed":true,"attempts":[{"round":0}]}` + "\n" + `{"key":"svg/b"`))
	f.Fuzz(func(t *testing.T, data []byte) {
		results, whole, err := parseResults("f", bytes.NewReader(data))
		if err != nil {
			return
		}
		assert.LessOrEqual(t, whole, int64(len(data)))
		again, same, err := parseResults("f", bytes.NewReader(data[:whole]))
		require.NoError(t, err)
		assert.Equal(t, whole, same)
		assert.Equal(t, results, again)
		Summarise(results, 3)
	})
}

func TestChoice(t *testing.T) {
	var tasks []Task
	for _, lang := range []string{"python", "svg"} {
		for i := range 50 {
			tasks = append(tasks, Task{ID: lang + strings.Repeat("i", i), Language: lang})
		}
	}
	dev, test := Choice{Split: SplitDev}.From(tasks), Choice{Split: SplitTest}.From(tasks)
	assert.Len(t, tasks, len(dev)+len(test))
	assert.InDelta(t, 40, len(dev), 20)
	assert.Len(t, Choice{Split: SplitAll, Languages: []string{"svg"}}.From(tasks), 50)
	few, more := Choice{Split: SplitAll, Limit: 5, Seed: 1}.From(tasks), Choice{Split: SplitAll, Limit: 9, Seed: 1}.From(tasks)
	assert.Len(t, few, 5)
	assert.Subset(t, more, few)
	assert.NotEqual(t, few, Choice{Split: SplitAll, Limit: 5, Seed: 2}.From(tasks))

	var parts []Task
	for i := 1; i <= 3; i++ {
		s, err := ParseShard(strings.ReplaceAll("i/3", "i", string(rune('0'+i))))
		require.NoError(t, err)
		parts = append(parts, s.From(tasks)...)
	}
	assert.ElementsMatch(t, tasks, parts)
	for _, wrong := range []string{"", "1", "0/2", "3/2", "a/2", "1/-1"} {
		_, err := ParseShard(wrong)
		assert.Error(t, err, wrong)
	}
}
