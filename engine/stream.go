package engine

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// piecer spells a token; llama.Weights is one.
type piecer interface {
	AppendPiece(out []byte, t Token, special bool) []byte
}

// stream turns tokens into text: it hands on only whole runes, and holds back
// what may be the beginning of a stop string.
type stream struct {
	stops  []string
	onText func(string)
	buf    []byte
	sent   int // bytes of buf handed on
}

func newStream(stops []string, onText func(string)) *stream {
	return &stream{stops: stops, onText: onText}
}

// add takes the next token and returns the stop string it completes, if any;
// the text ends before that.
func (s *stream) add(p piecer, t Token) (stop string) {
	from := len(s.buf)
	s.buf = p.AppendPiece(s.buf, t, false)
	if at, stop := s.firstStop(from); stop != "" {
		s.buf = s.buf[:at]
		return stop
	}
	s.send(len(s.buf) - s.heldBack())
	return ""
}

// firstStop finds the earliest stop string that ends in buf[from:].
func (s *stream) firstStop(from int) (at int, found string) {
	at = len(s.buf)
	for _, stop := range s.stops {
		if stop == "" {
			continue
		}
		begin := max(0, from-len(stop)+1)
		if i := bytes.Index(s.buf[begin:], []byte(stop)); i >= 0 && begin+i < at {
			at, found = begin+i, stop
		}
	}
	return at, found
}

// heldBack counts the bytes at the end that may still become a stop string or
// are an unfinished rune.
func (s *stream) heldBack() int {
	held := unfinishedRune(s.buf)
	for _, stop := range s.stops {
		for n := min(len(stop)-1, len(s.buf)); n > held; n-- {
			if bytes.HasSuffix(s.buf, []byte(stop[:n])) {
				held = n
				break
			}
		}
	}
	return held
}

// unfinishedRune counts the bytes at the end of b that begin a UTF-8 rune
// without ending it.
func unfinishedRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		tail := b[len(b)-n:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return n
			}
			return 0
		}
	}
	return 0
}

// send hands on buf up to end.
func (s *stream) send(end int) {
	if end <= s.sent {
		return
	}
	if s.onText != nil {
		s.onText(strings.ToValidUTF8(string(s.buf[s.sent:end]), "\uFFFD"))
	}
	s.sent = end
}

// flush hands on what was held back.
func (s *stream) flush() { s.send(len(s.buf)) }

// text is all of it, with bytes that are no UTF-8 replaced.
func (s *stream) text() string { return strings.ToValidUTF8(string(s.buf), "\uFFFD") }
