package engine

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"viscoder/engine/draft"
	"viscoder/engine/llama"
	"viscoder/engine/snapshot"
	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
)

// Token is an index into the model's vocabulary.
type Token = llama.Token

// Model is loaded weights with one KV cache, shared by its sessions.
type Model struct {
	*loaded
	info Info
	chat *Chat

	mu      sync.Mutex // held while decoder, batch, free or logitsOf are used
	decoder *llama.Context
	batch   llama.Batch
	options Options
	free    []int    // sequence numbers no session has
	logits  *Session // whose last token the decoder's logits belong to
	pacer   *draft.Pacer

	snapshotKey *snapshot.Key // nil: KV is not kept
}

// Info describes a loaded model.
type Info struct {
	Name          string // the file's own name for itself, else the file name
	Path          string
	Architecture  string
	Params        uint64
	FileBytes     int64
	ContextTokens int // of the KV cache
	VocabSize     int
	Threads       int
	NativeKey     string // of the native build that runs it
	Kernels       string // in use: "ours" or "ggml"
	Load          LoadTimes
}

// Open validates a GGUF file, checks that it fits into memory, and loads it.
// The errors are fault.Model for a bad file, fault.Memory, and ctx's own.
func Open(ctx context.Context, path string, o Options) (*Model, error) {
	start := time.Now()
	if err := o.Validate(); err != nil {
		return nil, err
	}
	file, err := readHeader(path, o)
	if err != nil {
		return nil, err
	}
	return open(ctx, file, o, start)
}

// ReadHeader reads and checks the header of the model at path, from its packed
// weights if there are good ones, which takes a millisecond, else from the file
// itself. In the first case the result has no vocabulary.
func ReadHeader(path string) (*gguf.File, error) { return readHeader(path, Options{}) }

func readHeader(path string, o Options) (*gguf.File, error) {
	if f := newKeeper(path, o).header(); f != nil {
		return f, nil
	}
	return gguf.Open(path)
}

// OpenFile is Open for a file whose header has been read and checked already.
func OpenFile(ctx context.Context, file *gguf.File, o Options) (*Model, error) {
	return open(ctx, file, o, time.Now())
}

func open(ctx context.Context, file *gguf.File, o Options, start time.Time) (*Model, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	o = o.withDefaults(file)
	if err := Estimate(file, o).check(filepath.Base(file.Path), o.ContextTokens, hostinfo.Read().Memory.Available); err != nil {
		return nil, err
	}
	begun := start
	times := LoadTimes{Header: lap(&start)}
	m, err := load(ctx, file, o, &times)
	if err != nil {
		return nil, err
	}
	times.Total = time.Since(begun)
	m.info.Load = times
	return m, nil
}

// load hands a validated file to llama.cpp.
func load(ctx context.Context, file *gguf.File, o Options, times *LoadTimes) (*Model, error) {
	start := time.Now()
	llama.Start(o.Log)
	key := snapshotKey(file.Path, o)
	l, err := loadWeights(ctx, file, o)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fault.Wrap(err, fault.Model, "cannot load %s", file.Path).WithHint("see the reason with --verbose")
	}
	chat, err := newChat(l.vocab)
	if err != nil {
		l.close()
		return nil, fault.Wrap(err, fault.Model, "%s has no usable chat template", file.Path)
	}
	times.Weights = lap(&start)
	decoder, err := llama.NewContext(l.weights, llama.ContextOptions{
		ContextTokens: o.ContextTokens,
		BatchTokens:   o.BatchTokens,
		MicroBatch:    o.MicroBatch,
		Outputs:       o.outputs(),
		Sequences:     o.Sequences,
		Threads:       o.Threads,
		Flash:         Flash(o.Attention),
	})
	if err != nil {
		l.close()
		return nil, fault.Wrap(err, fault.Memory, "cannot make a context of %d tokens for %s", o.ContextTokens, file.Path)
	}
	times.Context = lap(&start)
	times.Mapped = l.keep != nil && l.keep.file != nil
	m := &Model{loaded: l, decoder: decoder, chat: chat, options: o, info: describe(file, l.weights, o),
		pacer: draft.NewPacer(draft.NewCost(o.batchCost())), snapshotKey: key}
	for seq := o.Sequences - 1; seq >= 0; seq-- {
		m.free = append(m.free, seq)
	}
	return m, nil
}

func describe(file *gguf.File, w *llama.Weights, o Options) Info {
	name := file.Name()
	if name == "" {
		name = strings.TrimSuffix(filepath.Base(file.Path), ".gguf")
	}
	return Info{
		Name:          name,
		Path:          file.Path,
		Architecture:  file.Architecture(),
		Params:        w.Info().Params,
		FileBytes:     file.Size,
		ContextTokens: o.ContextTokens,
		VocabSize:     w.Info().VocabSize,
		Threads:       o.Threads,
		NativeKey:     llama.NativeKey,
		Kernels:       string(o.kernelsInUse()),
	}
}

// Info describes the model.
func (m *Model) Info() Info { return m.info }

// Close frees the KV cache and the weights; no session may be used afterwards.
// It may be called twice.
func (m *Model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.decoder != nil {
		m.decoder.Close()
		m.close()
		m.decoder = nil
	}
	return nil
}

// Tokenize turns text into tokens. parseSpecial lets the text spell control
// tokens such as <|im_end|>; foreign text must be tokenized without.
func (m *Model) Tokenize(text string, parseSpecial bool) ([]Token, error) {
	return m.vocab.Tokenize(text, false, parseSpecial)
}

// Text is what tokens spell; control tokens spell nothing.
func (m *Model) Text(tokens []Token) string {
	var out []byte
	for _, t := range tokens {
		out = m.vocab.AppendPiece(out, t, false)
	}
	return string(out)
}

// Chat lays out turns as the model's own template does.
func (m *Model) Chat() *Chat { return m.chat }

var errNoSequence = errors.New("all sequences of the KV cache are in use")

// NewSession begins an empty conversation.
func (m *Model) NewSession() (*Session, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	seq, err := m.takeSequence()
	if err != nil {
		return nil, err
	}
	return &Session{model: m, seq: seq}, nil
}

// takeSequence is called with mu held.
func (m *Model) takeSequence() (int, error) {
	if len(m.free) == 0 {
		return 0, errNoSequence
	}
	seq := m.free[len(m.free)-1]
	m.free = m.free[:len(m.free)-1]
	return seq, nil
}
