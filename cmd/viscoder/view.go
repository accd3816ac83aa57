package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// view shows a run while it goes on: the program line by line as it is written,
// and on a terminal a row with the round, the speed and the time.
type view struct {
	screen  *screen
	quiet   bool
	verbose bool
	rounds  int // at most
	stop    func()

	mu      sync.Mutex
	started time.Time
	round   int // from 1
	phase   string
	tokens  int       // of this answer
	writing time.Time // when its first piece came; zero: not yet
	pending string    // the line being written
	blanks  int       // empty lines not yet shown: perhaps the program is over
}

func newView(s *screen, quiet bool) *view {
	return &view{screen: s, quiet: quiet, started: time.Now(), stop: func() {}}
}

// begin starts the moving row.
func (v *view) begin() {
	if !v.quiet {
		v.stop = v.screen.animate(v.rows)
	}
}

// end writes what is left of an unfinished line and removes the moving row.
func (v *view) end() {
	v.stop()
	v.finishCode()
	v.screen.setLive()
}

// finishCode ends an answer: its last line may lack an end.
func (v *view) finishCode() {
	v.mu.Lock()
	rest := ""
	if v.pending != "" {
		rest = v.takeLines("\n")
	}
	v.tokens, v.writing, v.blanks = 0, time.Time{}, 0
	v.mu.Unlock()
	if rest != "" && !v.quiet {
		v.screen.print(rest)
	}
}

// say replaces the phase that the moving row names.
func (v *view) say(phase string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.phase = phase
}

// next begins a round, counted from 1.
func (v *view) next(round int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.round = round
}

// code shows a piece of the answer.
func (v *view) code(piece string, tokens int) {
	v.mu.Lock()
	if v.writing.IsZero() {
		v.writing = time.Now()
	}
	v.tokens += tokens
	lines := v.takeLines(clean(piece))
	v.mu.Unlock()
	if v.quiet {
		return
	}
	if v.screen.tty {
		v.screen.update(lines, v.rows()...)
	} else if lines != "" {
		v.screen.print(lines)
	}
}

// takeLines adds text to the line being written and returns the whole lines, as
// they are shown. It is called with mu held.
func (v *view) takeLines(text string) string {
	lines := strings.Split(v.pending+text, "\n")
	v.pending = lines[len(lines)-1]
	var out strings.Builder
	for _, line := range lines[:len(lines)-1] {
		switch line = strings.TrimRight(line, " \t"); {
		case line == "":
			v.blanks++
		case !strings.HasPrefix(strings.TrimSpace(line), "```"): // a fence is not for the reader
			out.WriteString(strings.Repeat(v.codeLine(""), v.blanks) + v.codeLine(line))
			v.blanks = 0
		}
	}
	return out.String()
}

// codeLine is one line of the program with a bar at its left.
func (v *view) codeLine(line string) string {
	line = strings.ReplaceAll(line, "\t", "    ")
	if !v.screen.tty {
		return line + "\n"
	}
	var out strings.Builder
	for part := range strings.SplitSeq(ansi.Hardwrap(line, v.screen.width()-3, true), "\n") {
		out.WriteString(v.screen.paint(dim, "│ "+part) + "\n")
	}
	return out.String()
}

// rows are the moving rows: the line being written and what goes on.
func (v *view) rows() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	status := spin(v.started) + " " + v.status(time.Now())
	if strings.TrimSpace(v.pending) == "" || strings.HasPrefix(strings.TrimSpace(v.pending), "`") {
		return []string{status}
	}
	pending := strings.ReplaceAll(v.pending, "\t", "    ")
	return []string{v.screen.paint(dim, "│ "+pending), status}
}

// status is "round 1 of 4 · writing · 34 tok/s · 6 s"; what is not known is left
// out.
func (v *view) status(now time.Time) string {
	var parts []string
	if v.round > 0 {
		parts = append(parts, fmt.Sprintf("round %d of %d", v.round, v.rounds))
	}
	if v.phase != "" {
		parts = append(parts, v.phase)
	}
	if spent := now.Sub(v.writing); v.tokens > 1 && !v.writing.IsZero() && spent > 0 {
		parts = append(parts, fmt.Sprintf("%d tokens", v.tokens), fmt.Sprintf("%.0f tok/s", float64(v.tokens)/spent.Seconds()))
	}
	return strings.Join(append(parts, seconds(now.Sub(v.started))), " · ")
}
