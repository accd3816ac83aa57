// Package engine runs a language model for conversations that are repaired turn
// by turn. A Model holds weights and one KV cache; a Session is one conversation
// in it, with a ledger of the tokens whose keys and values the cache holds, so
// that a turn costs only what is new in it.
//
// Sessions of a Model may be used by several goroutines: each call takes the
// model's decoder for its time. A single Session is used by one at a time.
package engine
