package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"viscoder/internal/fault"
)

// completions is a client of a llama-server, by the streamed completions of the
// OpenAI API. Prompts go as the very token ids, so that both sides answer the
// same conversation.
type completions struct {
	url    string
	client *http.Client
}

func newCompletions(base string) *completions {
	return &completions{url: strings.TrimSuffix(base, "/") + "/v1/completions", client: &http.Client{}}
}

// completionRequest is the request, with llama-server's cache_prompt.
type completionRequest struct {
	Prompt      []int32  `json:"prompt"`
	MaxTokens   int      `json:"max_tokens"`
	Temperature float64  `json:"temperature"`
	Stop        []string `json:"stop"`
	Stream      bool     `json:"stream"`
	CachePrompt bool     `json:"cache_prompt"`
}

// completionChunk is one event of the stream; llama-server adds timings to the
// last.
type completionChunk struct {
	Choices []struct {
		Text string `json:"text"`
	} `json:"choices"`
	Timings *struct {
		CacheN         int `json:"cache_n"`
		PromptN        int `json:"prompt_n"`
		PredictedN     int `json:"predicted_n"`
		DraftN         int `json:"draft_n"`
		DraftNAccepted int `json:"draft_n_accepted"`
	} `json:"timings"`
	Error *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// answer brings the conversation into the server's cache, untimed, and times the
// turn.
func (c *completions) answer(ctx context.Context, talk conversation, most int) (RepairRow, error) {
	row := RepairRow{Mode: modeServer}
	if err := c.stream(ctx, completionRequest{Prompt: talk.before, MaxTokens: 1}, &RepairRow{}); err != nil {
		return row, err
	}
	prompt := append(append([]int32(nil), talk.before...), talk.next...)
	err := c.stream(ctx, completionRequest{Prompt: prompt, MaxTokens: most, Stop: []string{answerEnd}}, &row)
	return row, err
}

func (c *completions) stream(ctx context.Context, q completionRequest, row *RepairRow) error {
	q.Stream, q.CachePrompt = true, true
	body, err := json.Marshal(q)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return fault.Wrap(err, fault.Usage, "--server")
	}
	request.Header.Set("Content-Type", "application/json")
	clock := newClock(time.Now())
	response, err := c.client.Do(request)
	if err != nil {
		return fault.Wrap(err, fault.Usage, "--server does not answer").WithHint("Start it first: llama-server -m MODEL --port 8080")
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		message, _ := io.ReadAll(io.LimitReader(response.Body, 500))
		return fault.New(fault.Usage, "--server: %s: %s", response.Status, message)
	}
	return readStream(response.Body, clock, row)
}

// longestEvent bounds a line of the stream, in bytes.
const longestEvent = 4 << 20

func readStream(r io.Reader, clock *clock, row *RepairRow) error {
	var first time.Duration
	var text strings.Builder
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestEvent)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if data = strings.TrimSpace(data); !ok || data == "[DONE]" {
			continue
		}
		var chunk completionChunk
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			return fmt.Errorf("the server's stream: %w", err)
		}
		if chunk.Error != nil {
			return fmt.Errorf("the server: %s", chunk.Error.Message)
		}
		if len(chunk.Choices) > 0 && chunk.Choices[0].Text != "" {
			if first == 0 {
				first = time.Since(clock.start)
			}
			clock.piece(chunk.Choices[0].Text)
			text.WriteString(chunk.Choices[0].Text)
		}
		if t := chunk.Timings; t != nil {
			row.PromptEvaluated, row.PromptReused, row.Generated = t.PromptN, t.CacheN, t.PredictedN
			row.Drafted, row.Accepted = t.DraftN, t.DraftNAccepted
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the server's stream: %w", err)
	}
	row.text = text.String()
	if decodes := row.Generated - row.Accepted; decodes > 0 {
		row.MeanAccepted = float64(row.Generated) / float64(decodes)
	}
	clock.fill(row, first)
	return nil
}
