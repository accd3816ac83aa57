package termpic

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"viscoder/internal/testpty"
)

func TestFromEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want Terminal
	}{
		"nothing known":       {nil, Terminal{}},
		"dumb":                {map[string]string{"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, Terminal{}},
		"plain xterm":         {map[string]string{"TERM": "xterm-256color"}, Terminal{Protocol: Blocks}},
		"24-bit xterm":        {map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Terminal{Protocol: Blocks, TrueColour: true}},
		"kitty":               {map[string]string{"TERM": "xterm-kitty"}, Terminal{Protocol: Kitty, TrueColour: true}},
		"kitty, other TERM":   {map[string]string{"TERM": "xterm", "KITTY_WINDOW_ID": "1"}, Terminal{Protocol: Kitty, TrueColour: true}},
		"ghostty":             {map[string]string{"TERM": "xterm-ghostty"}, Terminal{Protocol: Kitty, TrueColour: true}},
		"iTerm2":              {map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Terminal{Protocol: ITerm2, TrueColour: true}},
		"iTerm2 over ssh":     {map[string]string{"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Terminal{Protocol: ITerm2, TrueColour: true}},
		"WezTerm":             {map[string]string{"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Terminal{Protocol: ITerm2, TrueColour: true}},
		"tmux inside kitty":   {map[string]string{"TERM": "tmux-256color", "TMUX": "/tmp/s,1,0", "KITTY_WINDOW_ID": "1"}, Terminal{Protocol: Blocks, Tmux: true, TrueColour: true}},
		"screen inside kitty": {map[string]string{"TERM": "screen.xterm-256color", "KITTY_WINDOW_ID": "1"}, Terminal{Protocol: Blocks}},
	} {
		assert.Equal(t, c.want, fromEnvironment(func(key string) string { return c.env[key] }), name)
	}
}

func TestApplyReply(t *testing.T) {
	for name, c := range map[string]struct {
		reply string
		want  Terminal
	}{
		"vt100":                      {"\x1b[?1;2c", Terminal{Protocol: Blocks}},
		"class 4 is not attribute 4": {"\x1b[?4c", Terminal{Protocol: Blocks}},
		"sixel with cell size":       {"\x1b[6;18;9t\x1b[?62;4;22c", Terminal{Protocol: Sixel, CellWidth: 9, CellHeight: 18}},
		"kitty goes before sixel":    {"\x1b_Gi=31;OK\x1b\\\x1b[?62;4c", Terminal{Protocol: Kitty}},
		"kitty that refuses":         {"\x1b_Gi=31;EINVAL:bad\x1b\\\x1b[?62c", Terminal{Protocol: Blocks}},
		"attribute 44":               {"\x1b[?62;44c", Terminal{Protocol: Blocks}},
		"empty attributes":           {"\x1b[?c", Terminal{Protocol: Blocks}},
	} {
		got := Terminal{Protocol: Blocks}
		got.applyReply([]byte(c.reply))
		assert.Equal(t, c.want, got, name)
	}
}

func TestApplyTmux(t *testing.T) {
	for answer, want := range map[string]Protocol{
		"xterm-kitty\non\n": Kitty, "xterm-ghostty\nall\n": Kitty,
		"xterm-kitty\noff\n": Blocks, "xterm-256color\non\n": Blocks, "": Blocks, "xterm-kitty": Blocks,
	} {
		got := Terminal{Protocol: Blocks, Tmux: true}
		got.applyTmux(answer)
		assert.Equal(t, want, got.Protocol, "%q", answer)
	}
}

func TestQueryReadsTheAnswerAndRestoresTheTerminal(t *testing.T) {
	master, slave := testpty.Open(t)
	before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	require.NoError(t, err)
	asked := make(chan string, 1)
	go func() {
		buffer := make([]byte, 256)
		n, _ := master.Read(buffer)
		asked <- string(buffer[:n])
		_, _ = master.WriteString("\x1b[6;20;10t\x1b[?62;")
		_, _ = master.WriteString("4c")
	}()
	reply, err := query(slave, questions(false), time.Minute)
	require.NoError(t, err)
	assert.Equal(t, "\x1b[6;20;10t\x1b[?62;4c", string(reply))
	assert.Equal(t, askKitty+askCellSize+askDevice, <-asked)
	after, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestSilentTerminalIsGivenUp(t *testing.T) {
	_, slave := testpty.Open(t)
	_, err := query(slave, questions(true), time.Millisecond)
	assert.ErrorIs(t, err, errNoAnswer)
}

func TestTypedKeysAreLeftAlone(t *testing.T) {
	master, slave := testpty.Open(t)
	_, err := master.WriteString("ls\n")
	require.NoError(t, err)
	poll := []unix.PollFd{{Fd: int32(slave.Fd()), Events: unix.POLLIN}}
	_, err = unix.Poll(poll, -1)
	require.NoError(t, err)
	_, err = query(slave, questions(false), time.Minute)
	require.ErrorIs(t, err, errNoAnswer)
	buffer := make([]byte, 16)
	n, err := slave.Read(buffer)
	require.NoError(t, err)
	assert.Equal(t, "ls\n", string(buffer[:n]))
}

func TestDetectReadsTheSizeAndAsksNoForeignTerminal(t *testing.T) {
	_, slave := testpty.Open(t)
	testpty.Resize(t, slave, unix.Winsize{Row: 30, Col: 100, Xpixel: 900, Ypixel: 540})
	env := map[string]string{"TERM": "xterm-256color"}
	got := Detect(context.Background(), func(key string) string { return env[key] }, slave)
	assert.Equal(t, Terminal{Protocol: Blocks, Columns: 100, Rows: 30, CellWidth: 9, CellHeight: 18}, got)
}

func FuzzReplies(f *testing.F) {
	f.Add("\x1b_Gi=31;OK\x1b\\\x1b[6;18;9t\x1b[?62;4;22c")
	f.Fuzz(func(t *testing.T, reply string) {
		got := Terminal{Protocol: Blocks}
		got.applyReply([]byte(reply))
		assert.True(t, got.CellWidth >= 0 && got.CellWidth < 10000 && got.CellHeight >= 0 && got.CellHeight < 10000)
	})
}
