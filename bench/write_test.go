package bench

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"
)

// twoRows have all that is awkward in some format: quotes, commas, blanks.
func twoRows() []Row {
	setup := Setup{Commit: "c0ffee", CPU: `Xeon "Gold", 2' GHz`, Threads: 2, Model: "qwen 1.5b", ModelSHA256: "5eed", KVType: "f16", NativeKey: "ab"}
	rows := []*Row{
		{Setup: setup, Bench: "batch", Test: "batch8", Engine: engineOurs, Kernels: "ours", Depth: 512, Rows: 8, Tokens: 8},
		{Setup: setup, Bench: "batch", Test: "batch8", Engine: engineOurs, Kernels: "ggml", Depth: 512, Rows: 8, Tokens: 8},
	}
	rows[0].Samples = []time.Duration{20 * time.Millisecond, 10 * time.Millisecond}
	rows[1].Samples = []time.Duration{40 * time.Millisecond, 20 * time.Millisecond}
	return finish(rows)
}

func written(t *testing.T, format string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, Write(&out, twoRows(), format))
	return out.String()
}

func TestUnknownFormatIsRefused(t *testing.T) {
	require.ErrorContains(t, Write(&bytes.Buffer{}, nil, "xml"), "md, csv")
}

func TestNoRowsAreNoFailure(t *testing.T) {
	for _, format := range Formats() {
		assert.NoError(t, Write(&bytes.Buffer{}, nil, format), format)
	}
}

func TestJSONReadsBack(t *testing.T) {
	var back []Row
	require.NoError(t, json.Unmarshal([]byte(written(t, "json")), &back))
	assert.Equal(t, twoRows(), back)

	back = nil
	for line := range strings.Lines(written(t, "jsonl")) {
		var r Row
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		back = append(back, r)
	}
	assert.Equal(t, twoRows(), back)
}

// The tables have the columns of the JSON rows, in the same order.
func TestColumnsAreTheFieldsOfARow(t *testing.T) {
	var tags []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Row]()) {
		if tag := f.Tag.Get("json"); tag != "" {
			tags = append(tags, tag)
		}
	}
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	assert.Equal(t, tags, names)
}

func TestCSVReadsBack(t *testing.T) {
	records, err := csv.NewReader(strings.NewReader(written(t, "csv"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 3)
	got := map[string]string{}
	for i, name := range records[0] {
		got[name] = records[1][i]
	}
	assert.Equal(t, `Xeon "Gold", 2' GHz`, got["cpu"])
	assert.Equal(t, "15", got["ms"])
	assert.Equal(t, "2", got["vs_ggml"])
	assert.Equal(t, "20000000 10000000", got["samples_ns"])
}

// SQLite itself takes the SQL, by the Python that the native build needs anyway.
func TestSQLiteTakesTheSQL(t *testing.T) {
	const program = `import sqlite3, sys
db = sqlite3.connect(":memory:")
text = sys.stdin.read()
db.executescript(text)
db.executescript(text)  # a second run goes into the same table
print(*db.execute("SELECT count(*), cpu, typeof(ms), max(tok_s) FROM viscoder_bench").fetchone(), sep="|")`
	command := exec.Command("python3", "-c", program)
	command.Stdin = strings.NewReader(written(t, "sql"))
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, `4|Xeon "Gold", 2' GHz|real|533.3333333333334`, strings.TrimSpace(string(out)))
}

// benchstat's own parser reads the Go format, units and configuration.
func TestBenchstatReadsTheGoFormat(t *testing.T) {
	var limit bytes.Buffer
	require.NoError(t, Write(&limit, Limits{Threads: 1, Read: 50e9}.Rows(Setup{})[:1], "go"))
	reader := benchfmt.NewReader(strings.NewReader(written(t, "go")+limit.String()), "rows")
	var results []*benchfmt.Result
	for reader.Scan() {
		result, ok := reader.Result().(*benchfmt.Result)
		require.True(t, ok, "%v", reader.Result())
		results = append(results, result.Clone())
	}
	require.NoError(t, reader.Err())
	require.Len(t, results, 5, "one for each sample, and a limit of the machine")
	read, ok := results[4].Value("GB/s")
	assert.True(t, ok)
	assert.InDelta(t, 50, read, 1e-9)
	assert.Equal(t, "Batch/model=qwen_1.5b/test=batch8/depth=512/engine=viscoder/kernels=ours-2", string(results[0].Name))
	rate, ok := results[0].Value("tok/s")
	assert.True(t, ok)
	assert.InDelta(t, 400, rate, 1e-9)
	seconds, ok := results[0].Value("sec/op")
	assert.True(t, ok)
	assert.InDelta(t, 0.02, seconds, 1e-9)
	for key, want := range map[string]string{"commit": "c0ffee", "threads": "2", "model-sha256": "5eed", "kv-type": "f16"} {
		assert.Equal(t, want, results[3].GetConfig(key), key)
	}
}

func TestMarkdownNamesTheSetupAndLeavesOutEmptyColumns(t *testing.T) {
	text := written(t, "md")
	for _, want := range []string{"c0ffee", "5eed", "2 threads", "KV f16", "| batch8 | 512 | ours | 15.00 | 10.00 | 533.3 | 400.0 … 800.0 | 2.00 |"} {
		assert.Contains(t, text, want)
	}
	assert.NotContains(t, text, "llama-bench")
}
