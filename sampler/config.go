package sampler

import (
	"math"
	"slices"

	"viscoder/internal/fault"
)

// Token is an index into the model's vocabulary.
type Token = int32

// None is the answer when there is nothing to choose from.
const None Token = -1

// Defaults of llama.cpp (common/common.h), taken where a penalty is switched
// on and its window or shape is left at zero.
const (
	defaultLastN         = 64
	defaultDRYBase       = 1.75
	defaultAllowedLength = 2
)

// Config says how tokens are picked. The zero value is greedy decoding.
type Config struct {
	Temperature   float32   `json:"temperature"`    // 0 = greedy
	TopK          int       `json:"top_k"`          // tokens kept; 0 = all
	TopP          float32   `json:"top_p"`          // probability mass kept; 0 or 1 = all
	MinP          float32   `json:"min_p"`          // share of the best token's probability; 0 = off
	RepeatPenalty float32   `json:"repeat_penalty"` // 0 or 1 = off; above 1 discourages
	RepeatLastN   int       `json:"repeat_last_n"`  // tokens looked back at; 0 = 64, -1 = all
	DRY           DRYConfig `json:"dry"`
	Seed          uint64    `json:"seed"` // same seed, same logits: same tokens
}

// DRYConfig is the penalty against repeated sequences; see DRY.
type DRYConfig struct {
	Multiplier    float32 `json:"multiplier"`         // 0 = off
	Base          float32 `json:"base"`               // 0 = 1.75
	AllowedLength int     `json:"allowed_length"`     // longest repetition left unpunished; 0 = 2
	LastN         int     `json:"penalty_last_n"`     // tokens looked back at; 0 = 64, -1 = all
	Breakers      []Token `json:"breakers,omitempty"` // tokens at which a repetition ends
}

// Validate returns a fault.Usage error that names the field and its flag.
func (c Config) Validate() error {
	for _, f := range []struct {
		name   string
		value  float64
		lo, hi float64
	}{
		{"temperature (--temperature)", float64(c.Temperature), 0, math.MaxFloat32},
		{"top_k (--top-k)", float64(c.TopK), 0, math.MaxInt32},
		{"top_p (--top-p)", float64(c.TopP), 0, 1},
		{"min_p (--min-p)", float64(c.MinP), 0, 1},
		{"repeat_penalty (--repeat-penalty)", float64(c.RepeatPenalty), 0, math.MaxFloat32},
		{"repeat_last_n (--repeat-last-n)", float64(c.RepeatLastN), -1, math.MaxInt32},
		{"dry.multiplier (--dry-multiplier)", float64(c.DRY.Multiplier), 0, math.MaxFloat32},
		{"dry.penalty_last_n (--dry-penalty-last-n)", float64(c.DRY.LastN), -1, math.MaxInt32},
		{"dry.allowed_length (--dry-allowed-length)", float64(c.DRY.AllowedLength), 0, math.MaxInt32},
	} {
		if !(f.value >= f.lo && f.value <= f.hi) { // the negation also catches NaN
			return fault.New(fault.Usage, "%s is %v; it must be between %v and %v", f.name, f.value, f.lo, f.hi)
		}
	}
	base := float64(c.DRY.Base)
	if base != 0 && !(base >= 1 && base <= math.MaxFloat32) {
		return fault.New(fault.Usage, "dry.base (--dry-base) is %v; it must be 1 or more, or 0 for the default %v", base, defaultDRYBase)
	}
	if slices.ContainsFunc(c.DRY.Breakers, func(t Token) bool { return t < 0 }) {
		return fault.New(fault.Usage, "dry.breakers holds a negative token number")
	}
	return nil
}

// filters lists the filters that c switches on, in the order of the package
// documentation. Greedy decoding needs none behind the penalties.
func (c Config) filters() []Filter {
	var chain []Filter
	if c.RepeatPenalty != 0 && c.RepeatPenalty != 1 {
		chain = append(chain, Repetition{Penalty: c.RepeatPenalty, LastN: window(c.RepeatLastN)})
	}
	if c.DRY.Multiplier != 0 {
		chain = append(chain, newDRY(c.DRY))
	}
	if c.Temperature == 0 {
		return chain
	}
	if c.TopK > 0 {
		chain = append(chain, TopK(c.TopK))
	}
	if c.TopP > 0 && c.TopP < 1 {
		chain = append(chain, TopP(c.TopP))
	}
	if c.MinP > 0 {
		chain = append(chain, MinP(c.MinP))
	}
	return append(chain, Temperature(c.Temperature))
}

// history is how many tokens the filters of c look back at.
func (c Config) history() int {
	n := 0
	if c.RepeatPenalty != 0 && c.RepeatPenalty != 1 {
		n = window(c.RepeatLastN)
	}
	if c.DRY.Multiplier != 0 {
		n = max(n, window(c.DRY.LastN))
	}
	return n
}

func window(lastN int) int {
	switch lastN {
	case 0:
		return defaultLastN
	case -1:
		return math.MaxInt
	}
	return lastN
}
