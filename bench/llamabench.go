package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"strconv"
	"time"

	"viscoder/engine"
	"viscoder/internal/fault"
)

// llamaResult is the part of llama-bench's JSON rows that is read here.
type llamaResult struct {
	Prompt    int     `json:"n_prompt"`
	Generate  int     `json:"n_gen"`
	Depth     int     `json:"n_depth"`
	SamplesNS []int64 `json:"samples_ns"`
}

// llamaBench runs llama.cpp's own benchmark once, on the same file with as many
// threads, and returns a sample for each of rows (a prefill and a decode).
func llamaBench(ctx context.Context, binary string, info engine.Info, rows []*Row) ([]time.Duration, error) {
	cmd := exec.CommandContext(ctx, binary, "-m", info.Path, "-t", strconv.Itoa(info.Threads), "-d", strconv.Itoa(rows[0].Depth),
		"-p", strconv.Itoa(rows[0].Tokens), "-n", strconv.Itoa(rows[1].Tokens), "-r", "1", "-o", "json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.Wrap(err, fault.Toolchain, "--vs: %s failed: %s", binary, bytes.TrimSpace(stderr.Bytes())).
			WithHint("build it with: make bench-baseline")
	}
	return readLlamaBench(out, rows)
}

// readLlamaBench finds the sample of each row in llama-bench's JSON.
func readLlamaBench(out []byte, rows []*Row) ([]time.Duration, error) {
	var results []llamaResult
	if err := json.Unmarshal(out, &results); err != nil {
		return nil, fault.Wrap(err, fault.Toolchain, "--vs: llama-bench printed no JSON")
	}
	samples := make([]time.Duration, len(rows))
	found := 0
	for _, r := range results {
		row := 0
		if r.Generate > 0 {
			row = 1
		}
		wanted := rows[row].Tokens == r.Prompt+r.Generate && rows[row].Depth == r.Depth
		if !wanted || samples[row] != 0 || len(r.SamplesNS) == 0 || r.SamplesNS[0] <= 0 {
			continue
		}
		samples[row] = time.Duration(r.SamplesNS[0])
		found++
	}
	if found < len(rows) {
		return nil, fault.New(fault.Toolchain, "--vs: llama-bench printed %d of %d rows", found, len(rows))
	}
	return samples, nil
}
