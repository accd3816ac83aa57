package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Choose asks the model how likely each of several continuations of the
// conversation is, and returns the likeliest one with the log-probabilities, in
// nats, of all: that of the chosen one is exact, those of the others are at most
// what is given, as nothing is evaluated that cannot win. The conversation stays
// as it was. No choice may be empty; equal ones share their tokens' probability,
// and the first of them wins.
func (s *Session) Choose(ctx context.Context, choices [][]Token) (best int, logProb []float64, err error) {
	for i, c := range choices {
		if len(c) == 0 {
			return 0, nil, fmt.Errorf("engine: choice %d is empty", i)
		}
	}
	if len(choices) == 0 {
		return 0, nil, errors.New("engine: nothing to choose from")
	}
	begin := s.Len()
	defer func() {
		if back := s.Rewind(begin); err == nil {
			err = back
		}
	}()
	logProb, read := make([]float64, len(choices)), make([]int, len(choices)) // read: tokens that logProb counts
	if err := s.extend(ctx, choices, logProb, read); err != nil {
		return 0, nil, err
	}
	for {
		best = likeliest(logProb)
		if read[best] == len(choices[best]) {
			return best, logProb, nil
		}
		if err := s.Rewind(begin); err != nil {
			return 0, nil, err
		}
		if _, err := s.Append(ctx, choices[best][:read[best]]); err != nil {
			return 0, nil, err
		}
		if err := s.extend(ctx, choices, logProb, read, choices[best][:read[best]]...); err != nil {
			return 0, nil, err
		}
	}
}

// extend counts one more token of each choice that has been read up to prefix,
// at whose end the session stands.
func (s *Session) extend(ctx context.Context, choices [][]Token, logProb []float64, read []int, prefix ...Token) error {
	s.model.mu.Lock()
	defer s.model.mu.Unlock()
	row, err := s.row(ctx)
	if err != nil {
		return err
	}
	all := logSumExp(row)
	for i, c := range choices {
		if read[i] == len(prefix) && len(c) > len(prefix) && startsWith(c, prefix) {
			logProb[i] += float64(row[c[len(prefix)]]) - all
			read[i]++
		}
	}
	return nil
}

func startsWith(c, prefix []Token) bool {
	for i, t := range prefix {
		if c[i] != t {
			return false
		}
	}
	return true
}

// logSumExp is the logarithm of the sum of exp(x): what turns logits into
// log-probabilities.
func logSumExp(row []float32) float64 {
	highest := float64(row[0])
	for _, x := range row {
		highest = max(highest, float64(x))
	}
	sum := 0.0
	for _, x := range row {
		sum += math.Exp(float64(x) - highest)
	}
	return highest + math.Log(sum)
}

func likeliest(logProb []float64) int {
	best := 0
	for i, p := range logProb {
		if p > logProb[best] {
			best = i
		}
	}
	return best
}
