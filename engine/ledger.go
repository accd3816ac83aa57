package engine

// ledger knows which tokens a conversation consists of and for how many of them,
// from the start, the KV cache holds keys and values. It is arithmetic only.
//
// Rule: 0 <= held <= len(tokens), and tokens[:held] is exactly what the cache
// holds at positions 0…held-1 of the session's sequence.
type ledger struct {
	tokens []Token
	held   int
}

// grow appends tokens that are not evaluated yet.
func (l *ledger) grow(tokens ...Token) { l.tokens = append(l.tokens, tokens...) }

// pending are the tokens without KV.
func (l *ledger) pending() []Token { return l.tokens[l.held:] }

// evaluated records that the cache now holds n more tokens.
func (l *ledger) evaluated(n int) { l.held += n }

// rewind drops every token from position n on.
func (l *ledger) rewind(n int) {
	l.tokens = l.tokens[:n]
	l.held = min(l.held, n)
}

// forget drops KV from position n on and keeps the tokens.
func (l *ledger) forget(n int) { l.held = min(l.held, n) }

// replace makes conversation the content and keeps the KV of the prefix both
// have in common. It returns how long that prefix is, in tokens.
func (l *ledger) replace(conversation []Token) (common int) {
	common = CommonPrefix(l.tokens, conversation)
	l.tokens = append(l.tokens[:common], conversation[common:]...)
	l.held = min(l.held, common)
	return common
}

// clone is an independent copy.
func (l *ledger) clone() ledger {
	return ledger{tokens: append([]Token(nil), l.tokens...), held: l.held}
}

// CommonPrefix counts the leading tokens that a and b share.
func CommonPrefix(a, b []Token) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
