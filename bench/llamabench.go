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
	SamplesNS []int64 `json:"samples_ns"`
}

// llamaBench runs llama.cpp's own benchmark once, on the same file with as many
// threads, and appends its samples to rows (a prefill row and a decode row).
func llamaBench(ctx context.Context, binary string, info engine.Info, rows []*Row) error {
	cmd := exec.CommandContext(ctx, binary, "-m", info.Path, "-t", strconv.Itoa(info.Threads),
		"-p", strconv.Itoa(rows[0].Tokens), "-n", strconv.Itoa(rows[1].Tokens), "-r", "1", "-o", "json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return fault.Wrap(err, fault.Toolchain, "%s failed: %s", binary, bytes.TrimSpace(stderr.Bytes())).
			WithHint("build it with: make bench-baseline")
	}
	return readLlamaBench(out, rows)
}

// readLlamaBench appends the samples in llama-bench's JSON to the rows of their size.
func readLlamaBench(out []byte, rows []*Row) error {
	var results []llamaResult
	if err := json.Unmarshal(out, &results); err != nil {
		return fault.Wrap(err, fault.Toolchain, "llama-bench printed no JSON")
	}
	found := 0
	for _, r := range results {
		row := rows[0]
		if r.Generate > 0 {
			row = rows[1]
		}
		if row.Tokens != r.Prompt+r.Generate {
			continue
		}
		for _, ns := range r.SamplesNS {
			row.Samples = append(row.Samples, time.Duration(ns))
			found++
		}
	}
	if found < len(rows) {
		return fault.New(fault.Toolchain, "llama-bench printed %d of %d rows", found, len(rows))
	}
	return nil
}
