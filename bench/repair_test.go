package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/internal/testweights"
)

func TestTheRecordingHoldsRealFailuresOfManyLanguages(t *testing.T) {
	turns, err := RecordedTurns()
	require.NoError(t, err)
	assert.GreaterOrEqual(t, len(turns), 40)
	languages, names := map[string]int{}, map[string]bool{}
	for _, turn := range turns {
		languages[turn.Language]++
		assert.False(t, names[turn.Name], turn.Name)
		names[turn.Name] = true
		assert.NotEmpty(t, turn.Model)
		assert.NotContains(t, turn.Repair, "/tmp/", turn.Name)
	}
	assert.GreaterOrEqual(t, len(languages), 5)

	few := SpreadTurns(turns, 5)
	require.Len(t, few, 5)
	seen := map[string]bool{}
	for _, turn := range few {
		seen[turn.Language] = true
	}
	assert.Len(t, seen, 5, "a few turns are of different languages")
}

// A turn is answered in every mode and, if there is one, by a server: here a fake
// of llama-server's stream.
func TestRepairAnswersATurnInEveryMode(t *testing.T) {
	turns, err := RecordedTurns()
	require.NoError(t, err)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		var q completionRequest
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&q))
		assert.True(t, q.CachePrompt)
		fmt.Fprint(w, "data: {\"choices\":[{\"text\":\"x = 1\"}]}\n\ndata: {\"choices\":[{\"text\":\"\\n\"}],\"timings\":{\"cache_n\":9,\"prompt_n\":3,\"predicted_n\":4,\"draft_n\":3,\"draft_n_accepted\":2}}\n\ndata: [DONE]\n\n")
	}))
	defer server.Close()
	weights := testweights.Small(t)
	rows, err := Repair(t.Context(), weights, RepairOptions{Setup: NewSetup("test", weights, "", 1),
		Turns: SpreadTurns(turns, 1), MaxTokens: 40, Server: server.URL})
	require.NoError(t, err)
	require.Len(t, rows, 5)
	assert.Equal(t, 2, asked, "once to fill the cache, once for the turn")
	for i, mode := range append(RepairModes(), modeServer) {
		r := rows[i]
		assert.Equal(t, mode, r.Mode)
		assert.Positive(t, r.WallS)
		assert.Positive(t, r.Generated)
		assert.Positive(t, r.PromptEvaluated)
	}
	assert.Zero(t, rows[0].Drafted)
	assert.Positive(t, rows[3].Accepted, "a repair repeats most of the program")
	assert.Equal(t, 2.0, rows[4].MeanAccepted)

	for _, format := range RepairFormats() {
		var out bytes.Buffer
		require.NoError(t, WriteRepair(&out, rows, format))
		assert.Contains(t, out.String(), "draft+kernels")
	}
}

func TestAServerThatFailsIsNamed(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, err := newCompletions(server.URL).answer(t.Context(), conversation{}, 1)
	require.ErrorContains(t, err, "--server: 404")
	server.Close()
	_, err = newCompletions(server.URL).answer(t.Context(), conversation{}, 1)
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	err = readStream(bytes.NewBufferString("data: {broken\n"), newClock(time.Now()), &RepairRow{})
	assert.Error(t, err)
}

func TestARunFolderIsATurn(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	_, err := LoadTurns(dir)
	require.ErrorContains(t, err, "not the folder of a run")
	write("system.txt", "be brief\n")
	write("prompt.txt", "draw\n")
	write("round-0.answer.txt", "```python\nx = \n```")
	write("run.json", `{"language":"python","model":{"Name":"m"}}`)
	turns, err := LoadTurns(dir)
	require.NoError(t, err)
	assert.Empty(t, turns, "it passed")
	write("prompt-1.txt", "no\n")
	turns, err = LoadTurns(dir)
	require.NoError(t, err)
	want := RepairTurn{Name: filepath.Base(dir), Language: "python", Model: "m", System: "be brief", User: "draw",
		Opening: "```python\n", Answer: "x = \n```", Repair: "no"}
	assert.Equal(t, []RepairTurn{want}, turns)

	var out bytes.Buffer
	require.NoError(t, WriteTurns(&out, turns))
	write("turns.jsonl", out.String())
	again, err := LoadTurns(filepath.Join(dir, "turns.jsonl"))
	require.NoError(t, err)
	want.Name = "python-1"
	assert.Equal(t, []RepairTurn{want}, again)

	write("bad.jsonl", "{}\n")
	_, err = LoadTurns(filepath.Join(dir, "bad.jsonl"))
	require.ErrorContains(t, err, "bad.jsonl:1 lacks")
}

func FuzzReadTurns(f *testing.F) {
	f.Add([]byte(`{"user":"u","answer":"a","repair":"r"}`))
	f.Add([]byte("{}\n\n["))
	f.Fuzz(func(t *testing.T, data []byte) {
		turns, err := readTurns(bytes.NewReader(data), "fuzz")
		if err == nil {
			for _, turn := range turns {
				require.NotEmpty(t, turn.Answer)
			}
		}
	})
}

func FuzzServerStream(f *testing.F) {
	f.Add([]byte("data: {\"choices\":[{\"text\":\"a\"}],\"timings\":{\"predicted_n\":3}}\n\ndata: [DONE]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = readStream(bytes.NewReader(data), newClock(time.Now()), &RepairRow{})
	})
}
