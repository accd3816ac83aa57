package gguf

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	defaultWidth = 80
	labelWidth   = 16
)

// page is a text of labelled lines, none wider than its width.
type page struct {
	bytes.Buffer
	width int
}

// WriteText prints the summary for a terminal of the given number of columns;
// 0 is 80. Text from the file is made harmless first.
func (s Summary) WriteText(w io.Writer, width int) error {
	if width <= 0 {
		width = defaultWidth
	}
	p := &page{width: width}
	p.line("", "%s", filepath.Base(s.File))
	p.line("name", "%s", orNone(s.Name))
	p.line("licence", "%s", orNone(s.Licence))
	p.line("architecture", "%s, GGUF version %d", s.Architecture, s.Version)
	p.line("file size", "%s", metric(float64(s.SizeBytes), "B"))
	p.line("parameters", "%s, %s, %.2f bits each", metric(float64(s.Parameters), ""), s.Quantization, s.BitsPerWeight)
	p.line("layers", "%d, %d wide, feed-forward %d", s.Layers, s.EmbeddingLength, s.FeedForwardLength)
	p.line("attention", "%d heads over %d key-value heads", s.Heads, s.KVHeads)
	p.line("context", "%d tokens", s.ContextLength)
	p.line("KV cache", "%s a token in F16, %s for the whole context",
		metric(float64(s.KVBytesPerTokenF16), "B"), metric(float64(s.KVBytesPerTokenF16)*float64(s.ContextLength), "B"))
	p.line("decoding reads", "%s of weights a token%s", metric(float64(s.BytesPerDecodedToken), "B"), tiedNote(s.TiedOutput))
	p.line("tokenizer", "%s, %d tokens, %d merges", join(s.Tokenizer.Model, s.Tokenizer.Pre), s.Tokenizer.Tokens, s.Tokenizer.Merges)
	p.line("chat template", "%s", templateNote(s.ChatTemplate))
	p.WriteByte('\n')
	p.types(s)
	_, err := w.Write(p.Bytes())
	return err
}

// line prints a label and its value, cut where the terminal ends.
func (p *page) line(label, format string, args ...any) {
	text := printable(fmt.Sprintf(format, args...))
	if label != "" {
		text = fmt.Sprintf("%-*s%s", labelWidth, label, text)
	}
	if utf8.RuneCountInString(text) > p.width {
		text = string([]rune(text)[:max(p.width-1, 0)]) + "…"
	}
	p.WriteString(strings.TrimRight(text, " ") + "\n")
}

func (p *page) types(s Summary) {
	var whole uint64
	for _, t := range s.TensorTypes {
		whole += t.Bytes
	}
	p.line("", "%-*s%10s%14s%12s%9s", labelWidth, "tensor type", "tensors", "parameters", "bytes", "share")
	for _, t := range s.TensorTypes {
		p.line("", "%-*s%10d%14s%12s%7.1f %%", labelWidth, t.Type, t.Tensors,
			metric(float64(t.Parameters), ""), metric(float64(t.Bytes), "B"), 100*float64(t.Bytes)/float64(max(whole, 1)))
	}
}

// metric writes a number with three figures and a decimal prefix.
func metric(v float64, unit string) string {
	prefixes := []string{"", "k", "M", "G", "T", "P", "E"}
	if unit == "" {
		prefixes[3] = "B" // parameters are counted in billions
	}
	i := 0
	for v >= 999.5 && i < len(prefixes)-1 {
		v /= 1000
		i++
	}
	digits := 2
	switch {
	case i == 0 || v >= 99.95:
		digits = 0
	case v >= 9.995:
		digits = 1
	}
	return strings.TrimRight(fmt.Sprintf("%.*f %s%s", digits, v, prefixes[i], unit), " ")
}

func orNone(s string) string {
	if s == "" {
		return "not given"
	}
	return s
}

func join(model, pre string) string {
	if pre == "" {
		return model
	}
	return model + "/" + pre
}

func tiedNote(tied bool) string {
	if tied {
		return ", output tied to the embedding"
	}
	return ""
}

func templateNote(template string) string {
	if template == "" {
		return "none"
	}
	return fmt.Sprintf("%s, %d characters", templateKind(template), utf8.RuneCountInString(template))
}
