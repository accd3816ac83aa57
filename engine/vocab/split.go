package vocab

import (
	"unicode"
	"unicode/utf8"
)

// encoder turns one text into tokens.
type encoder struct {
	v     *Vocabulary
	out   []Token
	bytes []byte // of the word at hand
	ids   []uint32
	queue queue
}

const (
	letter = 1 << iota
	number
	space
	other
)

// class is what the pattern asks of a code point.
func class(r rune) int {
	switch {
	case r < 0x80:
		switch {
		case 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z':
			return letter
		case '0' <= r && r <= '9':
			return number
		case r == ' ' || '\t' <= r && r <= '\r':
			return space
		}
		return other
	case unicode.Is(unicode.L, r):
		return letter
	case unicode.Is(unicode.N, r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// scanner walks over the code points of a text.
type scanner struct {
	text string
	at   int // in bytes
}

// look is the code point at hand, its class and its length; past the end the
// class is 0.
func (s *scanner) look() (r rune, kind, n int) {
	if s.at >= len(s.text) {
		return -1, 0, 0
	}
	r, n = utf8.DecodeRuneInString(s.text[s.at:])
	return r, class(r), n
}

// skip passes code points as long as ok, and returns how many.
func (s *scanner) skip(ok func(r rune, kind int) bool) (passed int) {
	for {
		r, kind, n := s.look()
		if n == 0 || !ok(r, kind) {
			return passed
		}
		s.at += n
		passed++
	}
}

func isLetter(_ rune, kind int) bool { return kind == letter }
func isOther(_ rune, kind int) bool  { return kind == other }
func isNewline(r rune, _ int) bool   { return r == '\r' || r == '\n' }

// take makes the first n bytes of s the word at hand. A byte that is no UTF-8
// counts as the replacement character.
func (e *encoder) take(n int, s string) int {
	if utf8.ValidString(s[:n]) {
		e.bytes = append(e.bytes[:0], s[:n]...)
	} else {
		e.bytes = append(e.bytes[:0], string([]rune(s[:n]))...)
	}
	return n
}

// split takes the next word of a text, which is not empty, by Qwen2's pattern
//
//	(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])
//	|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
//
// and returns its length in bytes.
func (e *encoder) split(text string) int {
	if n := contraction(text); n > 0 {
		return e.take(n, text)
	}
	s := scanner{text: text}
	r, kind, n := s.look()
	s.at = n
	if kind == number {
		return e.take(n, text)
	}
	if r != '\r' && r != '\n' {
		if passed := s.skip(isLetter); passed > 0 || kind == letter {
			return e.take(s.at, text)
		}
	}
	if kind == other || r == ' ' {
		if passed := s.skip(isOther); passed > 0 || kind == other {
			s.skip(isNewline)
			return e.take(s.at, text)
		}
	}
	return e.take(spaces(text), text)
}

// spaces is the length of a word of white space.
func spaces(text string) int {
	s := scanner{text: text}
	newline, last, count := 0, 0, 0
	for {
		r, kind, n := s.look()
		if kind != space {
			break
		}
		last = s.at
		s.at += n
		count++
		if r == '\r' || r == '\n' {
			newline = s.at
		}
	}
	switch {
	case newline > 0:
		return newline
	case count > 1 && s.at < len(text):
		return last // the last space belongs to the word that follows
	}
	return s.at
}

// contraction is the length of a contraction such as 're at the start of a text.
func contraction(text string) int {
	if text[0] != '\'' || len(text) < 2 {
		return 0
	}
	lower := func(i int) byte {
		if i < len(text) && 'A' <= text[i] && text[i] <= 'Z' {
			return text[i] | 0x20
		}
		if i < len(text) {
			return text[i]
		}
		return 0
	}
	switch a, b := lower(1), lower(2); {
	case a == 's' || a == 't' || a == 'm' || a == 'd':
		return 2
	case a == 'r' && b == 'e' || a == 'v' && b == 'e' || a == 'l' && b == 'l':
		return 3
	}
	return 0
}
