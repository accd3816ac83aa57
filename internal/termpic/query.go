package termpic

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The questions. Every terminal answers the last, so its answer ends the wait.
const (
	askKitty    = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
	askCellSize = "\x1b[16t"
	askDevice   = "\x1b[c" // primary device attributes (DA1); attribute 4 is sixel
)

// questions leaves out kitty's in tmux, which would swallow or show it.
func questions(tmux bool) string {
	if tmux {
		return askCellSize + askDevice
	}
	return askKitty + askCellSize + askDevice
}

var (
	kittyReply  = regexp.MustCompile(`\x1b_Gi=31;OK\x1b\\`)
	cellReply   = regexp.MustCompile(`\x1b\[6;(\d{1,4});(\d{1,4})t`)
	deviceReply = regexp.MustCompile(`\x1b\[\?([\d;]*)c`)
)

// errNoAnswer is no failure: the terminal is then taken for a plain one.
var errNoAnswer = errors.New("termpic: the terminal did not answer")

// maxReply is far more than all answers together.
const maxReply = 4096

// applyReply raises t by what the terminal answered.
func (t *Terminal) applyReply(reply []byte) {
	if m := cellReply.FindSubmatch(reply); m != nil {
		t.CellHeight, _ = strconv.Atoi(string(m[1]))
		t.CellWidth, _ = strconv.Atoi(string(m[2]))
	}
	if kittyReply.Match(reply) {
		t.Protocol = Kitty
		return
	}
	m := deviceReply.FindSubmatch(reply)
	if m == nil {
		return
	}
	// The first number is the terminal's class, the rest are its attributes.
	if attributes := strings.Split(string(m[1]), ";"); slices.Contains(attributes[1:], "4") {
		t.Protocol = Sixel
	}
}

// query writes the questions and reads until the device attributes arrive. It
// does not ask when keys already wait to be read: they belong to someone else.
func query(tty *os.File, questions string, timeout time.Duration) ([]byte, error) {
	fd := int(tty.Fd())
	if waiting, err := unix.IoctlGetInt(fd, unix.TIOCINQ); err != nil || waiting > 0 {
		return nil, errNoAnswer
	}
	restore, err := quiet(fd)
	if err != nil {
		return nil, err
	}
	defer restore()
	if _, err := tty.WriteString(questions); err != nil {
		return nil, err
	}
	return readReply(fd, time.Now().Add(timeout))
}

func readReply(fd int, deadline time.Time) ([]byte, error) {
	var reply []byte
	buffer := make([]byte, 256)
	for len(reply) < maxReply {
		left := time.Until(deadline)
		if left <= 0 {
			return nil, errNoAnswer
		}
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, int(left.Milliseconds())+1)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return nil, errNoAnswer
		}
		if n, err = unix.Read(fd, buffer); err != nil || n == 0 {
			return nil, errNoAnswer
		}
		reply = append(reply, buffer[:n]...)
		if deviceReply.Match(reply) {
			return reply, nil
		}
	}
	return nil, errNoAnswer
}

// quiet turns echo and line mode off, but leaves Ctrl-C a signal.
func quiet(fd int) (restore func(), err error) {
	old, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, err
	}
	mode := *old
	mode.Lflag &^= unix.ECHO | unix.ICANON
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &mode); err != nil {
		return nil, err
	}
	return func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, old) }, nil
}

// inForeground reports whether this process may change the terminal's settings
// without being stopped for it.
func inForeground(tty *os.File) bool {
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}
