package engine

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
	"viscoder/sampler"
)

var background = context.Background()

const story = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2, 3])\nax.set_title('sales')\n"

// Five ways to the same conversation give the same logits.
func TestEveryWayToAConversationGivesTheSameLogits(t *testing.T) {
	m := tiny(t, Options{BatchTokens: 32})
	all := tokens(t, m, story)
	require.Greater(t, len(all), 40)
	half := len(all) / 2

	oneShot := session(t, m)
	_, err := oneShot.Append(background, all)
	require.NoError(t, err)
	want := logits(t, oneShot)

	byToken := session(t, m)
	for _, token := range all {
		_, err := byToken.Append(background, []Token{token})
		require.NoError(t, err)
	}
	requireSameRow(t, want, logits(t, byToken))

	rewound := session(t, m)
	_, err = rewound.Append(background, append(append([]Token{}, all[:half]...), all[:half]...))
	require.NoError(t, err)
	require.NoError(t, rewound.Rewind(half))
	_, err = rewound.Append(background, all[half:])
	require.NoError(t, err)
	requireSameRow(t, want, logits(t, rewound))

	parent := session(t, m)
	_, err = parent.Append(background, all[:half])
	require.NoError(t, err)
	child, err := parent.Fork()
	require.NoError(t, err)
	defer child.Close()
	_, err = parent.Append(background, tokens(t, m, "another end"))
	require.NoError(t, err)
	_, err = child.Append(background, all[half:])
	require.NoError(t, err)
	requireSameRow(t, want, logits(t, child))

	synced := session(t, m)
	_, err = synced.Append(background, append(append([]Token{}, all[:half]...), tokens(t, m, "dropped")...))
	require.NoError(t, err)
	p, err := synced.Sync(background, all)
	require.NoError(t, err)
	assert.Equal(t, half, p.Reused)
	assert.Equal(t, len(all)-half, p.Evaluated)
	requireSameRow(t, want, logits(t, synced))
	requireSameRow(t, want, logits(t, oneShot)) // other sessions took the decoder in between
}

func TestATurnEvaluatesOnlyItself(t *testing.T) {
	m := tiny(t, Options{})
	s := session(t, m)
	first := tokens(t, m, story)
	p, err := s.Append(background, first)
	require.NoError(t, err)
	assert.Equal(t, Prefill{Evaluated: len(first), Elapsed: p.Elapsed}, p)

	g, err := s.Generate(background, GenerateOptions{MaxTokens: 5})
	require.NoError(t, err)
	require.Len(t, g.Tokens, 5)
	assert.Equal(t, StopLimit, g.Stopped)
	assert.Equal(t, append(append([]Token{}, first...), g.Tokens...), s.Tokens())

	turn := tokens(t, m, "that failed")
	p, err = s.Append(background, turn)
	require.NoError(t, err)
	assert.Equal(t, len(turn), p.Evaluated)
	assert.Equal(t, len(first)+4, p.Reused)
	assert.Equal(t, 1, p.Carried, "the last generated token has no KV before the next turn")

	// The same conversation again costs one token: the one whose logits are needed.
	p, err = s.Sync(background, s.Tokens())
	require.NoError(t, err)
	assert.Equal(t, 1, p.Evaluated)
}

func TestGenerateGoesOnWhereItStopped(t *testing.T) {
	m := tiny(t, Options{})
	whole, parts := session(t, m), session(t, m)
	for _, s := range []*Session{whole, parts} {
		_, err := s.Append(background, tokens(t, m, story))
		require.NoError(t, err)
	}
	g, err := whole.Generate(background, GenerateOptions{MaxTokens: 12})
	require.NoError(t, err)
	var got []Token
	for range 3 {
		part, err := parts.Generate(background, GenerateOptions{MaxTokens: 4})
		require.NoError(t, err)
		got = append(got, part.Tokens...)
	}
	assert.Equal(t, g.Tokens, got)
}

func TestGenerateStopsAtTheStopString(t *testing.T) {
	m := tiny(t, Options{})
	s := session(t, m)
	_, err := s.Append(background, tokens(t, m, story))
	require.NoError(t, err)
	whole, err := s.Generate(background, GenerateOptions{MaxTokens: 20})
	require.NoError(t, err)
	stop := m.Text(whole.Tokens[8:9])
	require.NotEmpty(t, stop)
	require.NoError(t, s.Rewind(s.Len()-len(whole.Tokens)))

	var streamed string
	g, err := s.Generate(background, GenerateOptions{MaxTokens: 20, Stop: []string{stop}, OnText: func(text string) { streamed += text }})
	require.NoError(t, err)
	assert.Equal(t, StopString, g.Stopped)
	assert.Equal(t, stop, g.StopString)
	assert.NotContains(t, g.Text, stop)
	assert.Equal(t, g.Text, streamed)
	assert.Equal(t, whole.Tokens[:len(g.Tokens)], g.Tokens, "the tokens of the stop string stay in the conversation")
}

func TestCancelEndsWithinOneStep(t *testing.T) {
	m := tiny(t, Options{})
	s := session(t, m)
	_, err := s.Append(background, tokens(t, m, story))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	calls := 0
	g, err := s.Generate(ctx, GenerateOptions{OnText: func(string) {
		if calls++; calls == 3 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, StopCancelled, g.Stopped)
	assert.Equal(t, 3, calls)
	_, err = s.Generate(background, GenerateOptions{MaxTokens: 1})
	require.NoError(t, err, "the session goes on after a cancelled generation")
}

func TestCancelledPrefillCanBeTakenUpAgain(t *testing.T) {
	m := tiny(t, Options{BatchTokens: 16})
	all := tokens(t, m, story)
	reference := session(t, m)
	_, err := reference.Append(background, all)
	require.NoError(t, err)
	s := session(t, m)
	ctx, cancel := context.WithCancel(background)
	cancel()
	_, err = s.Append(ctx, all)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Append(background, nil)
	require.NoError(t, err)
	requireSameRow(t, logits(t, reference), logits(t, s))
}

func TestTooLongAConversationIsRefusedBeforeItIsEvaluated(t *testing.T) {
	m := tiny(t, Options{ContextTokens: 256})
	s := session(t, m)
	_, err := s.Append(background, make([]Token, 300))
	require.Error(t, err)
	assert.Equal(t, fault.Usage, fault.CodeOf(err))
	assert.Contains(t, err.Error(), "300 tokens")
	assert.Contains(t, fault.HintOf(err), "--ctx")
	assert.Zero(t, s.Len())

	_, err = s.Append(background, tokens(t, m, story))
	require.NoError(t, err)
	g, err := s.Generate(background, GenerateOptions{})
	require.NoError(t, err)
	assert.Contains(t, []StopReason{StopContext, StopEOG}, g.Stopped)
	assert.LessOrEqual(t, s.Len(), 256)
}

func TestSequencesAreGivenBack(t *testing.T) {
	m := tiny(t, Options{Sequences: 2})
	a, b := session(t, m), session(t, m)
	_, err := m.NewSession()
	require.Error(t, err)
	_, err = a.Fork()
	require.Error(t, err)
	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	c, err := a.Fork()
	require.NoError(t, err)
	require.NoError(t, c.Close())
	_, err = b.Append(background, []Token{1})
	require.Error(t, err, "a closed session")
}

func TestSamplingIsReproducibleBySeed(t *testing.T) {
	m := tiny(t, Options{})
	run := func(seed uint64) []Token {
		s := session(t, m)
		_, err := s.Append(background, tokens(t, m, story))
		require.NoError(t, err)
		chain, err := sampler.New(sampler.Config{Temperature: 1, Seed: seed})
		require.NoError(t, err)
		g, err := s.Generate(background, GenerateOptions{MaxTokens: 16, Sampler: chain})
		require.NoError(t, err)
		return g.Tokens
	}
	assert.Equal(t, run(7), run(7))
	assert.NotEqual(t, run(7), run(8))
}

func TestRewindOutsideTheConversation(t *testing.T) {
	s := session(t, tiny(t, Options{}))
	require.Error(t, s.Rewind(1))
	require.Error(t, s.Rewind(-1))
	_, err := s.Generate(background, GenerateOptions{MaxTokens: 1})
	require.Error(t, err, "generate before any prompt")
}
