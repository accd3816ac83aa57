package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/engine"
	"viscoder/internal/fault"
	"viscoder/internal/tinymodel"
)

func tiny(t *testing.T) *engine.Model {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	require.NoError(t, tinymodel.Write(path, tinymodel.Options{}))
	m, err := engine.Open(context.Background(), path, engine.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.Close()) })
	return m
}

func TestDecodeMeasuresBothRows(t *testing.T) {
	report, err := Decode(context.Background(), tiny(t), DecodeOptions{Prompt: 64, Generate: 8, Repetitions: 3})
	require.NoError(t, err)
	require.Len(t, report.Rows, 2)
	for i, test := range []string{"pp64", "tg8"} {
		assert.Equal(t, test, report.Rows[i].Test)
		assert.Len(t, report.Rows[i].Samples, 3)
		assert.Positive(t, report.Rows[i].TokensPerSecond())
	}
	for _, format := range Formats() {
		var out bytes.Buffer
		require.NoError(t, report.Write(&out, format), format)
		assert.Contains(t, out.String(), "tiny")
		assert.Contains(t, out.String(), "pp64")
	}
	var back Report
	var out bytes.Buffer
	require.NoError(t, report.Write(&out, "json"))
	require.NoError(t, json.Unmarshal(out.Bytes(), &back))
	assert.Equal(t, report.NativeKey, back.NativeKey)
	assert.Error(t, report.Write(&out, "xml"))
}

func TestDecodeRefusesWhatCannotBe(t *testing.T) {
	_, err := Decode(context.Background(), tiny(t), DecodeOptions{Prompt: -1})
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	_, err = Decode(context.Background(), tiny(t), DecodeOptions{Prompt: 1 << 20})
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	_, err = Decode(context.Background(), tiny(t), DecodeOptions{Prompt: 4, Generate: 2, Versus: filepath.Join(t.TempDir(), "absent")})
	assert.Equal(t, fault.Toolchain, fault.CodeOf(err))
}

func TestMedianOfEvenAndOdd(t *testing.T) {
	row := Row{Tokens: 10, Samples: []time.Duration{4 * time.Second, time.Second, 2 * time.Second}}
	assert.InDelta(t, 5, row.TokensPerSecond(), 1e-9)
	row.Samples = append(row.Samples, 3*time.Second)
	assert.InDelta(t, 4, row.TokensPerSecond(), 1e-9)
	assert.Zero(t, Row{}.TokensPerSecond())
}

func TestPairedRatioHoldsWhileTheMachineSlowsDown(t *testing.T) {
	ours := &Row{Tokens: 1, Samples: []time.Duration{10, 20, 40}}
	theirs := &Row{Tokens: 1, Samples: []time.Duration{20, 40, 80}}
	assert.InDelta(t, 2, pairedRatio(ours, theirs), 1e-9)
	assert.Zero(t, pairedRatio(ours, &Row{}))
}

func llamaRows() []*Row {
	return []*Row{{Test: "pp512", Tokens: 512}, {Test: "tg64", Tokens: 64}}
}

func TestReadLlamaBench(t *testing.T) {
	rows := llamaRows()
	require.NoError(t, readLlamaBench([]byte(`[{"n_prompt":512,"n_gen":0,"samples_ns":[5000000000]},{"n_prompt":0,"n_gen":64,"samples_ns":[2000000000]}]`), rows))
	assert.InDelta(t, 102.4, rows[0].TokensPerSecond(), 1e-9)
	assert.InDelta(t, 32, rows[1].TokensPerSecond(), 1e-9)
	assert.Error(t, readLlamaBench([]byte(`error: no model`), llamaRows()))
	assert.ErrorContains(t, readLlamaBench([]byte(`[]`), llamaRows()), "0 of 2 rows")
}

func FuzzReadLlamaBench(f *testing.F) {
	f.Add([]byte(`[{"n_prompt":512,"n_gen":0,"samples_ns":[1]}]`))
	f.Fuzz(func(_ *testing.T, out []byte) { _ = readLlamaBench(out, llamaRows()) })
}
