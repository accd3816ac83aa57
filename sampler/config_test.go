package sampler

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

func TestValidateNamesTheField(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for flag, cfg := range map[string]Config{
		"--temperature":        {Temperature: -1},
		"--top-k":              {TopK: -1},
		"--top-p":              {TopP: 1.5},
		"--min-p":              {MinP: nan},
		"--repeat-penalty":     {RepeatPenalty: inf},
		"--repeat-last-n":      {RepeatLastN: -2},
		"--dry-multiplier":     {DRY: DRYConfig{Multiplier: -1}},
		"--dry-base":           {DRY: DRYConfig{Base: 0.5}},
		"--dry-allowed-length": {DRY: DRYConfig{AllowedLength: -1}},
		"--dry-penalty-last-n": {DRY: DRYConfig{LastN: -2}},
		"dry.breakers":         {DRY: DRYConfig{Breakers: []Token{-1}}},
	} {
		_, err := New(cfg)
		require.Error(t, err, flag)
		assert.Equal(t, fault.Usage, fault.CodeOf(err), flag)
		assert.Contains(t, err.Error(), flag)
	}
	assert.NoError(t, Config{}.Validate())
	assert.NoError(t, Config{Temperature: 0.8, TopK: 40, TopP: 1, MinP: 1, RepeatLastN: -1}.Validate())
}

func TestFiltersStandInTheDocumentedOrder(t *testing.T) {
	got := Config{Temperature: 1, TopK: 4, TopP: 0.5, MinP: 0.1, RepeatPenalty: 2, DRY: DRYConfig{Multiplier: 1}}.filters()
	want := []Filter{Repetition{}, DRY{}, TopK(0), TopP(0), MinP(0), Temperature(0)}
	require.Len(t, got, len(want))
	for i := range want {
		assert.IsType(t, want[i], got[i])
	}
	assert.Empty(t, Config{TopK: 4, TopP: 0.5}.filters(), "greedy needs no narrowing")
}

func TestConfigJSONRoundTrip(t *testing.T) {
	want := Config{Temperature: 0.5, TopK: 4, RepeatLastN: -1, DRY: DRYConfig{Multiplier: 1, Breakers: []Token{1, 2}}, Seed: math.MaxUint64}
	data, err := json.Marshal(want)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"repeat_last_n":-1`)
	var got Config
	require.NoError(t, json.Unmarshal(data, &got))
	assert.Equal(t, want, got)
}
