package renderers

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
	"viscoder/renderers/picture"
)

const (
	maxPictures   = 40
	maxTotalBytes = 256 << 20 // of all pictures of one run
)

// rasterFormats can be looked at; vectorFormats are passed on.
var (
	rasterFormats = []string{".png", ".jpg", ".jpeg", ".gif", ".webp"}
	vectorFormats = []string{".svg", ".pdf"}
	rawFormats    = []string{".ppm", ".pgm", ".pbm", ".pnm", ".bmp"} // become PNG
)

// found is one picture file in the working folder.
type found struct {
	ReportedPicture        // what the driver says of it; of no file but its own
	name            string // relative to the working folder, with slashes
}

// findPictures lists the picture files that a run left: first those that the
// driver reports, in its order, then the others by name. The sandbox has
// removed everything but regular files and folders.
func findPictures(work *os.Root, r Report, skip []string) ([]found, error) {
	var names []string
	err := fs.WalkDir(work.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.Type().IsRegular() && isPicture(name) && !slices.Contains(skip, name) && !slices.Contains(r.Duplicates, name):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fault.Wrap(err, fault.Sandbox, "looking for pictures")
	}
	var ordered []found
	for _, p := range r.Pictures {
		if i := slices.Index(names, path.Clean(p.File)); i >= 0 {
			ordered = append(ordered, found{p, names[i]})
			names = slices.Delete(names, i, i+1)
		}
	}
	for _, name := range names {
		ordered = append(ordered, found{name: name})
	}
	return ordered, nil
}

func isPicture(name string) bool {
	return isRaster(name) || hasExtension(name, vectorFormats) || hasExtension(name, rawFormats)
}

func isRaster(name string) bool { return hasExtension(name, rasterFormats) }

func hasExtension(name string, list []string) bool {
	return slices.Contains(list, strings.ToLower(path.Ext(name)))
}

// taker copies pictures out of the working folder, each whole or not at all.
type taker struct {
	work *os.Root
	out  string
	left int64 // bytes that may still be taken
	trim bool  // cut empty borders off
}

// take copies one file and returns where it is now. why says what is wrong
// with the file; err is the machine's trouble.
func (t *taker) take(name string) (target, why string, err error) {
	in, err := t.work.Open(name)
	if err != nil {
		return "", "", err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return "", "", err
	}
	if info.Size() > min(picture.MaxFileBytes, t.left) {
		return "", fmt.Sprintf("%s is too large (%d bytes)", path.Base(name), info.Size()), nil
	}
	t.left -= info.Size()
	target, err = freeName(t.out, safeName(path.Base(name)))
	if err != nil {
		return "", "", err
	}
	file, err := atomicfile.Create(target, 0o644)
	if err != nil {
		return "", "", err
	}
	defer file.Abort()
	if _, err := io.Copy(file, io.LimitReader(in, info.Size())); err != nil {
		return "", "", err
	}
	if err := file.Commit(); err != nil {
		return "", "", err
	}
	if hasExtension(target, rawFormats) {
		return asPNG(target)
	}
	if t.trim && isRaster(target) {
		return target, "", trim(target)
	}
	return target, "", nil
}

// asPNG puts a PNG in the place of a raw picture; why says what is wrong with it.
func asPNG(raw string) (target, why string, err error) {
	target, err = toPNG(raw)
	if err != nil {
		why = strings.TrimPrefix(err.Error(), raw+": ")
		return "", filepath.Base(raw) + " cannot be opened: " + why, os.Remove(raw)
	}
	return target, "", nil
}

// freeName is a path in dir that no file has, with a number where needed.
func freeName(dir, name string) (string, error) {
	ext := filepath.Ext(name)
	for i := 1; ; i++ {
		try := filepath.Join(dir, name)
		if i > 1 {
			try = filepath.Join(dir, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), i, ext))
		}
		_, err := os.Lstat(try)
		if errors.Is(err, fs.ErrNotExist) {
			return try, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// safeName keeps a name that a program chose from doing harm in a terminal, a
// page or a shell.
func safeName(name string) string {
	ext := path.Ext(name)
	stem := []rune(strings.TrimSuffix(name, ext))
	if len(stem) > 80 {
		stem = stem[:80]
	}
	clean := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, string(stem))
	if clean == "" || clean[0] == '.' || clean[0] == '-' {
		clean = "_" + clean
	}
	return clean + strings.ToLower(ext)
}
