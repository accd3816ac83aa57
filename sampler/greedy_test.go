package sampler

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestGreedy(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name   string
		logits []float32
		want   Token
	}{
		{"none", nil, None},
		{"one", []float32{-5}, 0},
		{"last", []float32{1, 2, 3}, 2},
		{"first among equals", []float32{1, 3, 3}, 1},
		{"NaN first", []float32{nan, 1, 2}, 2},
		{"NaN around", []float32{1, nan, 0, nan}, 0},
		{"all NaN", []float32{nan, nan}, 0},
		{"only -Inf beside NaN", []float32{nan, -inf}, 1},
		{"all -Inf", []float32{-inf, -inf}, 0},
		{"+Inf", []float32{1, inf, nan, inf}, 1},
	} {
		assert.Equal(t, c.want, Greedy(c.logits), c.name)
	}
}

func TestGreedyFindsAPlantedMaximumAnywhere(t *testing.T) {
	logits := randomLogits(rand.New(rand.NewPCG(1, 1)), 1003)
	for i := range logits {
		kept := logits[i]
		logits[i] = 1000
		if got := Greedy(logits); got != Token(i) {
			t.Fatalf("planted at %d, found %d", i, got)
		}
		logits[i] = kept
	}
}

func BenchmarkGreedy152k(b *testing.B) {
	logits := randomLogits(rand.New(rand.NewPCG(1, 1)), qwenVocabulary)
	for b.Loop() {
		Greedy(logits)
	}
}

func BenchmarkChain152k(b *testing.B) {
	logits := randomLogits(rand.New(rand.NewPCG(1, 1)), qwenVocabulary)
	for _, c := range []struct {
		name string
		cfg  Config
	}{
		{"greedy+repetition", Config{RepeatPenalty: 1.1}},
		{"top-k 40", Config{Temperature: 0.8, TopK: 40}},
		{"top-k 40 top-p min-p dry", Config{Temperature: 0.8, TopK: 40, TopP: 0.95, MinP: 0.05, RepeatPenalty: 1.1, DRY: DRYConfig{Multiplier: 0.8}}},
		{"top-p 0.95", Config{Temperature: 0.8, TopP: 0.95}},
		{"min-p 0.05", Config{Temperature: 0.8, MinP: 0.05}},
		{"temperature", Config{Temperature: 0.8}},
	} {
		b.Run(c.name, func(b *testing.B) {
			chain, err := New(c.cfg)
			if err != nil {
				b.Fatal(err)
			}
			for i := range 64 {
				chain.Accept(Token(i % 7))
			}
			for b.Loop() {
				chain.Sample(logits)
			}
		})
	}
}
