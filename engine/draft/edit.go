package draft

// How far an edit may move the cursor. Three tokens that agree are looked for
// anywhere near; one that agrees is trusted only just ahead, where it means that
// something was left out.
const (
	editWindow  = 256
	leftOut     = 16
	editContext = 3 // tokens compared when looking for the place again
)

// Edit proposes the rest of an earlier version of the text being written: a
// program that failed while its repair is generated. It starts with the first
// token, follows while both agree, and finds its place again after something
// was changed, put in, left out or renamed.
type Edit struct {
	old     []Token
	cursor  int // of the token expected next
	run     int // latest tokens that agreed
	anchor  int // where old and new parted
	lost    int // tokens since then
	latest  []Token
	renames map[Token]Token // single tokens seen exchanged
	guess   rename          // exchanged, if what follows agrees
	out     []Token
}

type rename struct{ from, to Token }

// NewEdit drafts from old, beginning with its first token.
func NewEdit(old []Token) *Edit {
	// The start of an answer agrees as well as one token does: it is usually the
	// same opening.
	return &Edit{old: old, run: 1, renames: map[Token]Token{}}
}

// Propose implements Source.
func (e *Edit) Propose(n int) ([]Token, int) {
	rest := e.old[min(e.cursor, len(e.old)):]
	e.out = e.out[:0]
	for _, t := range rest[:min(n, len(rest))] {
		e.out = append(e.out, e.renamed(t))
	}
	return e.out, e.run
}

func (e *Edit) renamed(t Token) Token {
	if to, ok := e.renames[t]; ok {
		return to
	}
	return t
}

// Grow implements Source.
func (e *Edit) Grow(t Token) {
	e.latest = append(e.latest, t)
	if len(e.latest) > editContext {
		e.latest = e.latest[1:]
	}
	if e.follow(t) {
		return
	}
	if e.lost == 0 {
		e.anchor = e.cursor
	}
	e.lost++
	e.run = 0
	if at, agreed, ok := e.realign(t); ok {
		e.cursor, e.run, e.lost = at, agreed, 0
		return
	}
	e.cursor = min(e.anchor, len(e.old))
	if e.lost == 1 && e.cursor < len(e.old) {
		e.guess = rename{e.old[e.cursor], t}
		e.cursor++ // exchanged, until the next token says that it was put in
	}
}

// follow steps on if t is what was expected.
func (e *Edit) follow(t Token) bool {
	if e.cursor >= len(e.old) {
		return false
	}
	switch want := e.old[e.cursor]; {
	case t == e.renamed(want):
	case t == want:
		delete(e.renames, want)
	default:
		return false
	}
	if e.lost == 1 {
		e.renames[e.guess.from] = e.guess.to
	}
	e.cursor, e.run, e.lost = e.cursor+1, e.run+1, 0
	return true
}

// realign looks for the place that the latest tokens come from, most agreement
// first, then the nearest after the anchor, then the nearest before it.
func (e *Edit) realign(t Token) (cursor, agreed int, ok bool) {
	for distance := range editWindow {
		for _, at := range [2]int{e.anchor + distance, e.anchor - 1 - distance} {
			if at < 0 || at >= len(e.old) || e.old[at] != t {
				continue
			}
			m := agreement(e.old[:at+1], e.latest)
			if m == 1 && (at < e.anchor || distance >= leftOut) {
				continue
			}
			if m > agreed {
				cursor, agreed, ok = at+1, m, true
			}
		}
		if agreed == editContext {
			break
		}
	}
	return cursor, agreed, ok
}
