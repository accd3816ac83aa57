package sandbox

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// preparation is everything that a run needs before its process starts, and
// what has to be put back after it ended.
type preparation struct {
	command Command
	limits  Limits
	who     identity
	others  int
	self    string
	sized   bool
	work    string // the work folder, without symlinks

	argv    []string
	hostEnv []string // of the started process itself
	env     []string // of the program
	dir     string
	stdin   *os.File
	extra   []*os.File // from descriptor 3 on

	statusRead *os.File
	infoRead   *os.File

	mountpoints []string // made in the work folder, to be removed
	scratch     string   // temporary home of a run without box
	handed      bool     // the work folder was given to the box's user
	err         error    // first failure of pass
}

// prepare makes ready to run c. The result must be undone, error or not.
func (b *Box) prepare(c Command, selfCheck bool) (*preparation, error) {
	p := &preparation{command: c, limits: c.Limits.withDefaults(), self: b.self, sized: b.sized}
	if !b.unsafe {
		p.who = b.identity()
	}
	p.others = b.others(p.who)
	if err := p.openWork(); err != nil {
		return p, err
	}
	if err := p.standardInput(); err != nil {
		return p, err
	}
	statusFD, err := p.statusPipe()
	if err != nil {
		return p, err
	}
	o := orders{Boxed: !b.unsafe, UID: -1, Rlimits: p.limits.rlimits(p.others), StatusFD: statusFD, SelfCheck: selfCheck}
	if b.unsafe {
		err = p.unboxed(o)
	} else {
		err = p.boxed(b, o)
	}
	return p, errors.Join(err, p.err)
}

// openWork checks the one place that will be writable. It comes from the
// caller, never from what a model wrote, and is still not taken on trust.
func (p *preparation) openWork() error {
	work, err := filepath.EvalSymlinks(p.command.Work)
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: work folder")
	}
	info, err := os.Stat(work)
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: work folder")
	}
	if !info.IsDir() {
		return fault.New(fault.Sandbox, "sandbox: work folder %s is not a folder", work)
	}
	var st unix.Stat_t
	if err := unix.Stat(work, &st); err != nil || int(st.Uid) != os.Geteuid() {
		return fault.New(fault.Sandbox, "sandbox: work folder %s belongs to user %d, not to you", work, st.Uid)
	}
	if err := p.refuse(work); err != nil {
		return err
	}
	p.work = work
	return nil
}

func (p *preparation) standardInput() (err error) {
	if p.command.control != nil {
		p.stdin = p.command.control
		return nil
	}
	if len(p.command.Stdin) == 0 {
		p.stdin, err = os.Open(os.DevNull)
		return err
	}
	fd, err := memfile("stdin", p.command.Stdin)
	p.stdin = fd
	return err
}

func (p *preparation) statusPipe() (fd int, err error) {
	var w *os.File
	if p.statusRead, w, err = os.Pipe(); err != nil {
		return 0, err
	}
	p.passFile(w)
	return 2 + len(p.extra), nil
}

// boxed fills in the command line of bubblewrap. Its options go through a file
// without a name: they may be long, and nobody's ps shows them.
func (p *preparation) boxed(b *Box, o orders) error {
	p.env = append([]string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + privateHome, "TMPDIR=" + privateTmp,
		"USER=viscoder", "LOGNAME=viscoder", "LANG=C.UTF-8",
	}, p.command.Env...)
	if !p.who.namespace {
		o.UID = p.who.uid
	}
	if _, err := os.Stat(p.self); err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: the program file of viscoder was replaced while it runs").WithHint("Start viscoder again.")
	}
	list, err := p.args()
	if err != nil {
		return err
	}
	var w *os.File
	if p.infoRead, w, err = os.Pipe(); err != nil {
		return err
	}
	list = append(list, "--info-fd", p.passFile(w), "--seccomp", p.pass("seccomp", b.filter))
	p.argv = append([]string{b.bwrap, "--args", p.pass("args", []byte(strings.Join(list, "\x00")+"\x00")), "--", launcherInside, marker, o.text()}, p.command.Args...)
	p.hostEnv = []string{"PATH=/usr/bin:/bin"}
	p.dir = "/"
	if p.who.namespace {
		return nil
	}
	p.handed = true
	if err := handOver(p.work, p.who.uid); err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: giving %s to the box", p.work)
	}
	return nil
}

// unboxed runs the launcher directly. Paths in the box are replaced by those
// of the host, as there is no other view of the file system.
func (p *preparation) unboxed(o orders) error {
	scratch, err := os.MkdirTemp("", "viscoder-home-")
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: a private home folder")
	}
	p.scratch = scratch
	p.hostEnv = append(p.hostEnv, "PATH=/usr/local/bin:/usr/bin:/bin", "HOME="+scratch, "TMPDIR="+scratch, "LANG=C.UTF-8")
	for _, e := range p.command.Env {
		name, value, _ := strings.Cut(e, "=")
		p.hostEnv = append(p.hostEnv, name+"="+p.outside(value))
	}
	for _, b := range p.command.ReadOnly {
		if err := p.stand(b); err != nil {
			return err
		}
	}
	p.dir = p.work
	p.argv = []string{p.self, marker, o.text()}
	for _, a := range p.command.Args {
		p.argv = append(p.argv, p.outside(a))
	}
	return nil
}

// outside is the host's path of something under /work.
func (p *preparation) outside(s string) string {
	if s == Inside || strings.HasPrefix(s, Inside+"/") {
		return p.work + strings.TrimPrefix(s, Inside)
	}
	return s
}

// stand makes a symlink stand for a bind in the work folder.
func (p *preparation) stand(b Bind) error {
	in := b.inside()
	if in == filepath.Clean(b.Host) {
		return nil
	}
	if !within(in, Inside) {
		return fault.New(fault.Sandbox, "sandbox: %s cannot be shown at %s without a box", b.Host, in)
	}
	name := strings.TrimPrefix(in, Inside+"/")
	root, err := os.OpenRoot(p.work)
	if err != nil {
		return err
	}
	defer root.Close()
	if err = root.MkdirAll(filepath.Dir(name), 0o755); err == nil {
		err = root.Symlink(b.Host, name)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: a place for %s", in)
	}
	p.mountpoints = append(p.mountpoints, name)
	return nil
}

func (o orders) text() string {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // plain numbers and strings
	}
	return string(b)
}

// closeExtra closes what the started process has copies of.
func (p *preparation) closeExtra() {
	for _, f := range append(slices.Clone(p.extra), p.stdin) {
		if f != nil {
			f.Close()
		}
	}
	p.extra, p.stdin = nil, nil
}

// undo puts everything back and leaves the work folder safe to look at.
func (p *preparation) undo() error {
	p.closeExtra()
	for _, f := range []*os.File{p.statusRead, p.infoRead} {
		if f != nil {
			f.Close() // again, where the run got so far
		}
	}
	if p.work == "" {
		return nil
	}
	uid := -1
	if p.handed {
		uid = os.Geteuid()
	}
	err := settle(p.work, uid)
	if errors.Is(err, errTooDeep) {
		err = empty(p.work) // nobody draws a picture a hundred folders down
	}
	err = errors.Join(err, p.removeMountpoints())
	if p.scratch != "" {
		err = errors.Join(err, os.RemoveAll(p.scratch))
	}
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: tidying %s after the run", p.work)
	}
	return nil
}

func (p *preparation) removeMountpoints() error {
	root, err := os.OpenRoot(p.work)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range slices.Backward(p.mountpoints) {
		if info, err := root.Lstat(name); err == nil && (info.IsDir() || info.Size() == 0) {
			_ = root.Remove(name) // a folder that is not empty stays: its content is the program's
		}
	}
	return nil
}
