// Package testpty gives tests a terminal: what is written to its master is what
// a person types, what is read from it is what they see.
package testpty

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// Open makes a pseudo terminal of 80 columns and 24 rows, closed at the test's
// end.
func Open(t testing.TB) (master, slave *os.File) {
	t.Helper()
	master = open(t, "/dev/ptmx")
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("unlocking the pseudo terminal: %v", err)
	}
	number, err := unix.IoctlGetUint32(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("numbering the pseudo terminal: %v", err)
	}
	slave = open(t, fmt.Sprintf("/dev/pts/%d", number))
	Resize(t, slave, unix.Winsize{Row: 24, Col: 80})
	return master, slave
}

// Resize gives the terminal a size in cells and pixels.
func Resize(t testing.TB, slave *os.File, size unix.Winsize) {
	t.Helper()
	if err := unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &size); err != nil {
		t.Fatalf("sizing the pseudo terminal: %v", err)
	}
}

func open(t testing.TB, name string) *os.File {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatalf("opening a pseudo terminal: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
