package sampler

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzSample feeds arbitrary float bits, history and settings: a token of the
// vocabulary comes back, NaN only where there is nothing else, and the logits
// stay as they were.
func FuzzSample(f *testing.F) {
	f.Add([]byte{0, 0, 0x80, 0x7f, 0, 0, 0xc0, 0x7f, 1, 2, 3, 4}, []byte{0, 1, 0, 1}, float32(1), float32(0.9), float32(0.1), float32(1.1), 2, uint64(3))
	f.Add([]byte{0, 0, 0x80, 0xff}, []byte{}, float32(0), float32(0), float32(0), float32(0), 0, uint64(0))
	f.Fuzz(func(t *testing.T, bits, history []byte, temperature, topP, minP, penalty float32, topK int, seed uint64) {
		logits := make([]float32, len(bits)/4)
		for i := range logits {
			logits[i] = math.Float32frombits(binary.LittleEndian.Uint32(bits[4*i:]))
		}
		c, err := New(Config{Temperature: temperature, TopK: topK, TopP: topP, MinP: minP, RepeatPenalty: penalty,
			DRY: DRYConfig{Multiplier: penalty, AllowedLength: 1, Breakers: []Token{7}}, Seed: seed})
		if err != nil {
			return
		}
		for _, b := range history {
			c.Accept(Token(b))
		}
		before := append([]byte(nil), bits...)
		got := c.Sample(logits)
		require.Equal(t, before, bits)
		if len(logits) == 0 {
			require.Equal(t, None, got)
			return
		}
		require.GreaterOrEqual(t, got, Token(0))
		require.Less(t, int(got), len(logits))
		if v := logits[got]; v != v {
			require.True(t, nothingToChoose(c, logits), "NaN won over a number")
		}
	})
}

// nothingToChoose says whether penalties and logits left no number at all.
func nothingToChoose(c *Chain, logits []float32) bool {
	c.cands.reset(logits, nil, c.history.tokens)
	defer c.cands.release()
	for _, f := range c.filters {
		switch f.(type) {
		case Repetition, DRY:
			f.Apply(&c.cands)
		}
	}
	for i := range logits {
		if v := c.cands.Logit(Token(i)); v == v {
			return false
		}
	}
	return true
}
