package selfdebug

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"viscoder/internal/atomicfile"
	"viscoder/internal/place"
)

// Journal is the folder that a run leaves behind:
//
//	run.json            what was asked, with which model and settings
//	report.json         what came of it
//	system.txt          what the model is told before the first turn
//	prompt.txt          the first turn; prompt-1.txt, … the repair turns
//	round-0.py          the program of a round; round-1.try-1.py one that was not taken
//	round-0.answer.txt  the model's whole answer
//	round-0.error.txt   the whole error
//	round-0.stdout.txt, round-0.stderr.txt
//	round-0/            the pictures of a round
//	picture.png         the best one
//
// Each file appears whole or not at all, and programs are on disk before
// anything else happens: a crash loses no attempt. Folders stay until the user
// deletes them.
type Journal struct {
	Dir string // absolute
}

// NewJournal makes a folder of its own in parent ("" = place.Runs()), called
// by the time and the first words of the request.
func NewJournal(parent, request string, now time.Time) (*Journal, error) {
	if parent == "" {
		parent = place.Runs()
	}
	parent, err := filepath.Abs(parent)
	if err != nil {
		return nil, err
	}
	if _, err := place.Make(parent); err != nil {
		return nil, fmt.Errorf("making the folder of runs: %w", err)
	}
	name := now.UTC().Format("20060102T150405Z")
	if s := slug(request); s != "" {
		name += "-" + s
	}
	for n := 1; n < 1000; n++ {
		dir := filepath.Join(parent, name)
		if n > 1 {
			dir += fmt.Sprintf("-%d", n)
		}
		err := os.Mkdir(dir, 0o700)
		if err == nil {
			return &Journal{Dir: dir}, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("making the run's folder: %w", err)
		}
	}
	return nil, fmt.Errorf("making the run's folder: %s is taken", name)
}

const slugRunes = 40

// slug is the first words of a text as a file name: small letters, digits and
// hyphens.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case b.Len() >= slugRunes:
			return strings.Trim(b.String(), "-")
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// write places a file; text is what programs and models wrote, so it goes
// nowhere but under the names given here.
func (j *Journal) write(name string, data []byte) (string, error) {
	path := filepath.Join(j.Dir, name)
	if err := atomicfile.WriteFile(path, data, 0o600); err != nil {
		return "", fmt.Errorf("writing the journal: %w", err)
	}
	return path, nil
}

func (j *Journal) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = j.write(name, append(data, '\n'))
	return err
}

// system records what the model is told before the first turn.
func (j *Journal) system(text string) error {
	_, err := j.write("system.txt", []byte(text))
	return err
}

// prompt records the turn that opens a round.
func (j *Journal) prompt(round int, text string) error {
	name := "prompt.txt"
	if round > 0 {
		name = fmt.Sprintf("prompt-%d.txt", round)
	}
	_, err := j.write(name, []byte(text))
	return err
}

// attempt records an answer and its program, and says where the program lies.
// A later try of the same round takes the round's name, and the earlier ones
// are kept as tries.
func (j *Journal) attempt(round, try int, ext, answer, program string) (string, error) {
	stem := fmt.Sprintf("round-%d", round)
	path := filepath.Join(j.Dir, stem+ext)
	if try > 0 {
		kept := filepath.Join(j.Dir, fmt.Sprintf("%s.try-%d%s", stem, try, ext))
		if err := os.Rename(path, kept); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("writing the journal: %w", err)
		}
	}
	if _, err := j.write(stem+".answer.txt", []byte(answer)); err != nil {
		return "", err
	}
	if program == "" {
		return "", nil
	}
	return j.write(stem+ext, []byte(program))
}

// outcome records what a run said.
func (j *Journal) outcome(round int, stdout, stderr, failure string) error {
	for _, f := range []struct{ kind, text string }{{"stdout", stdout}, {"stderr", stderr}, {"error", failure}} {
		if f.text == "" {
			continue
		}
		if _, err := j.write(fmt.Sprintf("round-%d.%s.txt", round, f.kind), []byte(f.text)); err != nil {
			return err
		}
	}
	return nil
}

// pictures makes the folder that receives the pictures of a round.
func (j *Journal) pictures(round int) (string, error) {
	return place.Make(filepath.Join(j.Dir, fmt.Sprintf("round-%d", round)))
}

// keep copies the best picture to the top of the folder.
func (j *Journal) keep(picture string) (string, error) {
	in, err := os.Open(picture)
	if err != nil {
		return "", err
	}
	defer in.Close()
	path := filepath.Join(j.Dir, "picture"+strings.ToLower(filepath.Ext(picture)))
	out, err := atomicfile.Create(path, 0o600)
	if err != nil {
		return "", err
	}
	defer out.Abort()
	if _, err := io.Copy(out, in); err != nil {
		return "", err
	}
	return path, out.Commit()
}
