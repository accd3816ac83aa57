package eval

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"viscoder/internal/fault"
	"viscoder/renderers/picture"
)

// Judge asks a vision model behind an OpenAI-style endpoint for VisPlotBench's
// two scores. Pictures and requests leave this machine then, which is why it is
// only ever a user's wish.
type Judge struct {
	URL    string       // base address; /chat/completions is added
	Model  string       // as the endpoint knows it
	Key    string       // bearer token; "" sends none
	Client *http.Client // nil: one that gives up after two minutes
}

// Scores are the paper's, 0–100; nil where the judge's answer held none or, for
// Visual, there is no reference.
type Scores struct {
	Task   *int `json:"task"`   // does the picture show what was asked
	Visual *int `json:"visual"` // is it like the reference
}

const (
	judgeTokens   = 3000
	judgeTimeout  = 2 * time.Minute
	judgeAttempts = 4
	judgePause    = time.Second / 4 // doubled before each further try
	maxAnswer     = 4 << 20         // bytes of a response
	maxJudged     = 20 << 20
)

// Validate names what is missing.
func (j *Judge) Validate() error {
	u, err := url.Parse(j.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fault.New(fault.Usage, "--judge: %q is no http address", j.URL).WithHint("such as http://localhost:8000/v1")
	}
	if j.Model == "" {
		return fault.New(fault.Usage, "--judge-model: say which model judges")
	}
	return nil
}

// The judge's instructions follow the paper's procedure in our own words: a
// number of 0 to 100 after a mark, for the task and for the likeness.
const (
	judgeSystem = "You judge pictures that programs drew. Be strict and fair, and end as you are told to."
	judgeTask   = "The picture was drawn for the task below. Rate from 0 to 100 how well it fulfils the task: " +
		"the kind of chart, the data, the labels and everything else the task asks for. " +
		"End with the mark [FINAL SCORE] and the bare number after it.\n\n[PLOT TASK]:\n"
	judgeVisual = "The first picture was drawn by a program, the second is how it should look and would get 100. " +
		"Rate from 0 to 100 how alike they are. Colours do not matter; whether the main idea of the picture is the same does. " +
		"End with the mark [FINAL SCORE] and the bare number after it."
)

// judge scores a task's result. A task without a picture has 0 for both, as in
// the paper, without a question.
func (j *Judge) judge(ctx context.Context, dir string, r Result) (*Scores, error) {
	if r.Picture == "" || !r.Passed {
		s := &Scores{Task: new(int)}
		if r.Reference != "" {
			s.Visual = new(int)
		}
		return s, nil
	}
	s := &Scores{}
	drawn, err := dataAddress(filepath.Join(dir, filepath.FromSlash(r.Picture)))
	if drawn == "" || err != nil {
		return s, err
	}
	if s.Task, err = j.ask(ctx, judgeTask+strings.TrimSpace(r.Instruction+"\n"+r.Style), drawn); err != nil {
		return nil, err
	}
	if r.Reference == "" {
		return s, nil
	}
	wanted, err := dataAddress(filepath.Join(dir, filepath.FromSlash(r.Reference)))
	if wanted == "" || err != nil {
		return s, err
	}
	s.Visual, err = j.ask(ctx, judgeVisual, drawn, wanted)
	return s, err
}

// dataAddress is a picture's bytes in an address; "" where it cannot be sent,
// being too large or without pixels.
func dataAddress(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, "a picture for the judge")
	}
	kind := picture.FormatOf(data[:min(len(data), 16)])
	if kind == "" || len(data) > maxJudged {
		return "", nil
	}
	return "data:image/" + kind + ";base64," + base64.StdEncoding.EncodeToString(data), nil
}

// finalScore is the number after the mark, or an answer that is a number only.
var finalScore = regexp.MustCompile(`(?:\[FINAL SCORE\][\s:*]*|^\s*)(\d{1,3})(?:\D|$)`)

// parseScore reads a judge's answer; nil if it holds no score from 0 to 100.
func parseScore(answer string) *int {
	m := finalScore.FindAllStringSubmatch(answer, -1)
	if m == nil {
		return nil
	}
	n, err := strconv.Atoi(m[len(m)-1][1])
	if err != nil || n > 100 {
		return nil
	}
	return &n
}

// ask sends one question with its pictures. An answer without a score is nil;
// the error is the endpoint's, after some tries.
func (j *Judge) ask(ctx context.Context, question string, pictures ...string) (*int, error) {
	type part map[string]any
	content := []part{{"type": "text", "text": question}}
	for _, p := range pictures {
		content = append(content, part{"type": "image_url", "image_url": part{"url": p}})
	}
	body, err := json.Marshal(part{"model": j.Model, "temperature": 0, "max_tokens": judgeTokens, "messages": []part{
		{"role": "system", "content": judgeSystem}, {"role": "user", "content": content}}})
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		answer, again, err := j.post(ctx, body)
		switch {
		case err == nil:
			return parseScore(answer), nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !again || try == judgeAttempts:
			return nil, fault.Wrap(err, fault.Usage, "--judge: %s", j.URL).WithHint("check the address, --judge-model and $VISCODER_JUDGE_KEY; the same command goes on")
		}
		select {
		case <-time.After(judgePause << try):
		case <-ctx.Done():
		}
	}
}

// post says whether another try may help.
func (j *Judge) post(ctx context.Context, body []byte) (answer string, again bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(j.URL, "/")+"/chat/completions", bytes.NewReader(body))
	if err != nil {
		return "", false, err
	}
	request.Header.Set("Content-Type", "application/json")
	if j.Key != "" {
		request.Header.Set("Authorization", "Bearer "+j.Key)
	}
	client := j.Client
	if client == nil {
		client = &http.Client{Timeout: judgeTimeout}
	}
	response, err := client.Do(request)
	if err != nil {
		return "", true, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return "", true, err
	}
	if response.StatusCode != http.StatusOK {
		return "", response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests,
			fmt.Errorf("%s: %s", response.Status, clip(strings.TrimSpace(string(text)), 300))
	}
	answer, err = completion(text)
	return answer, false, err
}

// completion is the text of a chat completion.
func completion(body []byte) (string, error) {
	var c struct {
		Choices []struct {
			Message struct {
				Content string `json:"content"`
			} `json:"message"`
		} `json:"choices"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return "", fmt.Errorf("no chat completion: %w", err)
	}
	if len(c.Choices) == 0 {
		return "", errors.New("a chat completion without a choice")
	}
	return c.Choices[0].Message.Content, nil
}
