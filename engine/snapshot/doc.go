// Package snapshot keeps the KV cache of conversations on disk, so that what was
// evaluated once, such as the instructions that every request begins with, is
// read instead of evaluated again. It knows files and bytes, no model and no C.
package snapshot

// Token is an index into the model's vocabulary.
type Token = int32

// Key says where a state fits. Everything that decides about the bytes must be in
// it: a state under another key is never loaded.
type Key struct {
	Model  string // identity of the weights
	Layout string // of the engine's native build and the kernels in use
	KVType string // of the cached keys and values, such as f16
}

// Snapshot is the KV cache of a conversation.
type Snapshot struct {
	Key    Key
	Tokens []Token // at positions 0…len-1
	State  []byte  // the decoder's own form
}
