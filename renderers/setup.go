package renderers

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"

	"viscoder/internal/fault"
	"viscoder/internal/place"
)

// Part is a managed toolchain, in viscoder's own folder, that languages share.
type Part struct {
	Name string
	// Install makes the part whole, says each step through say, and returns at
	// once where nothing is missing.
	Install func(ctx context.Context, t *Tools, say func(line string)) error
}

// Setup installs what the named languages need ("all" for every language) and
// says each step through p. What is there already is left alone. Two setups at
// once wait for each other. What cannot be installed does not keep the rest
// from it; the error is that of the first.
func Setup(ctx context.Context, names []string, p func(line string)) error {
	return (&Tools{}).Setup(ctx, names, p)
}

// Setup is the function of that name, for tools in another place.
func (t *Tools) Setup(ctx context.Context, names []string, p func(line string)) error {
	languages, err := named(names)
	if err != nil || len(languages) == 0 {
		return err
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
	return t.install(ctx, languages, p)
}

func (t *Tools) install(ctx context.Context, languages []*Language, p func(string)) error {
	lack := t.lacking(ctx, languages, p)
	first := setupDebian(ctx, lack, p)
	for _, part := range partsOf(languages) {
		if ctx.Err() != nil {
			break
		}
		if err := part.Install(ctx, t, p); err != nil && first == nil {
			first = err
		}
	}
	// Packages can be there and their tools not, as where PATH leaves them out.
	for _, l := range lack {
		if first == nil && ctx.Err() == nil {
			first = t.missing(ctx, l)
		}
	}
	return first
}

// named finds languages by their names; "all" is every one.
func named(names []string) ([]*Language, error) {
	var languages []*Language
	for _, name := range names {
		l, known := ByName(name)
		switch {
		case name == "all":
			return All(), nil
		case !known:
			return nil, fault.New(fault.Usage, "there is no language %q to set up", name).WithHint("Languages: %v, or all.", Names())
		case !slices.Contains(languages, l):
			languages = append(languages, l)
		}
	}
	return languages, nil
}

// partsOf are the parts of languages, each once.
func partsOf(languages []*Language) []*Part {
	var parts []*Part
	for _, l := range languages {
		for _, part := range l.Parts {
			if !slices.Contains(parts, part) {
				parts = append(parts, part)
			}
		}
	}
	return parts
}

// isRoot tells whether system packages can be installed without asking.
func isRoot() bool { return os.Geteuid() == 0 }
