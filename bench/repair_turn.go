package bench

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"viscoder/internal/fault"
)

// RepairTurn is a recorded failure: a conversation up to the turn that tells the
// model what went wrong with its program.
type RepairTurn struct {
	Name     string `json:"name"`
	Language string `json:"language"`
	Model    string `json:"model"`   // that wrote the program
	System   string `json:"system"`  // what the model is told before
	User     string `json:"user"`    // the request
	Opening  string `json:"opening"` // the line that answers are begun with
	Answer   string `json:"answer"`  // the failed program and the fence after it
	Repair   string `json:"repair"`  // what the user says to it
}

//go:embed testdata/repairs.jsonl
var recorded []byte

// RecordedTurns are failures of real models on real toolchains.
func RecordedTurns() ([]RepairTurn, error) {
	return readTurns(bytes.NewReader(recorded), "the recorded turns")
}

// LoadTurns reads recorded turns from a JSON Lines file, or from the folder of a
// run: a turn for each of its rounds that had to be repaired.
func LoadTurns(path string) ([]RepairTurn, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "no recorded turns")
	}
	if info.IsDir() {
		return turnsOfRun(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "no recorded turns")
	}
	defer f.Close()
	return readTurns(f, path)
}

// longestTurn bounds a line of a recording, in bytes.
const longestTurn = 1 << 20

func readTurns(r io.Reader, name string) ([]RepairTurn, error) {
	var turns []RepairTurn
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestTurn)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var t RepairTurn
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return nil, fault.Wrap(err, fault.Usage, "%s:%d is no recorded turn", name, n)
		}
		if t.User == "" || t.Answer == "" || t.Repair == "" {
			return nil, fault.New(fault.Usage, "%s:%d lacks user, answer or repair", name, n)
		}
		turns = append(turns, t)
	}
	if err := lines.Err(); err != nil {
		return nil, fault.Wrap(err, fault.Usage, "cannot read %s", name)
	}
	return turns, nil
}

var openingLine = regexp.MustCompile("^```[^\n]*\n")

// turnsOfRun takes the turns from the journal of a run. Only rounds whose
// conversation is simply request, answer, complaint are taken: later ones speak
// of several answers.
func turnsOfRun(dir string) ([]RepairTurn, error) {
	text := map[string]string{}
	for _, name := range []string{"system.txt", "prompt.txt", "round-0.answer.txt", "prompt-1.txt"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) && name == "prompt-1.txt" {
			return nil, nil // nothing was to be repaired
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.Usage, "%s is not the folder of a run", dir)
		}
		text[name] = strings.TrimSuffix(string(data), "\n")
	}
	var run struct {
		Language string `json:"language"`
		Model    struct{ Name string }
	}
	data, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err == nil {
		err = json.Unmarshal(data, &run)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Usage, "%s has no usable run.json", dir)
	}
	answer := text["round-0.answer.txt"]
	opening := openingLine.FindString(answer)
	return []RepairTurn{{
		Name: filepath.Base(dir), Language: run.Language, Model: run.Model.Name,
		System: text["system.txt"], User: text["prompt.txt"], Opening: opening,
		Answer: strings.TrimPrefix(answer, opening), Repair: text["prompt-1.txt"],
	}}, nil
}

// WriteTurns writes turns as LoadTurns reads them, numbered within their language.
func WriteTurns(w io.Writer, turns []RepairTurn) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	count := map[string]int{}
	for _, t := range turns {
		count[t.Language]++
		t.Name = t.Language + "-" + strconv.Itoa(count[t.Language])
		if err := encoder.Encode(t); err != nil {
			return fmt.Errorf("bench: writing turns: %w", err)
		}
	}
	return nil
}

// SpreadTurns takes n turns, the languages by turns.
func SpreadTurns(turns []RepairTurn, n int) (chosen []RepairTurn) {
	seen := map[string]int{}
	for layer := 0; len(chosen) < min(n, len(turns)); layer++ {
		clear(seen)
		for _, t := range turns {
			if seen[t.Language]++; seen[t.Language] == layer+1 && len(chosen) < n {
				chosen = append(chosen, t)
			}
		}
	}
	return chosen
}
