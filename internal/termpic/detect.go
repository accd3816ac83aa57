package termpic

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// queryTimeout bounds the wait for a terminal that answers no question. Nearly
// all answer the last one, so this is only reached by the exceptions.
const queryTimeout = time.Second

// tmuxTimeout bounds the two questions put to tmux.
const tmuxTimeout = time.Second

// Detect finds out what the terminal on tty can show: first from the
// environment, then by asking the terminal itself. A nil tty, or one whose
// foreground belongs to another program, is not asked.
func Detect(ctx context.Context, getenv func(string) string, tty *os.File) Terminal {
	t := fromEnvironment(getenv)
	if tty == nil || t.Protocol == None {
		return t
	}
	t.readSize(tty)
	if t.Tmux {
		t.askTmux(ctx)
	}
	if t.Protocol == Kitty || t.Protocol == ITerm2 || !inForeground(tty) {
		return t
	}
	if reply, err := query(tty, questions(t.Tmux), queryTimeout); err == nil {
		t.applyReply(reply)
	}
	return t
}

// fromEnvironment reads the variables that terminals set for their children.
func fromEnvironment(getenv func(string) string) Terminal {
	term, program := getenv("TERM"), getenv("TERM_PROGRAM")
	if term == "" || term == "dumb" {
		return Terminal{}
	}
	t := Terminal{Protocol: Blocks, Tmux: getenv("TMUX") != ""}
	colours := getenv("COLORTERM")
	t.TrueColour = t.Tmux || colours == "truecolor" || colours == "24bit" || strings.Contains(term, "direct")
	if t.Tmux || getenv("STY") != "" || strings.HasPrefix(term, "screen") {
		return t // what the variables say is about the terminal tmux or screen was started in
	}
	switch {
	case getenv("KITTY_WINDOW_ID") != "" || isKitty(term) || program == "ghostty":
		t.Protocol, t.TrueColour = Kitty, true
	case program == "iTerm.app" || program == "WezTerm" || getenv("WEZTERM_EXECUTABLE") != "" || getenv("LC_TERMINAL") == "iTerm2":
		t.Protocol, t.TrueColour = ITerm2, true
	}
	return t
}

// isKitty knows the names of terminals whose graphics are kitty's, placeholders
// included.
func isKitty(term string) bool { return term == "xterm-kitty" || term == "xterm-ghostty" }

// readSize takes columns, rows and, where the terminal tells, the cell size.
func (t *Terminal) readSize(tty *os.File) {
	size, err := unix.IoctlGetWinsize(int(tty.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return
	}
	t.Columns, t.Rows = int(size.Col), int(size.Row)
	if size.Col > 0 && size.Row > 0 {
		t.CellWidth, t.CellHeight = int(size.Xpixel/size.Col), int(size.Ypixel/size.Row)
	}
}

// askTmux uses kitty graphics through tmux only where the terminal outside knows
// them and the user has allowed sequences to pass.
func (t *Terminal) askTmux(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, tmuxTimeout)
	defer stop()
	out, err := exec.CommandContext(ctx, "tmux", "display-message", "-p", "#{client_termname}", ";",
		"show-options", "-pAv", "allow-passthrough").Output()
	if err != nil {
		return
	}
	t.applyTmux(string(out))
}

func (t *Terminal) applyTmux(answer string) {
	outside, passthrough, _ := strings.Cut(strings.TrimSpace(answer), "\n")
	if isKitty(outside) && (passthrough == "on" || passthrough == "all") {
		t.Protocol = Kitty
	}
}
