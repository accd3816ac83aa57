package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/internal/fault"
)

func noEnv(string) string { return "" }

// onTerminal makes a screen that believes in a terminal of 80 columns.
func onTerminal() (*screen, *bytes.Buffer) {
	var out bytes.Buffer
	s := newScreen(&out, noEnv)
	s.tty, s.colour = true, true
	return s, &out
}

// emulate paints what a terminal shows after the bytes: text, newlines, and the
// three sequences that the live rows use.
func emulate(t *testing.T, text string) []string {
	t.Helper()
	rows, y, x := [][]rune{nil}, 0, 0
	put := func(r rune) {
		for len(rows[y]) <= x {
			rows[y] = append(rows[y], ' ')
		}
		rows[y][x] = r
		x++
	}
	for text != "" {
		switch {
		case strings.HasPrefix(text, "\x1b["):
			end := strings.IndexFunc(text[2:], func(r rune) bool { return r >= '@' && r <= '~' }) + 2
			switch text[end] {
			case 'A':
				y -= int(text[2] - '0')
				require.GreaterOrEqual(t, y, 0)
			case 'J':
				rows = rows[:y+1]
				rows[y] = rows[y][:min(x, len(rows[y]))]
			case 'm':
			default:
				t.Fatalf("unexpected sequence %q", text[:end+1])
			}
			text = text[end+1:]
			continue
		case text[0] == '\r':
			x = 0
		case text[0] == '\n':
			x, y = 0, y+1
			if y == len(rows) {
				rows = append(rows, nil)
			}
		default:
			r := []rune(text)[0]
			put(r)
			text = text[len(string(r)):]
			continue
		}
		text = text[1:]
	}
	var lines []string
	for _, row := range rows {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return lines
}

func TestLiveRowsStayBelowTheText(t *testing.T) {
	s, out := onTerminal()
	s.line("one")
	s.setLive("writing a", "status 1")
	s.line("two")
	s.update("three\n", "status 2")
	assert.Equal(t, []string{"one", "two", "three", "status 2"}, emulate(t, out.String()))
	s.setLive("a", "b", "c")
	s.setLive()
	s.line("four")
	assert.Equal(t, []string{"one", "two", "three", "four", ""}, emulate(t, out.String()))
}

func TestLiveRowsNeverWrap(t *testing.T) {
	s, out := onTerminal()
	s.setLive(strings.Repeat("図", 100), s.paint(dim, strings.Repeat("x", 100)))
	for _, row := range strings.Split(out.String(), "\n") {
		assert.Less(t, ansi.StringWidth(row), defaultWidth)
		assert.Contains(t, ansi.Strip(row), "…")
	}
}

func TestNothingButTextWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, func(key string) string { return map[string]string{"TERM": "xterm", "COLORTERM": "truecolor"}[key] })
	s.setLive("never seen")
	stop := s.animate(func() []string { return []string{"never seen"} })
	s.line(s.paint(red, "text"))
	s.failure(fault.New(fault.Model, "bad").WithHint("line one\nline two"))
	stop()
	assert.Equal(t, "text\nviscoder: bad\n  line one\n  line two\n", out.String())
}

func TestHostileTextCannotSteerTheTerminal(t *testing.T) {
	s, out := onTerminal()
	s.colour = false
	s.failure(errors.New("a\x1b]0;title\ab\x9b31mc\u202ed\re"))
	assert.Equal(t, "viscoder: a]0;titleb31mcde\n", out.String())
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[2Jb\u2066")
	f.Fuzz(func(t *testing.T, text string) {
		got := clean(text)
		assert.Equal(t, got, clean(got))
		assert.False(t, strings.ContainsAny(got, "\x1b\x07\x08\r\x7f\u009b\u202e"))
	})
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 430 * time.Millisecond: "0.4 s", 12400 * time.Millisecond: "12 s",
		200 * time.Second: "3 min 20 s", 2*time.Hour + 5*time.Minute: "2 h 5 min",
	} {
		assert.Equal(t, want, seconds(d))
	}
}

func TestBar(t *testing.T) {
	assert.Equal(t, "██████████░░░░░░░░░░  50 %", bar(0.5))
	assert.Equal(t, bar(1), bar(7))
	assert.Equal(t, bar(0), bar(-1))
}

func TestStepsSayEveryTenthWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	p := newScreen(&out, noEnv).follow("pulling x", false)
	p.set(0.5, "fast enough to be silent")
	assert.Empty(t, out.String())
	p.started = time.Now().Add(-time.Hour)
	for share := range 100 {
		p.set(float64(share)/100, "1 MB/s")
	}
	p.finish()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 9)
	assert.Equal(t, "pulling x: 10 %, 1 MB/s", lines[0])
}

func TestStepsShowABarOnATerminal(t *testing.T) {
	s, _ := onTerminal()
	p := &steps{screen: s, label: "pulling x", started: time.Now(), share: 0.25, detail: "1 MB/s"}
	assert.Empty(t, p.rows(), "not before it takes long")
	p.started = time.Now().Add(-time.Minute)
	assert.Equal(t, []string{"pulling x █████░░░░░░░░░░░░░░░  25 %  1 MB/s"}, p.rows())
}
