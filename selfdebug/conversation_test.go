package selfdebug

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"viscoder/engine"
)

func run(n int, of engine.Token) []engine.Token {
	s := make([]engine.Token, n)
	for i := range s {
		s[i] = of
	}
	return s
}

func TestConversationDropsTheOldestAttempt(t *testing.T) {
	c := conversation{first: run(10, 1)}
	c.answer(run(20, 2))
	c.next(run(5, 3))
	c.answer(run(20, 4))
	c.next(run(5, 5))
	c.answer(run(20, 6))
	assert.Equal(t, 80, c.length())
	assert.Len(t, c.tokens(), 80)

	dropped, ok := c.fit(5, 15, 100)
	assert.True(t, ok)
	assert.Zero(t, dropped, "it fits as it is")

	dropped, ok = c.fit(5, 15, 60)
	assert.True(t, ok)
	assert.Equal(t, 2, dropped)
	assert.Equal(t, append(run(10, 1), run(20, 6)...), c.tokens(), "the request and the latest answer stay")

	_, ok = c.fit(5, 15, 49)
	assert.False(t, ok)
}

func TestUnanswerLeavesTheTurn(t *testing.T) {
	c := conversation{first: run(3, 1)}
	c.answer(run(2, 2))
	c.next(run(2, 3))
	c.answer(run(4, 4))
	c.unanswer()
	assert.Equal(t, 7, c.length())
}
