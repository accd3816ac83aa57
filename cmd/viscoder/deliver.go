package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
)

// formats are the kinds of files that --out may name.
var formats = []string{".png", ".svg", ".pdf"}

// checkOut refuses a name that could not be written, before anything slow begins.
func checkOut(out string) error {
	if out == "" {
		return nil
	}
	folder := filepath.Dir(out)
	if isFolder(out) {
		folder = out
	} else if ext := strings.ToLower(filepath.Ext(out)); ext != "" && !slices.Contains(formats, ext) {
		return fault.New(fault.Usage, "--out: %s is no kind of picture that can be written", ext).
			WithHint("end the name in one of %s", strings.Join(formats, ", "))
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fault.New(fault.Usage, "--out: there is no folder %s", folder).WithHint("make it first: mkdir -p %s", folder)
	}
	return nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir() || strings.HasSuffix(path, "/")
}

// outFormat is the format that the name asks for: png, svg or pdf.
func outFormat(out string) string {
	if ext := strings.ToLower(filepath.Ext(out)); !isFolder(out) && slices.Contains(formats, ext) {
		return ext[1:]
	}
	return "png"
}

// wanted leaves out the twins of the main picture in other formats: an SVG comes
// with the PNG that was looked at.
func wanted(pictures []string) []string {
	var same []string
	for _, p := range pictures {
		if strings.EqualFold(filepath.Ext(p), filepath.Ext(pictures[0])) {
			same = append(same, p)
		}
	}
	return same
}

// shown is the picture to show in a terminal, "" if none has pixels.
func shown(pictures []string) string {
	for _, p := range pictures {
		if ext := strings.ToLower(filepath.Ext(p)); ext != ".svg" && ext != ".pdf" {
			return p
		}
	}
	return ""
}

// deliver copies the wanted pictures to where the user wants them and returns
// their paths. A named file is replaced; a name of our own never is.
func deliver(pictures []string, out, request string) ([]string, error) {
	pictures = wanted(pictures)
	var placed []string
	for i, picture := range pictures {
		path, err := deliverOne(picture, i, len(pictures), out, request)
		if err != nil {
			return placed, fault.Wrap(err, fault.Usage, "cannot write the picture").
				WithHint("it is kept at %s", picture)
		}
		placed = append(placed, path)
	}
	return placed, nil
}

func deliverOne(picture string, index, count int, out, request string) (string, error) {
	named := out != "" && !isFolder(out)
	base, kind := out, filepath.Ext(picture)
	if !named {
		base = filepath.Join(out, slug(request)+kind)
	} else if ext := filepath.Ext(out); ext != "" && !strings.EqualFold(ext, kind) {
		// The program made another kind of file than was asked for: a file must
		// not lie about what it is.
		base, named = strings.TrimSuffix(out, ext)+kind, false
	}
	if count > 1 {
		ext := filepath.Ext(base)
		base = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(base, ext), index+1, ext)
	}
	if named {
		return base, copyTo(picture, base)
	}
	path, err := reserve(base)
	if err != nil {
		return "", err
	}
	if err := copyTo(picture, path); err != nil {
		_ = os.Remove(path)
		return "", err
	}
	return path, nil
}

// maxNames bounds the search for a free name.
const maxNames = 10_000

// reserve makes an empty file at path, or at path with -2, -3 … before its
// extension when that is taken. It is exclusive, so two runs at once get two
// names.
func reserve(path string) (string, error) {
	ext := filepath.Ext(path)
	for n := 1; n <= maxNames; n++ {
		try := path
		if n > 1 {
			try = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), n, ext)
		}
		f, err := os.OpenFile(try, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
		if err == nil {
			return try, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	return "", fmt.Errorf("%s and %d more names like it are taken", path, maxNames)
}

func copyTo(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := atomicfile.Create(to, 0o644)
	if err != nil {
		return err
	}
	defer target.Abort()
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	return target.Commit()
}

// maxSlug is the longest name made from a request, in letters.
const maxSlug = 40

// slug turns a request into a file name: its words, in small letters, joined by
// hyphens, cut between words.
func slug(request string) string {
	words := strings.FieldsFunc(strings.ToLower(request), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	name := ""
	for _, word := range words {
		longer := strings.TrimPrefix(name+"-"+word, "-")
		if len([]rune(longer)) > maxSlug {
			break
		}
		name = longer
	}
	switch {
	case name != "":
		return name
	case len(words) > 0:
		return string([]rune(words[0])[:maxSlug])
	}
	return "picture"
}
