package eval

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeJudge is a server that speaks like a judge and sees nothing: it gives 80 to
// a task and 60 to a likeness, after one answer that the endpoint is busy.
type fakeJudge struct {
	t     *testing.T
	asked []string // texts of the questions
	busy  bool
}

func (f *fakeJudge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	assert.Equal(f.t, "/v1/chat/completions", r.URL.Path)
	assert.Equal(f.t, "Bearer secret", r.Header.Get("Authorization"))
	if !f.busy {
		f.busy = true
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	var body struct {
		Model       string
		Temperature float64
		Messages    []struct{ Content json.RawMessage }
	}
	assert.NoError(f.t, json.NewDecoder(r.Body).Decode(&body))
	var parts []struct {
		Type, Text string
		ImageURL   struct{ URL string } `json:"image_url"`
	}
	assert.NoError(f.t, json.Unmarshal(body.Messages[1].Content, &parts))
	assert.Equal(f.t, "sees", body.Model)
	f.asked = append(f.asked, parts[0].Text)
	score := "80"
	if len(parts) == 3 {
		score = "60"
	}
	for _, p := range parts[1:] {
		assert.True(f.t, strings.HasPrefix(p.ImageURL.URL, "data:image/png;base64,"), p.ImageURL.URL)
	}
	answer := map[string]any{"choices": []any{map[string]any{"message": map[string]any{"content": "Fine.\n[FINAL SCORE]: " + score}}}}
	assert.NoError(f.t, json.NewEncoder(w).Encode(answer))
}

func TestJudgeAsksAFakeOfAJudge(t *testing.T) {
	fake := &fakeJudge{t: t}
	server := httptest.NewServer(fake)
	defer server.Close()
	judge := &Judge{URL: server.URL + "/v1/", Model: "sees", Key: "secret"}
	require.NoError(t, judge.Validate())
	dir := t.TempDir()
	png := readAll(t, "", "testdata/pandasplotbench.jsonl")[0].Picture
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.png"), png, 0o600))
	r := Result{Instruction: "Draw x.", Style: "In blue.", Passed: true, Picture: "p.png", Reference: "p.png"}
	scores, err := judge.judge(t.Context(), dir, r)
	require.NoError(t, err)
	assert.Equal(t, 80, *scores.Task)
	assert.Equal(t, 60, *scores.Visual)
	require.Len(t, fake.asked, 2)
	assert.Contains(t, fake.asked[0], "[PLOT TASK]:\nDraw x.\nIn blue.")

	r.Passed = false
	scores, err = judge.judge(t.Context(), dir, r)
	require.NoError(t, err)
	assert.Zero(t, *scores.Task)
	assert.Len(t, fake.asked, 2, "no picture, no question")

	server.Close()
	r.Passed = true
	_, err = judge.judge(t.Context(), dir, r)
	require.ErrorContains(t, err, "--judge: ")
}

func TestScoresOfAnswers(t *testing.T) {
	for answer, want := range map[string]int{"[FINAL SCORE]: 85": 85, "72": 72, "I gave 10.\n[FINAL SCORE] **100**": 100,
		"[FINAL SCORE]: 7 / 100": 7, "fine": -1, "": -1, "[FINAL SCORE]: 101": -1, "[FINAL SCORE]: none": -1} {
		got := parseScore(answer)
		if want < 0 {
			assert.Nil(t, got, answer)
		} else if assert.NotNil(t, got, answer) {
			assert.Equal(t, want, *got, answer)
		}
	}
	for _, wrong := range []Judge{{}, {URL: "ftp://x", Model: "m"}, {URL: "http://x"}} {
		assert.Error(t, wrong.Validate())
	}
}

func FuzzCompletion(f *testing.F) {
	f.Add([]byte(`{"choices":[{"message":{"content":"[FINAL SCORE]: 5"}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if answer, err := completion(body); err == nil {
			if score := parseScore(answer); score != nil && (*score < 0 || *score > 100) {
				t.Fatalf("score %d", *score)
			}
		}
	})
}
