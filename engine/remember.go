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

// snapshotKey is what the KV of this model depends on beside the tokens.
func (m *Model) snapshotKey() (snapshot.Key, error) {
	identity, err := packed.Identify(m.info.Path)
	if err != nil {
		return snapshot.Key{}, err
	}
	return snapshot.Key{Model: hex.EncodeToString(identity[:]), Layout: llama.LayoutKey() + " " + m.info.NativeKey + " " + m.info.Kernels, KVType: "f16"}, nil
}

// Restore gives an empty session the KV of the longest beginning of a
// conversation that an earlier process kept, and returns its length in tokens; 0
// if there is none, or none that can be used: then it is evaluated as ever. The
// session holds exactly those tokens; Sync brings the rest.
func (s *Session) Restore(store snapshot.Store, conversation []Token) int {
	if len(s.ledger.tokens) > 0 {
		return 0
	}
	key, err := s.model.snapshotKey()
	if err != nil {
		return 0
	}
	snap, ok := store.Longest(key, conversation)
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
	key, err := s.model.snapshotKey()
	if err != nil {
		return err
	}
	tokens := s.ledger.tokens[:n]
	if store.Has(key, tokens) {
		return nil
	}
	state, err := s.state(n)
	if err != nil {
		return err
	}
	return store.Save(snapshot.Snapshot{Key: key, Tokens: tokens, State: state})
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
