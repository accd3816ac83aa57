//go:build invariants

package engine

import "fmt"

// audit compares ledger and KV cache: the highest position the cache holds is
// the last one the ledger counts.
func (s *Session) audit() error {
	if last := s.model.decoder.KVLast(s.seq); last != s.ledger.held-1 {
		return fmt.Errorf("engine: ledger holds %d tokens, the KV cache ends at position %d", s.ledger.held, last)
	}
	return nil
}
