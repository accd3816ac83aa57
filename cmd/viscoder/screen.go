package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"

	"viscoder/internal/fault"
)

// screen is the stream of messages: it knows whether a person's terminal is at
// its end, how wide that is and whether it may be coloured. Below the text that
// stays it can keep live rows, which each write redraws.
type screen struct {
	mu     sync.Mutex
	w      io.Writer
	tty    bool // rows may be redrawn
	colour bool
	getenv func(string) string

	live []string // rows shown below the text
	rows int      // rows that stand on the screen now
}

// style is an SGR sequence's parameters.
type style string

const (
	plain  style = ""
	dim    style = "2"
	bold   style = "1"
	red    style = "31"
	green  style = "32"
	yellow style = "33"
)

const (
	defaultWidth = 80
	minWidth     = 20
)

func newScreen(w io.Writer, getenv func(string) string) *screen {
	s := &screen{w: w, getenv: getenv}
	s.tty = isTerminal(w) && getenv("TERM") != "dumb" && getenv("TERM") != ""
	s.colour = s.tty && getenv("NO_COLOR") == ""
	return s
}

// configure applies the flags, which are read after the screen is first needed.
func (s *screen) configure(set settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.colour = s.colour && !set.noColor
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width in columns; a terminal may change it at any time.
func (s *screen) width() int {
	if f, ok := s.w.(*os.File); ok && s.tty {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return max(minWidth, columns)
		}
	}
	return defaultWidth
}

// paint colours text where colours are wanted.
func (s *screen) paint(st style, text string) string {
	if !s.colour || st == plain || text == "" {
		return text
	}
	return "\x1b[" + string(st) + "m" + text + "\x1b[0m"
}

// Write lets a log write through the screen.
func (s *screen) Write(p []byte) (int, error) {
	s.print(string(p))
	return len(p), nil
}

// line writes one line that stays.
func (s *screen) line(text string) { s.print(text + "\n") }

// print writes text that stays, above the live rows. With live rows on a
// terminal it has to end with a newline.
func (s *screen) print(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redraw(text, s.live)
}

// setLive replaces the live rows; none removes them. It does nothing where rows
// cannot be redrawn.
func (s *screen) setLive(rows ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redraw("", rows)
}

// update writes text that stays and replaces the live rows at once.
func (s *screen) update(text string, rows ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.redraw(text, rows)
}

// redraw is called with mu held. One write, or the rows would flicker.
func (s *screen) redraw(text string, rows []string) {
	if !s.tty {
		_, _ = io.WriteString(s.w, text)
		return
	}
	var out strings.Builder
	if s.rows > 0 {
		out.WriteString("\r")
		if s.rows > 1 {
			fmt.Fprintf(&out, "\x1b[%dA", s.rows-1)
		}
		out.WriteString("\x1b[J")
	}
	out.WriteString(text)
	// A row as wide as the terminal would wrap in some and not in others, and the
	// "^C" that a terminal shows for Ctrl-C needs room too.
	width := s.width() - len("^C") - 1
	for i, row := range rows {
		if i > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(ansi.Truncate(row, width, "…"))
	}
	s.live, s.rows = rows, len(rows)
	_, _ = io.WriteString(s.w, out.String())
}

// leaveLine moves below the live rows, so that a shell's prompt does not
// overwrite them. It takes no lock, because it is the last thing done.
func (s *screen) leaveLine() {
	if s.tty {
		_, _ = io.WriteString(s.w, "\n")
	}
}

// failure prints an error and its next step.
func (s *screen) failure(err error) {
	text := s.paint(red, "viscoder:") + " " + clean(message(err))
	if hint := fault.HintOf(err); hint != "" {
		text += "\n" + indent(clean(hint), "  ")
	}
	s.update(text + "\n")
}

// message is an error in words; that an interrupted thing was interrupted is
// not said twice.
func message(err error) string {
	var known *fault.Error
	if errors.As(err, &known) && errors.Is(known.Err, context.Canceled) {
		return known.Msg
	}
	return err.Error()
}

// warn prints a warning; --quiet does not hide it.
func (s *screen) warn(text string) { s.line(s.paint(yellow, "warning:") + " " + clean(text)) }

// clean removes what could steer a terminal or hide text from the reader:
// control characters and marks that change the direction of writing. What a
// model, a tool or a file says goes through here before it is shown.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, text)
}

// indent puts prefix before every line.
func indent(text, prefix string) string {
	return prefix + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+prefix)
}
