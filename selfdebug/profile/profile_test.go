package profile

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"viscoder/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const goldenBudget = 2000

// Every data file in testdata has its profile text beside it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*")
	require.NoError(t, err)
	seen := 0
	for _, path := range files {
		if strings.HasSuffix(path, ".golden") {
			continue
		}
		seen++
		t.Run(filepath.Base(path), func(t *testing.T) {
			table, err := File(t.Context(), path)
			require.NoError(t, err)
			checkGolden(t, path+".golden", table.Text(goldenBudget))
		})
	}
	assert.Greater(t, seen, 15)
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	assert.LessOrEqual(t, len(got), goldenBudget)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestFaultsNameFileAndLine(t *testing.T) {
	cases := map[string]struct{ name, text, want string }{
		"lost quote":     {"a.csv", "a,b\n1,2\n3,\"x\n4,5\n", "a.csv line 3: a quote that opens here"},
		"binary":         {"a.csv", "a,b\x00\n1,2\n", "a.csv: is not text"},
		"empty":          {"a.csv", "", "a.csv is empty"},
		"blank lines":    {"a.csv", "\n\n\n", "a.csv: holds no columns"},
		"extension":      {"a.dat", "x", "a.dat has no known extension"},
		"json syntax":    {"a.json", "[{\"a\":1},\n{\"a\":}]", "a.json line 2: is not valid JSON"},
		"json cut":       {"a.json", "[{\"a\":1},\n{\"a\":2", "a.json line 2: is not valid JSON"},
		"json trailing":  {"a.json", "[{\"a\":1}] x", "a.json line 1"},
		"json scalar":    {"a.json", "12", "a.json: holds no table"},
		"json empty":     {"a.json", "{}", "a.json: holds no table"},
		"json deep":      {"a.json", "[{\"a\":" + strings.Repeat("[", 500), "nested more than 64"},
		"jsonl record":   {"a.jsonl", "{\"a\":1}\n7\n", "a.jsonl line 2"},
		"jsonl two":      {"a.jsonl", "{\"a\":1} {\"a\":1}\n", "a.jsonl line 1"},
		"not a workbook": {"a.xlsx", "hello", "a.xlsx: is not a readable workbook"},
		"not parquet":    {"a.parquet", "PAR1 hello PAR1", "a.parquet: is "},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := File(t.Context(), write(t, c.name, c.text))
			require.Error(t, err)
			assert.Equal(t, fault.Usage, fault.CodeOf(err))
			assert.Contains(t, err.Error(), c.want)
		})
	}
	_, err := File(t.Context(), filepath.Join(t.TempDir(), "none.csv"))
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	assert.ErrorContains(t, err, "does not exist")
	_, err = File(t.Context(), t.TempDir())
	assert.ErrorContains(t, err, "not a regular file")
}

func TestALongRecordIsRefusedBeforeItIsHeld(t *testing.T) {
	_, err := File(t.Context(), write(t, "a.csv", "a,b\n1,"+strings.Repeat("x", maxRecord+10)))
	require.ErrorContains(t, err, "a.csv line 2")
	_, err = File(t.Context(), write(t, "a.jsonl", "{}\n"+strings.Repeat("x", maxJSONLine+10)))
	require.ErrorContains(t, err, "a.jsonl line 2")
}

func TestCancelledReadingEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	path := write(t, "a.csv", "a,b\n"+strings.Repeat("1,2\n", 2*checkEvery))
	_, err := File(ctx, path)
	assert.ErrorIs(t, err, context.Canceled)
}

// The budget holds for every size, and more room never says less.
func TestTextKeepsTheBudget(t *testing.T) {
	files, err := filepath.Glob("testdata/*.csv")
	require.NoError(t, err)
	for _, path := range files {
		table, err := File(t.Context(), path)
		require.NoError(t, err)
		for budget := 0; budget < 3000; budget += 37 {
			assert.LessOrEqual(t, len(table.Text(budget)), budget, path)
		}
		assert.Contains(t, table.Text(3000), count(table.Rows, "row"))
	}
}

func TestAllRowsWhereTheProgramCannotReadFiles(t *testing.T) {
	table, err := File(t.Context(), "testdata/sales.csv")
	require.NoError(t, err)
	assert.Equal(t, 24, table.Rows)
	assert.Contains(t, table.TextRows(8000, 100), "All rows:")
	assert.Contains(t, table.TextRows(8000, 100), "2024-12-01,1450.0,south")
}

func TestHostileTextCannotCloseAFenceOrATurn(t *testing.T) {
	table, err := File(t.Context(), "testdata/hostile.csv")
	require.NoError(t, err)
	text := table.Text(4000)
	for _, bad := range []string{"```", "<|im_end|>", "<|im_start|>", "\x1b", "\u202e"} {
		assert.NotContains(t, text, bad)
	}
	assert.Contains(t, text, `\u003c|im_end|>`, "the name stays writable")
}

func TestWorkbook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.xlsx")
	book := excelize.NewFile()
	style, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	require.NoError(t, err)
	require.NoError(t, book.SetSheetRow("Sheet1", "A1", &[]any{"day", "amount", "who"}))
	for i := range 3 {
		day := time.Date(2024, 3, 1+i, 0, 0, 0, 0, time.UTC)
		cell, _ := excelize.CoordinatesToCellName(1, i+2)
		require.NoError(t, book.SetSheetRow("Sheet1", cell, &[]any{day, 1.5 * float64(i), "x"}))
		require.NoError(t, book.SetCellStyle("Sheet1", cell, cell, style))
	}
	_, err = book.NewSheet("other")
	require.NoError(t, err)
	require.NoError(t, book.SaveAs(path))
	table, err := File(t.Context(), path)
	require.NoError(t, err)
	assert.Equal(t, "Sheet1", table.Sheet)
	assert.Equal(t, 3, table.Rows)
	assert.Equal(t, []Type{Date, Float, Category}, types(table))
	assert.Equal(t, "2024-03-01", table.Columns[0].Min)
	assert.Equal(t, "2024-03-03", table.Columns[0].Max)
	assert.Contains(t, table.Text(2000), "2 sheets")
}

func types(t *Table) []Type {
	var out []Type
	for _, c := range t.Columns {
		out = append(out, c.Type)
	}
	return out
}

func TestParquet(t *testing.T) {
	type row struct {
		Day   int32     `parquet:"day,date"`
		At    time.Time `parquet:"at,timestamp(millisecond)"`
		Name  string    `parquet:"name"`
		Count int32     `parquet:"count"`
		Share *float64  `parquet:"share,optional"`
		OK    bool      `parquet:"ok"`
		Tags  []string  `parquet:"tags,list"`
		Price int64     `parquet:"price,decimal(2:12)"`
	}
	day := time.Date(2024, 2, 3, 0, 0, 0, 0, time.UTC)
	half := 0.5
	rows := []row{{19756, day.Add(3 * time.Hour), "a", 4, &half, true, []string{"p", "q"}, 1250},
		{19785, day.Add(5 * time.Hour), "b", -2, nil, false, nil, 300}}
	path := filepath.Join(t.TempDir(), "a.parquet")
	require.NoError(t, parquet.WriteFile(path, rows))
	table, err := File(t.Context(), path)
	require.NoError(t, err)
	assert.Equal(t, 2, table.Rows)
	assert.Equal(t, []Type{Date, Date, Text, Integer, Float, Bool, Nested, Float}, types(table))
	assert.Equal(t, "2024-03-03", table.Columns[0].Max)
	assert.Equal(t, "2024-02-03 03:00:00", table.Columns[1].Min)
	assert.Equal(t, "-2", table.Columns[3].Min)
	assert.Equal(t, 1, table.Columns[4].Missing)
	assert.Equal(t, "12.5", table.Columns[7].Max)
}

// A damaged file gives an error, never a panic.
func TestDamagedParquet(t *testing.T) {
	type row struct{ A, B string }
	path := filepath.Join(t.TempDir(), "a.parquet")
	require.NoError(t, parquet.WriteFile(path, []row{{"x", "y"}, {"z", "w"}}))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	failed := 0
	for i := range whole {
		damaged := append([]byte(nil), whole...)
		damaged[i] ^= 0x55
		require.NoError(t, os.WriteFile(path, damaged, 0o600))
		if _, err := File(t.Context(), path); err != nil {
			failed++
			assert.Equal(t, fault.Usage, fault.CodeOf(err))
		}
	}
	assert.Positive(t, failed)
}

func TestDistinctAndMemoryStayBounded(t *testing.T) {
	c := newCollector("x")
	for i := range 100_000 {
		c.cell(strings.Repeat("y", i%500) + string(rune('a'+i%26)))
	}
	assert.True(t, c.many)
	assert.Empty(t, c.seen)
	assert.LessOrEqual(t, len(c.head), headRows)
}

// The expression reads the file as the profile says; the wanted ones were run
// with pandas 2.3.
func TestPandas(t *testing.T) {
	for name, want := range map[string]string{
		"sales.csv":     `pd.read_csv("sales.csv", parse_dates=["month"])`,
		"semicolon.csv": `pd.read_csv("semicolon.csv", sep=";", decimal=",", thousands=".", parse_dates=["Datum"], date_format="%d.%m.%Y")`,
		"latin1.csv":    `pd.read_csv("latin1.csv", encoding="latin-1")`,
		"utf16.csv":     `pd.read_csv("utf16.csv", sep="\t", encoding="utf-16")`,
		"noheader.csv":  `pd.read_csv("noheader.csv", header=None, parse_dates=[0])`,
		"ragged.csv":    `pd.read_csv("ragged.csv", on_bad_lines="skip")`,
		"split.json":    `pd.read_json("split.json", orient="split")`,
		"wrapped.json":  `pd.DataFrame(json.load(open("wrapped.json"))["values"])`,
		"records.json":  `pd.read_json("records.json", convert_dates=["day"])`,
		"bycolumn.json": `pd.read_json("bycolumn.json")`,
		"events.jsonl":  `pd.read_json("events.jsonl", lines=True, convert_dates=["t"])`,
	} {
		table, err := File(t.Context(), filepath.Join("testdata", name))
		require.NoError(t, err)
		assert.Equal(t, want, table.Pandas())
	}
}

func TestLongAndWideForm(t *testing.T) {
	table, err := File(t.Context(), "testdata/sales.csv")
	require.NoError(t, err)
	long, ok := table.Long()
	assert.True(t, ok)
	assert.Equal(t, Long{"month", "region", "revenue"}, long)
	years, err := File(t.Context(), "testdata/years.csv")
	require.NoError(t, err)
	names, ok := years.WideYears()
	assert.True(t, ok)
	assert.Equal(t, "country", names)
	_, ok = table.WideYears()
	assert.False(t, ok)
	for _, name := range []string{"years.csv", "ragged.csv", "events.jsonl", "wide.csv"} {
		table, err := File(t.Context(), filepath.Join("testdata", name))
		require.NoError(t, err)
		_, ok := table.Long()
		assert.False(t, ok, name)
	}
}
