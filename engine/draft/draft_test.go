package draft

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func run(from, n int) (out []Token) {
	for i := range n {
		out = append(out, Token(from+i))
	}
	return out
}

func join(parts ...[]Token) (out []Token) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// missed replays text and counts the tokens that the source did not foresee.
func missed(s Source, text []Token) (n int) {
	for _, t := range text {
		if guess, _ := s.Propose(1); len(guess) == 0 || guess[0] != t {
			n++
		}
		s.Grow(t)
	}
	return n
}

func TestEditFindsItsPlaceAgain(t *testing.T) {
	old := run(100, 60)
	for name, c := range map[string]struct {
		text []Token
		most int // tokens that nothing could foresee, and those needed to see it
	}{
		"unchanged":             {old, 0},
		"one token exchanged":   {join(old[:20], run(1, 1), old[21:]), 1},
		"three tokens put in":   {join(old[:20], run(1, 3), old[20:]), 4},
		"ten tokens left out":   {join(old[:20], old[30:]), 1},
		"thirty left out":       {join(old[:20], old[50:]), 4},
		"two exchanged for six": {join(old[:20], run(1, 6), old[22:]), 8},
		"moved to the front":    {join(old[40:], old[:40]), 8},
		"all new":               {run(1, 30), 30},
	} {
		t.Run(name, func(t *testing.T) {
			assert.LessOrEqual(t, missed(NewEdit(old), c.text), c.most)
		})
	}
}

func TestEditLearnsARename(t *testing.T) {
	var old, text []Token
	for i := range 8 {
		old = join(old, run(100+10*i, 4), []Token{7}, run(105+10*i, 4))
		text = join(text, run(100+10*i, 4), []Token{9}, run(105+10*i, 4))
	}
	assert.Equal(t, 1, missed(NewEdit(old), text), "the first exchange is a surprise, the others are not")
	assert.LessOrEqual(t, missed(NewEdit(old), join(text[:18], old[18:])), 2, "and it may end")
}

func TestRecallTakesTheLongestThenTheLatest(t *testing.T) {
	r := NewRecall([]Token{1, 2, 3, 50, 9, 2, 3, 60, 8, 2, 3, 70, 1, 2, 3})
	guess, evidence := r.Propose(2)
	assert.Equal(t, []Token{50, 9}, guess, "three tokens agree with the first place")
	assert.Equal(t, 3, evidence)

	r = NewRecall([]Token{9, 2, 3, 60, 8, 2, 3, 70, 1, 2, 3})
	guess, _ = r.Propose(1)
	assert.Equal(t, []Token{70}, guess, "two agree with both: the later one")

	r.Grow(42)
	guess, evidence = r.Propose(1)
	assert.Empty(t, guess)
	assert.Zero(t, evidence)
}

func TestACorpusServesManyConversationsAndLearnsNone(t *testing.T) {
	corpus := NewCorpus([]Token{1, 2, 3, 4})
	a, b := corpus.Cursor(), corpus.Cursor()
	a.Grow(2)
	b.Grow(3)
	guess, _ := a.Propose(9)
	assert.Equal(t, []Token{3, 4}, guess)
	guess, _ = b.Propose(9)
	assert.Equal(t, []Token{4}, guess)
	b.Grow(77)
	b.Grow(77)
	guess, _ = b.Propose(9)
	assert.Empty(t, guess)
}

func TestCostStartsFromACurveAndFollowsTheHost(t *testing.T) {
	c := NewCost(map[int]float64{1: 10, 4: 12, 64: 100})
	assert.Equal(t, 10.0, c.Of(1))
	assert.Equal(t, 12.0, c.Of(4))
	assert.InDelta(t, 12+88*2.0/60, c.Of(6), 1e-9, "on the way to 64 rows")
	assert.Equal(t, 100.0, c.Of(500))

	c.Observe(1, 20)
	assert.InDelta(t, 24, c.Of(4), 1e-9, "the first decode sets the scale")
	for range 200 {
		c.Observe(1, 20)
		c.Observe(4, 60)
	}
	assert.InDelta(t, 60, c.Of(4), 1)
	assert.InDelta(t, 20, c.Of(1), 1)
	c.Observe(0, 5)
	c.Observe(3, -1)
	assert.InDelta(t, 60, c.Of(4), 1)
}

func TestADraftIsAsLongAsItPays(t *testing.T) {
	length := func(curve map[int]float64, evidence int) int {
		n, _ := NewPacer(NewCost(curve)).length(0, evidence, 60)
		return n
	}
	assert.Greater(t, length(FlatCurve, 20), 12, "sure and cheap")
	assert.Less(t, length(FlatCurve, 0), 4, "a guess")
	assert.Zero(t, length(SteepCurve, 0), "a guess where each row costs as much as the first")
	assert.Greater(t, length(FlatCurve, 20), length(FlatCurve, 2))

	p := NewPacer(NewCost(FlatCurve))
	for range 100 {
		p.verified(0, 20, 4, 0)
	}
	n, _ := p.length(0, 20, 60)
	assert.LessOrEqual(t, n, 1, "what never holds is not tried at length")
	n, _ = p.length(1, 20, 60)
	assert.Positive(t, n, "another kind of source is judged by itself")
	assert.Equal(t, Counts{Decodes: 100, Drafted: 400}, p.Counts())
}

func TestADrafterTakesTheBetterSourceUpToAStop(t *testing.T) {
	never := func(Token) bool { return false }
	old := run(100, 40)
	d := New(NewPacer(NewCost(FlatCurve)), NewEdit(old), nil, NewRecall([]Token{1, 2, 3}))
	d.Grow(old[:30]...)
	guess := d.Propose(5, never)
	require.Equal(t, old[30:35], guess)
	d.Verified(5, 6, 40)
	assert.Len(t, d.Propose(5, func(t Token) bool { return t == 133 }), 3)
	assert.Empty(t, d.Propose(0, never))
}

func FuzzSources(f *testing.F) {
	f.Add([]byte("abcabcabd"), []byte("abxabd"), uint8(4))
	f.Fuzz(func(t *testing.T, old, text []byte, n uint8) {
		tokens := func(b []byte) (out []Token) {
			for _, c := range b {
				out = append(out, Token(c))
			}
			return out
		}
		d := New(NewPacer(NewCost(FlatCurve)), NewEdit(tokens(old)), NewRecall(tokens(old)), NewCorpus(tokens(old)).Cursor())
		random := rand.New(rand.NewPCG(uint64(n), 1))
		for _, t0 := range tokens(text) {
			guess := d.Propose(int(n), func(t Token) bool { return t == 0 })
			require.LessOrEqual(t, len(guess), min(int(n), MaxRows-1))
			require.NotContains(t, guess, Token(0))
			right := 0
			if len(guess) > 0 {
				right = random.IntN(len(guess) + 1)
			}
			d.Verified(right, len(guess)+1, 10*random.Float64())
			d.Grow(guess[:right]...)
			d.Grow(t0)
		}
	})
}
