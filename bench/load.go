package bench

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"viscoder/engine/llama"
	"viscoder/internal/fault"
	"viscoder/internal/place"
)

// The marks of a process that Load measures.
const (
	MarkOpening = "opening" // before engine.Open
	MarkOpened  = "opened"  // after it
)

// loadTests are the starts that Load measures, in the order of a round.
var loadTests = []struct {
	name  string
	fresh bool // nothing is there that an earlier start has kept
	cold  bool // the model file is dropped from the page cache before
}{
	{"load, cold", true, true},
	{"load, first start", true, false},
	{"load, second start", false, false},
}

// Load times engine.Open in processes of their own: with the file not in memory,
// with the file in memory, and once more with whatever the start before has kept
// for the next one (packed weights).
func Load(ctx context.Context, path string, o StartOptions) ([]Row, error) {
	var rows []*Row
	var turns []turn
	for _, kernels := range o.Kernels {
		var mine []*Row
		for _, t := range loadTests {
			mine = append(mine, o.row("load", t.name, kernels))
		}
		rows = append(rows, mine...)
		turns = append(turns, turn{mine, func(ctx context.Context) ([]time.Duration, error) { return loadRound(ctx, path, kernels, o) }})
	}
	if err := takeTurns(ctx, turns, 0, o.Repetitions, o.Progress); err != nil {
		return nil, err
	}
	return finish(rows), nil
}

// loadRound takes one sample of each test.
func loadRound(ctx context.Context, path string, kernels llama.Kernels, o StartOptions) (samples []time.Duration, err error) {
	var folder, link string
	defer func() { _ = os.RemoveAll(folder) }()
	for _, t := range loadTests {
		if t.fresh {
			_ = os.RemoveAll(folder)
			if folder, link, err = freshFolder(path); err != nil {
				return nil, err
			}
		}
		if t.cold {
			if err := dropFromMemory(path); err != nil {
				return nil, err
			}
		}
		marks, err := started(ctx, o.Command(kernels, link), "XDG_CACHE_HOME="+filepath.Join(folder, "cache"))
		if err != nil {
			return nil, err
		}
		opening, opened := marks[MarkOpening], marks[MarkOpened]
		if opening == 0 || opened <= opening {
			return nil, fault.New(fault.Internal, "the measured process did not tell when it opened the model")
		}
		samples = append(samples, opened-opening)
	}
	return samples, nil
}

// freshFolder is a new folder with the model file in it, under another name of
// the same bytes: what is kept beside a model or in the cache folder is not there.
// It lies in the cache folder, whose disk has room for weights.
func freshFolder(path string) (folder, link string, err error) {
	if err = os.MkdirAll(place.Cache(), 0o700); err != nil {
		return "", "", err
	}
	if folder, err = os.MkdirTemp(place.Cache(), "bench-load-*"); err != nil {
		return "", "", err
	}
	link = filepath.Join(folder, "model.gguf")
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return folder, "", fault.Wrap(err, fault.Model, "model file")
	}
	if err = os.Link(path, link); err == nil {
		return folder, link, nil
	}
	// Another disk. A name of its own is what counts.
	if path, err = filepath.Abs(path); err == nil {
		err = os.Symlink(path, link)
	}
	return folder, link, err
}

// dropFromMemory asks the kernel to forget a file's pages. Those that another
// process has mapped stay.
func dropFromMemory(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fault.Wrap(err, fault.Model, "model file")
	}
	defer f.Close()
	if err := unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED); err != nil {
		return fault.Wrap(err, fault.Internal, "cannot drop %s from memory", path)
	}
	return nil
}
