package sandbox

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"viscoder/internal/fault"
)

// maxHops bounds a chain of symlinks, as the kernel does.
const maxHops = 40

// ToolBinds lists what a program outside of the system's folders needs to be
// seen in a box, such as the python of a virtual environment: its own prefix,
// that of each file it is a symlink to, and the home that pyvenv.cfg names.
// Each keeps its path, so that absolute symlinks in them go on to work.
func ToolBinds(program string) ([]Bind, error) {
	if !filepath.IsAbs(program) {
		return nil, fault.New(fault.Internal, "sandbox: %q is not an absolute path", program)
	}
	var list []Bind
	hops := []string{filepath.Clean(program)}
	for i := 0; i < len(hops) && i < maxHops; i++ {
		hop := hops[i]
		more, err := nextHops(hop)
		if err != nil {
			return nil, fault.Wrap(err, fault.Toolchain, "looking for what %s needs", program)
		}
		for _, m := range more {
			if !slices.Contains(hops, m) {
				hops = append(hops, m)
			}
		}
		b := Bind{Host: prefix(hop)}
		covered := slices.ContainsFunc(list, func(x Bind) bool { return within(b.Host, x.Host) })
		if !covered && !isSystem(hop) {
			list = append(list, b)
		}
	}
	return list, nil
}

// nextHops are the paths that a program points on to.
func nextHops(program string) ([]string, error) {
	resolved, err := filepath.EvalSymlinks(program)
	if err != nil {
		return nil, err
	}
	hops := []string{resolved}
	if to, err := os.Readlink(program); err == nil {
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(program), to)
		}
		hops = append(hops, filepath.Clean(to))
	}
	if home := venvHome(filepath.Join(prefix(program), "pyvenv.cfg")); home != "" {
		hops = append(hops, filepath.Join(home, filepath.Base(resolved)))
	}
	return slices.DeleteFunc(hops, func(h string) bool {
		_, err := os.Stat(h)
		return h == program || err != nil
	}), nil
}

// venvHome reads the folder of the interpreter that an environment was made
// with (PEP 405); empty when there is none.
func venvHome(cfg string) string {
	f, err := os.Open(cfg)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "=")
		if value = strings.TrimSpace(value); strings.TrimSpace(key) == "home" && filepath.IsAbs(value) {
			return filepath.Clean(value)
		}
	}
	return ""
}

// prefix is the folder that holds bin/ and what belongs to it, or the program
// alone where that folder would be somebody's home or more.
func prefix(program string) string {
	bin := filepath.Dir(program)
	dir := filepath.Dir(bin)
	if filepath.Base(bin) != "bin" || closed(dir) {
		return program
	}
	return dir
}

func isSystem(p string) bool {
	return slices.ContainsFunc(systemPaths(), func(s string) bool { return within(p, s) })
}
