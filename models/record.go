package models

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

// byHand is the source of a model that nobody pulled.
const byHand = "file"

// record is the file beside a model.
type record struct {
	Source   string    `json:"source"`
	Commit   string    `json:"commit,omitempty"` // of the hub's repository
	SHA256   string    `json:"sha256"`
	Bytes    int64     `json:"bytes"`
	Licence  string    `json:"licence,omitempty"`
	PulledAt time.Time `json:"pulled_at"`
}

func (s *Store) recordPath(name string) string { return filepath.Join(s.Dir, name+".json") }

// record reads what is known of a model. A record that does not fit the file,
// as after a file was replaced by hand, counts as none.
func (s *Store) record(name string) (record, bool) {
	var rec record
	data, err := os.ReadFile(s.recordPath(name))
	if err != nil || json.Unmarshal(data, &rec) != nil || !sha256RE.MatchString(rec.SHA256) {
		return record{}, false
	}
	info, err := os.Stat(s.path(name))
	if err != nil || info.Size() != rec.Bytes {
		return record{}, false
	}
	return rec, true
}

func (s *Store) writeRecord(name string, rec record) error {
	rec.PulledAt = s.now().UTC().Truncate(time.Second)
	data, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(s.recordPath(name), append(data, '\n'), 0o600); err != nil {
		return fault.Wrap(err, fault.Model, "record of model %s", name)
	}
	return nil
}
