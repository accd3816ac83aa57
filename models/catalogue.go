package models

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

//go:embed catalogue.json
var catalogueJSON []byte

// Entry is a model of the catalogue.
type Entry struct {
	Name         string `json:"name"`
	Title        string `json:"title"`
	Params       string `json:"params"`
	Quantization string `json:"quantization"`
	Licence      string `json:"licence"`          // SPDX identifier
	Bytes        int64  `json:"bytes"`            // of the GGUF file; an estimate where SHA256 is empty
	SHA256       string `json:"sha256,omitempty"` // empty = the hub is asked
	MemoryBytes  uint64 `json:"memory_bytes,omitempty"`
	Default      int    `json:"default,omitempty"` // rank among default choices, from 1; 0 = never chosen unasked
	Source       Source `json:"source"`
	Weights      string `json:"weights,omitempty"` // OWNER/REPO of the original weights on the hub
	Note         string `json:"note,omitempty"`    // what of this entry was verified, and how
}

// Source says where an entry's bytes come from: one of the two is set.
type Source struct {
	Hub      string    `json:"hub,omitempty"` // OWNER/REPO/FILE.gguf
	Packages *Packages `json:"packages,omitempty"`
}

// Packages are Python packages whose archives hold the parts of a GGUF file.
type Packages struct {
	Name    string `json:"name"` // "{n}" stands for the part's number, from 1
	Version string `json:"version"`
	Count   int    `json:"count"`
	Member  string `json:"member"` // path.Match pattern of the part inside an archive
}

func (p Packages) name(part int) string {
	return strings.ReplaceAll(p.Name, "{n}", strconv.Itoa(part))
}

// String identifies the source in a model's record.
func (s Source) String() string {
	if p := s.Packages; p != nil {
		return fmt.Sprintf("packages:%s==%s", p.Name, p.Version)
	}
	return hubPrefix + s.Hub
}

// Catalogue returns the known models in the order they are listed.
func Catalogue() []Entry {
	var entries []Entry
	if err := json.Unmarshal(catalogueJSON, &entries); err != nil {
		panic("models: catalogue.json: " + err.Error()) // built in; a test reads it
	}
	return entries
}
