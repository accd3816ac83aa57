// Package tuning keeps what `viscoder tune` has found out about a model on a
// machine: the settings it runs fastest with, and what batches of tokens cost.
// One small file in the cache folder holds it for one Key; a file that is damaged,
// of another version or of another key is as good as none.
package tuning

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"viscoder/internal/atomicfile"
	"viscoder/internal/place"
)

// Key is what a Result holds for.
type Key struct {
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`      // physical ones that this process may use
	Layout    string `json:"layout"`     // gguf.File.LayoutHash: shapes and types decide the speed
	Kernels   string `json:"kernels"`    // ours or ggml
	NativeKey string `json:"native_key"` // of the native build
}

// Attention says whether attention is evaluated in one fused step.
type Attention string

// The ways of attention. The zero value leaves it to llama.cpp.
const (
	AttentionAuto  Attention = ""
	AttentionFlash Attention = "flash"
	AttentionPlain Attention = "plain"
)

// Result is the fastest way that was found. The zero value says nothing.
type Result struct {
	Threads    int       `json:"threads"`
	MicroBatch int       `json:"micro_batch"` // tokens evaluated at once
	Attention  Attention `json:"attention"`
	Depth      int       `json:"depth"` // tokens in the KV cache at which Curve was taken
	Curve      Curve     `json:"curve"`
}

// document is the file.
type document struct {
	Version int    `json:"version"`
	Key     Key    `json:"key"`
	Result  Result `json:"result"`
}

const (
	version  = 1
	maxBytes = 64 << 10 // of a file
)

// Path is the file of a key.
func Path(k Key) string {
	text, _ := json.Marshal(k) // strings and numbers only
	sum := sha256.Sum256(text)
	return filepath.Join(place.Cache(), "tuning", hex.EncodeToString(sum[:8])+".json")
}

// Load reads what is kept for a key; fs.ErrNotExist says that nothing is.
func Load(k Key) (Result, error) {
	f, err := os.Open(Path(k))
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return Result{}, err
	}
	return parse(data, k)
}

// Save keeps a result for a key, in place of an older one.
func Save(k Key, r Result) error {
	if err := r.Validate(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(document{version, k, r}, "", "  ")
	if err != nil {
		return err
	}
	path := Path(k)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return atomicfile.WriteFile(path, append(data, '\n'), 0o600)
}

// Forget removes what is kept for a key, if anything is.
func Forget(k Key) error {
	if err := os.Remove(Path(k)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// errForeign is a file that holds for something else.
var errForeign = errors.New("it holds for another machine, model or build")

func parse(data []byte, k Key) (Result, error) {
	if len(data) > maxBytes {
		return Result{}, fmt.Errorf("it is larger than %d bytes", maxBytes)
	}
	var d document
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return Result{}, err
	}
	if d.Version != version {
		return Result{}, fmt.Errorf("it has version %d, not %d", d.Version, version)
	}
	if d.Key != k {
		return Result{}, errForeign
	}
	return d.Result, d.Result.Validate()
}

// The largest values that are believed.
const (
	mostThreads    = 4096
	mostMicroBatch = 1 << 16
	mostDepth      = 1 << 24
)

// Validate names the first value that cannot be.
func (r Result) Validate() error {
	switch {
	case r.Threads < 1 || r.Threads > mostThreads:
		return fmt.Errorf("%d threads", r.Threads)
	case r.MicroBatch < 1 || r.MicroBatch > mostMicroBatch:
		return fmt.Errorf("a micro-batch of %d tokens", r.MicroBatch)
	case r.Attention != AttentionAuto && r.Attention != AttentionFlash && r.Attention != AttentionPlain:
		return fmt.Errorf("attention %q", r.Attention)
	case r.Depth < 0 || r.Depth > mostDepth:
		return fmt.Errorf("a depth of %d tokens", r.Depth)
	}
	return r.Curve.Validate()
}
