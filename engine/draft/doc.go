// Package draft guesses the next tokens of a conversation from text that is
// there already, so that one decode can verify several tokens at once
// (speculative decoding with a deterministic draft, Leviathan et al. 2023,
// arXiv 2211.17192; drafts from text instead of a model: prompt lookup decoding,
// and the reuse of the old file in EfficientEdit, arXiv 2506.02780).
//
// A Source proposes and says on how much evidence. A Pacer has learned what that
// evidence is worth and what a batch of k rows costs on this host, and decides
// how long a draft pays. Drafts never change what is generated, only how fast.
// It is arithmetic on token ids: no model, no C.
package draft

// Token is an index into the model's vocabulary.
type Token = int32

// Source proposes what may come next.
type Source interface {
	// Propose returns up to n tokens that may follow, in memory that is valid
	// until the next call, and the evidence for the first of them: how many of
	// the latest tokens agree with the text the proposal is taken from.
	Propose(n int) (tokens []Token, evidence int)
	// Grow tells the source the token that the conversation went on with.
	Grow(t Token)
}
