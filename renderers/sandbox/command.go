package sandbox

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"viscoder/internal/fault"
)

// Inside is where a program finds its writable folder; it starts there.
const Inside = "/work"

// Command is one program to be run in a box.
type Command struct {
	Args     []string // program and arguments; a name without slash is looked up in PATH inside the box
	Env      []string // "NAME=value"; laid over the few variables that every program gets
	Stdin    []byte   // what the program reads on its standard input
	Work     string   // host folder, made for this run alone and owned by the caller: writable, at /work
	ReadOnly []Bind   // what the program may read beyond the system's toolchains
	Limits   Limits

	control *os.File // the end of a socket that is its standard input instead
}

// Bind shows a file or folder of the host read-only in the box.
type Bind struct {
	Host   string // absolute path; symlinks are followed once, when the box is made
	Inside string // absolute path in the box; empty means the same as Host
}

func (b Bind) inside() string {
	if b.Inside == "" {
		return path.Clean(b.Host)
	}
	return path.Clean(b.Inside)
}

// Validate says what is wrong with a command before anything is started.
func (c Command) Validate() error {
	if len(c.Args) == 0 || c.Args[0] == "" {
		return fault.New(fault.Internal, "sandbox: no program named")
	}
	for _, s := range append(append([]string{}, c.Args...), c.Env...) {
		if strings.ContainsRune(s, 0) {
			return fault.New(fault.Internal, "sandbox: NUL byte in argument or environment %q", s)
		}
	}
	for _, e := range c.Env {
		if name, _, ok := strings.Cut(e, "="); !ok || name == "" {
			return fault.New(fault.Internal, "sandbox: environment entry %q is not NAME=value", e)
		}
	}
	if !filepath.IsAbs(c.Work) {
		return fault.New(fault.Internal, "sandbox: work folder %q is not an absolute path", c.Work)
	}
	for _, b := range c.ReadOnly {
		if err := b.validate(); err != nil {
			return err
		}
	}
	return c.Limits.Validate()
}

func (b Bind) validate() error {
	in := b.inside()
	if !filepath.IsAbs(b.Host) || !path.IsAbs(in) || strings.ContainsRune(b.Host+in, 0) {
		return fault.New(fault.Internal, "sandbox: bind %q at %q needs absolute paths", b.Host, in)
	}
	for _, own := range []string{"/proc", "/dev", "/sys", "/run"} {
		if within(in, own) || within(filepath.Clean(b.Host), own) {
			return fault.New(fault.Sandbox, "sandbox: %s at %s may not be shown in a box", b.Host, in)
		}
	}
	if in == "/" || in == Inside || in == "/tmp" {
		return fault.New(fault.Sandbox, "sandbox: nothing may be put over %s", in)
	}
	return nil
}

// within reports whether p is dir or lies below it; both are clean paths.
func within(p, dir string) bool {
	return p == dir || dir == "/" || strings.HasPrefix(p, dir+"/")
}
