package hostile

import (
	"runtime"
	"slices"

	"viscoder/renderers/sandbox"
)

// Program is one trick. @NAMES@ in Python and C, and SECRET, OUTSIDE and
// ADDRESS in Text, are replaced by what the Stage has.
type Program struct {
	Name string // as in docs/SECURITY.md
	Area Area

	Python string // started by itself, after prelude
	C      string // the same, compiled by gcc first

	Language string // of Text, a name of renderers.All
	Text     string

	Limits sandbox.Limits
	Reason sandbox.Reason // the limit that must end it; empty: it ends by itself, having said "held"
	Signal string         // that must end it

	command func(*sandbox.Command)
	check   func(r sandbox.Result, work string) error // of what it left
}

// Area says what a program is after.
type Area string

// The closed set of areas.
const (
	Files     Area = "files"
	Network   Area = "network"
	Processes Area = "processes"
	Kernel    Area = "kernel"
	Floods    Area = "floods"
	Languages Area = "languages"
)

// Programs lists every trick that this machine's processor can play.
func Programs() []Program {
	list := slices.Concat(
		in(Files, fileTricks()), in(Network, networkTricks()), in(Processes, processTricks()), in(Kernel, kernelTricks()))
	if runtime.GOARCH == "amd64" {
		list = append(list, in(Kernel, foreignCalls())...)
	}
	return slices.Concat(list, in(Floods, floods()), in(Languages, documentPrograms()), in(Languages, drawingPrograms()), in(Languages, scriptPrograms()))
}

func in(a Area, list []Program) []Program {
	for i := range list {
		list[i].Area = a
	}
	return list
}

// prelude stands before every program of the box in Python.
const prelude = `
import os, sys, errno, ctypes, socket, signal, time, struct, glob, threading, mmap
libc = ctypes.CDLL(None, use_errno=True)
def escaped(what): print("ESCAPED", what, flush=True)
def held(): print("held", flush=True)
def refused(what, do):
    try: r = do()
    except Exception as e: return e
    escaped(f"{what}: {r!r}"[:300])
def syscall(nr, *args):
    ctypes.set_errno(0)
    r = libc.syscall(*[ctypes.c_long(a) for a in (nr, *args)])
    return r, ctypes.get_errno()
def read(p):
    with open(p, "rb") as f: return f.read(4096)
def write(p, data=b"x"):
    with open(p, "wb") as f: f.write(data)
`
