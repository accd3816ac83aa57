package renderers

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"viscoder/internal/fault"
	"viscoder/internal/place"
)

// Setup installs the managed toolchains that the named languages need ("all"
// for every language) and says each step through p. What is there already is
// left alone. Two setups at once wait for each other.
func Setup(ctx context.Context, names []string, p func(line string)) error {
	return (&Tools{}).Setup(ctx, names, p)
}

// Setup is the function of that name, for tools in another place.
func (t *Tools) Setup(ctx context.Context, names []string, p func(line string)) error {
	for _, name := range names {
		if _, known := ByName(name); !known && name != "all" {
			return fault.New(fault.Usage, "there is no language %q to set up", name).WithHint("Languages: %v, or all.", Names())
		}
	}
	if len(names) == 0 {
		return nil
	}
	dir, err := place.Make(t.dir())
	if err != nil {
		return fault.Wrap(err, fault.Toolchain, "the folder for toolchains")
	}
	lock := flock.New(filepath.Join(dir, "setup.lock"))
	if free, err := lock.TryLock(); err == nil && !free {
		p("waiting for another setup to end")
	}
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return fault.Wrap(err, fault.Toolchain, "waiting for %s", lock.Path())
	}
	defer lock.Unlock()
	// All languages of today are drawn by packages of one environment.
	return t.setupPython(ctx, p)
}

// isRoot tells whether system packages can be installed without asking.
func isRoot() bool { return os.Geteuid() == 0 }
