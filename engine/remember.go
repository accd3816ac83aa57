package engine

import (
	"encoding/hex"
	"errors"
	"path/filepath"

	"viscoder/engine/llama"
	"viscoder/engine/packed"
	"viscoder/engine/snapshot"
	"viscoder/internal/place"
)

// Snapshots is where KV caches are kept between processes.
func Snapshots() snapshot.Store { return snapshot.Store{Dir: filepath.Join(place.Cache(), "kv")} }

// snapshotKey is what the KV of the model at path depends on beside the tokens,
// nil where it cannot be told. It is made as the model is loaded: another file
// may take the place of this one later.
func snapshotKey(path string, o Options) *snapshot.Key {
	identity, err := packed.Identify(path)
	if err != nil {
		return nil
	}
	layout := llama.LayoutKey() + " " + llama.NativeKey + " " + string(o.kernelsInUse())
	return &snapshot.Key{Model: hex.EncodeToString(identity[:]), Layout: layout, KVType: "f16"}
}

// Restore gives an empty session the KV of the longest beginning of a
// conversation that an earlier process kept, and returns its length in tokens; 0
// if there is none, or none that can be used: then it is evaluated as ever. The
// session holds exactly those tokens; Sync brings the rest.
func (s *Session) Restore(store snapshot.Store, conversation []Token) int {
	key := s.model.snapshotKey
	if len(s.ledger.tokens) > 0 || key == nil {
		return 0
	}
	snap, ok := store.Longest(*key, conversation)
	if !ok || len(snap.Tokens) > s.Room() {
		return 0
	}
	m := s.model
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.decoder.SetKVState(s.seq, snap.State); err != nil || m.decoder.KVLast(s.seq) != len(snap.Tokens)-1 {
		m.decoder.KVRemove(s.seq, 0, -1)
		return 0
	}
	s.ledger.grow(snap.Tokens...)
	s.ledger.evaluated(len(snap.Tokens))
	return len(snap.Tokens)
}

// Keep stores the KV of the first n tokens of the conversation, unless it is
// stored already. All of them must be evaluated.
func (s *Session) Keep(store snapshot.Store, n int) error {
	if n <= 0 || n > s.ledger.held {
		return errors.New("engine: only what is evaluated can be kept")
	}
	key := s.model.snapshotKey
	if key == nil {
		return errors.New("engine: the model file cannot be identified")
	}
	tokens := s.ledger.tokens[:n]
	if store.Has(*key, tokens) {
		return nil
	}
	state, err := s.state(n)
	if err != nil {
		return err
	}
	return store.Save(snapshot.Snapshot{Key: *key, Tokens: tokens, State: state})
}

// state is the KV of the first n tokens; a part is read through a sequence of its
// own, which shares the cells.
func (s *Session) state(n int) ([]byte, error) {
	m := s.model
	m.mu.Lock()
	defer m.mu.Unlock()
	if n == s.ledger.held {
		return m.decoder.KVState(s.seq)
	}
	seq, err := m.takeSequence()
	if err != nil {
		return nil, err
	}
	defer func() {
		m.decoder.KVRemove(seq, 0, -1)
		m.free = append(m.free, seq)
	}()
	m.decoder.KVCopy(s.seq, seq, 0, n)
	return m.decoder.KVState(seq)
}
