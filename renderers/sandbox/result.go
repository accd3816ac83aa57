package sandbox

import (
	"cmp"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Reason names the limit that ended a run; empty when the program ended by itself.
type Reason string

// The closed set of reasons.
const (
	ReasonTimeout   Reason = "timeout"   // Limits.Wall or Limits.CPU
	ReasonMemory    Reason = "memory"    // Limits.Memory, or the machine ran low
	ReasonOutput    Reason = "output"    // a flood on stdout or stderr
	ReasonDisk      Reason = "disk"      // Limits.FileBytes, WorkBytes or WorkFiles
	ReasonProcesses Reason = "processes" // Limits.Processes
)

// Result is what is left of a run.
type Result struct {
	ExitCode  int    // as the program gave it; 128+n when signal n ended it
	Signal    string // name of that signal, such as "SIGKILL"; empty otherwise
	Stdout    []byte // head and tail of it when Truncated
	Stderr    []byte
	Truncated bool          // some of Stdout or Stderr was dropped
	Wall      time.Duration // from the start of the box to its end
	CPU       time.Duration // of all processes, sampled: the last few hundredths of a second may be missing
	Reason    Reason
}

// Ended notes how a run ended that an Exchange told of: by itself with an exit
// code, or by a signal other than zero.
func (r *Result) Ended(exit int, signal syscall.Signal) {
	r.ExitCode = exit
	if signal != 0 {
		r.ExitCode, r.Signal = 128+int(signal), unix.SignalName(signal)
		r.Reason = cmp.Or(r.Reason, reasonOf(r.Signal))
	}
}
