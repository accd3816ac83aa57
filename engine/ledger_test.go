package engine

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLedgerReplaceKeepsTheCommonPrefix(t *testing.T) {
	var l ledger
	l.grow(1, 2, 3, 4, 5)
	l.evaluated(4)
	assert.Equal(t, []Token{5}, l.pending())

	assert.Equal(t, 3, l.replace([]Token{1, 2, 3, 9}))
	assert.Equal(t, []Token{1, 2, 3, 9}, l.tokens)
	assert.Equal(t, 3, l.held)

	assert.Equal(t, 4, l.replace([]Token{1, 2, 3, 9, 10}), "held is less than the common prefix")
	assert.Equal(t, 3, l.held)
	assert.Equal(t, 0, l.replace(nil))
	assert.Empty(t, l.tokens)
	assert.Zero(t, l.held)
}

func TestLedgerCloneIsIndependent(t *testing.T) {
	var l ledger
	l.grow(1, 2, 3)
	c := l.clone()
	l.rewind(1)
	l.grow(7)
	assert.Equal(t, []Token{1, 2, 3}, c.tokens)
}

// FuzzLedger drives the ledger beside a naive model of the cache: a slice of the
// tokens whose KV would really be there.
func FuzzLedger(f *testing.F) {
	f.Add([]byte{0, 5, 1, 3, 2, 2, 3, 1, 4, 9})
	f.Add([]byte{0, 200, 1, 100, 4, 7, 1, 255})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var l ledger
		var conversation, cache []Token
		for i := 0; i+1 < len(ops); i += 2 {
			n := int(ops[i+1])
			switch ops[i] % 5 {
			case 0: // a turn arrives
				for k := range n % 16 {
					conversation = append(conversation, Token(k%3))
					l.grow(Token(k % 3))
				}
			case 1: // part of what is pending is evaluated
				k := min(n, len(l.pending()))
				cache = append(cache, l.pending()[:k]...)
				l.evaluated(k)
			case 2: // rewind
				to := n % (len(conversation) + 1)
				conversation = conversation[:to]
				l.rewind(to)
			case 3: // KV lost
				l.forget(n % (len(conversation) + 1))
			case 4: // another conversation
				other := slices.Clone(conversation[:n%(len(conversation)+1)])
				other = append(other, Token(n%3), Token(n%2))
				want := CommonPrefix(conversation, other)
				require.Equal(t, want, l.replace(other))
				conversation = other
			}
			// The engine truncates the cache to what the ledger counts.
			require.LessOrEqual(t, l.held, len(cache))
			cache = cache[:l.held]
			require.True(t, slices.Equal(conversation, l.tokens), "conversation %v, ledger %v", conversation, l.tokens)
			require.True(t, slices.Equal(cache, l.tokens[:l.held]), "cache %v, ledger %v", cache, l.tokens[:l.held])
		}
	})
}
