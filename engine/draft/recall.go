package draft

// maxMatch is the longest agreement that Recall counts; more says nothing more.
const maxMatch = 32

// Recall proposes what followed the longest earlier occurrence of the latest
// tokens, of equals the most recent one. A conversation of 8,192 tokens is
// looked through in some microseconds by the positions of its last token, so
// that no suffix automaton is needed to give the same answer.
type Recall struct {
	text   []Token
	places map[Token][]int32 // positions in text
	latest []Token           // the end of the conversation, at most maxMatch tokens
	learns bool
}

// NewRecall remembers a conversation, and what it grows by.
func NewRecall(conversation []Token) *Recall {
	r := NewCorpus(conversation)
	r.learns = true
	for _, t := range conversation[max(0, len(conversation)-maxMatch):] {
		r.remember(t)
	}
	return r
}

// NewCorpus knows a fixed text only: examples that are not in the conversation.
// Each conversation takes a Cursor of its own.
func NewCorpus(text []Token) *Recall {
	r := &Recall{places: map[Token][]int32{}}
	for _, t := range text {
		r.learn(t)
	}
	return r
}

// Cursor follows a new conversation through the same text, which may be shared
// by any number of them as long as it does not learn.
func (r *Recall) Cursor() *Recall { return &Recall{text: r.text, places: r.places} }

func (r *Recall) learn(t Token) {
	r.places[t] = append(r.places[t], int32(len(r.text)))
	r.text = append(r.text, t)
}

func (r *Recall) remember(t Token) {
	if len(r.latest) == maxMatch {
		r.latest = append(r.latest[:0], r.latest[1:]...)
	}
	r.latest = append(r.latest, t)
}

// Grow implements Source.
func (r *Recall) Grow(t Token) {
	if r.learns {
		r.learn(t)
	}
	r.remember(t)
}

// Propose implements Source.
func (r *Recall) Propose(n int) ([]Token, int) {
	if len(r.latest) == 0 {
		return nil, 0
	}
	best, length := 0, 0
	places := r.places[r.latest[len(r.latest)-1]]
	for i := len(places) - 1; i >= 0 && length < maxMatch; i-- {
		end := int(places[i]) + 1
		if end == len(r.text) {
			continue // nothing follows
		}
		if m := agreement(r.text[:end], r.latest); m > length {
			best, length = end, m
		}
	}
	if length == 0 {
		return nil, 0
	}
	return r.text[best:min(len(r.text), best+n)], length
}

// agreement counts the equal tokens at the ends of a and b.
func agreement(a, b []Token) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[len(a)-1-i] != b[len(b)-1-i] {
			return i
		}
	}
	return n
}
