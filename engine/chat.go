package engine

import (
	"fmt"
	"strings"

	"viscoder/engine/llama"
)

// Chat lays out turns by the model's own template. The template's control tokens
// are parsed as such, the turns' text never is: a request or a data file that
// spells <|im_end|> stays text.
type Chat struct {
	vocab vocabulary
	// What the template puts around the texts.
	open, system, user string // before system, before user, before the answer
	next, nextUser     string // after an answer up to the next user text, and after it
}

// Texts that no template contains mark where the turns' texts stand.
const (
	slotSystem = "\x02viscoder-system\x03"
	slotUser   = "\x02viscoder-user\x03"
	slotAnswer = "\x02viscoder-answer\x03"
	slotNext   = "\x02viscoder-next\x03"
)

func newChat(w vocabulary) (*Chat, error) {
	rendered, err := llama.RenderChat(w.ChatTemplate(), []llama.Turn{
		{Role: "system", Text: slotSystem}, {Role: "user", Text: slotUser},
		{Role: "assistant", Text: slotAnswer}, {Role: "user", Text: slotNext}}, true)
	if err != nil {
		return nil, err
	}
	first, err := llama.RenderChat(w.ChatTemplate(), []llama.Turn{
		{Role: "system", Text: slotSystem}, {Role: "user", Text: slotUser}}, true)
	if err != nil {
		return nil, err
	}
	c := &Chat{vocab: w}
	var ok1, ok2, ok3, ok4 bool
	c.open, first, ok1 = strings.Cut(first, slotSystem)
	c.system, c.user, ok2 = strings.Cut(first, slotUser)
	_, rendered, ok3 = strings.Cut(rendered, slotAnswer)
	c.next, c.nextUser, ok4 = strings.Cut(rendered, slotNext)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil, fmt.Errorf("the template does not show system, user and assistant turns")
	}
	return c, nil
}

// First is the opening of a conversation: system text, user text, and the start
// of the model's answer.
func (c *Chat) First(system, user string) ([]Token, error) {
	tokens, err := c.vocab.Tokenize(c.open, true, true)
	if err != nil {
		return nil, err
	}
	return c.append(tokens, text(system), template(c.system), text(user), template(c.user))
}

// Next ends the answer just generated, adds a user turn, and starts the next answer.
func (c *Chat) Next(user string) ([]Token, error) {
	return c.append(nil, template(c.next), text(user), template(c.nextUser))
}

// Answer is the tokens of an answer that was not generated here, such as a
// program that the user wrote.
func (c *Chat) Answer(answer string) ([]Token, error) { return c.append(nil, text(answer)) }

// part is a stretch of a turn, either the template's or somebody's.
type part struct {
	text     string
	template bool
}

func text(s string) part     { return part{text: s} }
func template(s string) part { return part{text: s, template: true} }

func (c *Chat) append(tokens []Token, parts ...part) ([]Token, error) {
	for _, p := range parts {
		more, err := c.vocab.Tokenize(p.text, false, p.template)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, more...)
	}
	return tokens, nil
}
