package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"viscoder/internal/fault"
)

// Places inside the box.
const (
	privateTmp     = "/tmp"
	privateHome    = "/tmp/home"
	launcherInside = "/run/viscoder"
	userInside     = 1000 // the one user of a box made with a user namespace
)

// systemPaths are shown read-only in every box when the machine has them:
// toolchains, and what they cannot do without. /etc has passwords, keys and
// the names of the local network, so only these entries of it are shown.
func systemPaths() []string {
	return []string{
		"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
		"/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/timezone",
		"/etc/magic", "/etc/mime.types", "/etc/papersize", "/etc/paperspecs", "/etc/texmf", "/etc/R", "/etc/ImageMagick-6", "/etc/vulkan", "/etc/OpenCL",
		"/var/lib/texmf", "/var/cache/fontconfig",
	}
}

// identity is who a program is, seen from the host and from inside the box.
type identity struct {
	namespace bool // a user namespace is made; otherwise root drops to uid in the launcher
	uid       int  // user inside
}

// args are the options for bubblewrap, without the program.
func (p *preparation) args() ([]string, error) {
	a := []string{
		"--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
		"--die-with-parent", "--new-session", "--hostname", "viscoder",
		"--cap-drop", "ALL",
	}
	if p.who.namespace {
		a = append(a, "--unshare-user", "--uid", strconv.Itoa(p.who.uid), "--gid", strconv.Itoa(p.who.uid))
	} else {
		// For the launcher alone, which loses them as it becomes an ordinary user.
		a = append(a, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP")
	}
	system, err := systemBinds()
	if err != nil {
		return nil, err
	}
	// Bubblewrap makes missing folders private to the user who starts it, who is root here at times.
	a = append(a, openFolders("/etc/x", "/run/x", "/var/lib/x", "/var/cache/x")...)
	a = append(a, system...)
	a = append(a, "--proc", "/proc", "--dev", "/dev")
	a = append(a, p.tmpfs("1777", privateTmp)...)
	a = append(a, "--perms", "0777", "--dir", privateHome)
	a = append(a, p.tmpfs("1777", "/dev/shm")...)
	a = append(a, p.files()...)
	a = append(a, "--ro-bind", p.self, launcherInside, "--bind", p.work, Inside)
	binds, err := p.binds()
	if err != nil {
		return nil, err
	}
	a = append(a, binds...)
	// Bubblewrap's own root and /dev are writable tmpfs, without a size, until here.
	a = append(a, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--clearenv")
	for _, e := range p.env {
		name, value, _ := strings.Cut(e, "=")
		a = append(a, "--setenv", name, value)
	}
	return a, nil
}

// tmpfs makes a private folder in memory, bounded in size.
func (p *preparation) tmpfs(mode, at string) []string {
	if !p.sized {
		return []string{"--perms", mode, "--tmpfs", at}
	}
	return []string{"--perms", mode, "--size", strconv.FormatInt(p.limits.WorkBytes, 10), "--tmpfs", at}
}

// files are the made-up /etc/passwd and /etc/group, so that programs find a
// name for their user and none of the machine's.
func (p *preparation) files() []string {
	passwd := fmt.Sprintf("viscoder:x:%d:%d::%s:/bin/sh\n", p.who.uid, p.who.uid, privateHome)
	group := fmt.Sprintf("viscoder:x:%d:\n", p.who.uid)
	return []string{
		"--perms", "0444", "--ro-bind-data", p.pass("passwd", []byte(passwd)), "/etc/passwd",
		"--perms", "0444", "--ro-bind-data", p.pass("group", []byte(group)), "/etc/group",
	}
}

// systemBinds shows the system's folders as they are, symlinks as symlinks.
func systemBinds() ([]string, error) {
	var a []string
	for _, p := range systemPaths() {
		info, err := os.Lstat(p)
		if err != nil {
			continue
		}
		if info.Mode()&os.ModeSymlink == 0 {
			a = append(a, "--ro-bind", p, p)
			continue
		}
		to, err := os.Readlink(p)
		if err != nil {
			return nil, err
		}
		a = append(a, "--symlink", to, p)
	}
	return a, nil
}

// binds shows what the command asks for; parents go before what lies in them.
func (p *preparation) binds() ([]string, error) {
	list := slices.Clone(p.command.ReadOnly)
	slices.SortStableFunc(list, func(x, y Bind) int {
		return strings.Count(x.inside(), "/") - strings.Count(y.inside(), "/")
	})
	var a []string
	for _, b := range list {
		host, err := filepath.EvalSymlinks(b.Host)
		if err != nil {
			return nil, fault.Wrap(err, fault.Sandbox, "sandbox: %s cannot be shown in the box", b.Host)
		}
		if err := p.refuse(host); err != nil {
			return nil, err
		}
		one, err := p.bind(host, b.inside())
		if err != nil {
			return nil, err
		}
		a = append(a, openFolders(b.inside())...)
		a = append(a, one...)
	}
	return a, nil
}

// openFolders makes the folders above each path, for everybody to pass.
func openFolders(paths ...string) []string {
	var a []string
	for _, p := range paths {
		var up []string
		for dir := path.Dir(p); dir != "/" && dir != Inside && dir != privateTmp; dir = path.Dir(dir) {
			up = append(up, dir)
		}
		for _, dir := range slices.Backward(up) {
			a = append(a, "--perms", "0755", "--dir", dir)
		}
	}
	return a
}

// refuse keeps whole homes and the root of the machine out of every box,
// whoever asks for them.
func (p *preparation) refuse(host string) error {
	if closed(host) {
		return fault.New(fault.Sandbox, "sandbox: %s may not be shown in a box as a whole", host).
			WithHint("Name the folder in it that the program needs.")
	}
	return Bind{Host: host, Inside: "/x"}.validate()
}

// closed reports whether a folder holds a home, or the machine's settings.
func closed(host string) bool {
	list := []string{"/etc", "/root", "/home"}
	if home, err := os.UserHomeDir(); err == nil {
		list = append(list, filepath.Clean(home))
	}
	return slices.ContainsFunc(list, func(c string) bool { return within(c, host) })
}

// bind shows one file or folder. A file that the user of the box could not
// read, because it is private to root, goes in as a copy.
func (p *preparation) bind(host, inside string) ([]string, error) {
	if err := p.mountpoint(host, inside); err != nil {
		return nil, err
	}
	info, err := os.Stat(host)
	if err != nil {
		return nil, fault.Wrap(err, fault.Sandbox, "sandbox: %s cannot be shown in the box", host)
	}
	if p.who.namespace || !info.Mode().IsRegular() || info.Mode().Perm()&0o004 != 0 {
		return []string{"--ro-bind", host, inside}, nil
	}
	f, err := os.Open(host)
	if err != nil {
		return nil, fault.Wrap(err, fault.Sandbox, "sandbox: %s cannot be shown in the box", host)
	}
	return []string{"--perms", "0444", "--ro-bind-data", p.passFile(f), inside}, nil
}

// mountpoint makes the empty file or folder under the work folder that a bind
// there will cover, and notes it for removal after the run.
func (p *preparation) mountpoint(host, inside string) error {
	if !within(inside, Inside) {
		return nil
	}
	name := strings.TrimPrefix(inside, Inside+"/")
	root, err := os.OpenRoot(p.work)
	if err != nil {
		return err
	}
	defer root.Close()
	if _, err := root.Lstat(name); err == nil {
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: a place for %s", inside)
	}
	info, err := os.Stat(host)
	if err != nil {
		return err
	}
	if info.IsDir() {
		err = root.Mkdir(name, 0o755)
	} else {
		err = root.WriteFile(name, nil, 0o644)
	}
	if err != nil {
		return fault.Wrap(err, fault.Sandbox, "sandbox: a place for %s", inside)
	}
	p.mountpoints = append(p.mountpoints, name)
	return nil
}

// pass hands data to bubblewrap in a file without a name, and returns its number there.
func (p *preparation) pass(name string, data []byte) string {
	f, err := memfile(name, data)
	if err != nil {
		p.err = errors.Join(p.err, err)
		return "-1"
	}
	return p.passFile(f)
}

// memfile makes a file without a name that holds data, ready to be read.
func memfile(name string, data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fault.Wrap(err, fault.Sandbox, "sandbox: a file in memory for %s", name)
	}
	f := os.NewFile(uintptr(fd), name)
	if _, err = f.Write(data); err == nil {
		_, err = f.Seek(0, 0)
	}
	if err != nil {
		f.Close()
		return nil, fault.Wrap(err, fault.Sandbox, "sandbox: a file in memory for %s", name)
	}
	return f, nil
}

// passFile hands an open file to the process to be started.
func (p *preparation) passFile(f *os.File) string {
	p.extra = append(p.extra, f)
	return strconv.Itoa(2 + len(p.extra))
}
