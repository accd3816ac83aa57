package selfdebug

import "viscoder/engine"

// conversation is the turns of a run as tokens. Answers are the very tokens
// that were generated; nothing is tokenized twice.
type conversation struct {
	first     []engine.Token // system and user text, up to the start of the answer
	exchanges []exchange     // answers, each but the last with the turn that followed it
	latest    []engine.Token // the answer given last, taken back or not
}

// exchange is an answer and what the user said to it.
type exchange struct {
	answer []engine.Token
	next   []engine.Token // up to the start of the next answer; nil after the last one
}

// answer records what the model said.
func (c *conversation) answer(tokens []engine.Token) {
	c.exchanges = append(c.exchanges, exchange{answer: tokens})
	c.latest = tokens
}

// unanswer drops the last answer, so that another can be given to the same turn.
func (c *conversation) unanswer() { c.exchanges = c.exchanges[:len(c.exchanges)-1] }

// next records the user's turn after the last answer.
func (c *conversation) next(turn []engine.Token) {
	c.exchanges[len(c.exchanges)-1].next = turn
}

// tokens is the whole conversation.
func (c *conversation) tokens() []engine.Token {
	all := append([]engine.Token(nil), c.first...)
	for _, e := range c.exchanges {
		all = append(append(all, e.answer...), e.next...)
	}
	return all
}

func (c *conversation) length() int {
	n := len(c.first)
	for _, e := range c.exchanges {
		n += len(e.answer) + len(e.next)
	}
	return n
}

// shorten drops the oldest failed attempt with what was said to it, but never
// the latest answer: that is what the user speaks of.
func (c *conversation) shorten() bool {
	if len(c.exchanges) < 2 {
		return false
	}
	c.exchanges = c.exchanges[1:]
	return true
}

// fit shortens the conversation until turn and an answer of reserve tokens fit
// into limit tokens; it says how many attempts went, and whether it fits.
func (c *conversation) fit(turn, reserve, limit int) (dropped int, ok bool) {
	for c.length()+turn+reserve > limit {
		if !c.shorten() {
			return dropped, false
		}
		dropped++
	}
	return dropped, true
}
