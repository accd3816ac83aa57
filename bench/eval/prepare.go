package eval

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"viscoder/internal/atomicfile"
	"viscoder/internal/fault"
	"viscoder/renderers"
	"viscoder/selfdebug"
)

// dataName is the name under which programs see a task's data, as in
// VisPlotBench's prompts.
const dataName = "data.csv"

// slug is the task's folder name: unlike ids and keys it is safe in every file
// system and page.
func (t Task) slug() string {
	safe := strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, t.ID)
	if safe != t.ID {
		sum := sha256.Sum256([]byte(t.ID))
		safe = strings.Trim(safe, "-") + "-" + hex.EncodeToString(sum[:4])
	}
	return t.Language + "-" + safe
}

// request writes the task's data into folder and makes it a task of the loop.
func (t Task) request(folder string) (selfdebug.Task, error) {
	lang, ok := renderers.ByName(t.Language)
	if !ok {
		return selfdebug.Task{}, fault.New(fault.Internal, "task %s has no language", t.Key())
	}
	r := selfdebug.Task{Prompt: strings.TrimSpace(t.Instruction + "\n" + t.Output), Style: t.Style, Setup: t.setup(lang), Language: t.Language}
	if strings.TrimSpace(t.Data) == "" {
		return r, nil
	}
	path := filepath.Join(folder, dataName)
	if err := atomicfile.WriteFile(path, []byte(t.Data), 0o600); err != nil {
		return r, fault.Wrap(err, fault.Usage, "cannot write the data of task %s", t.Key())
	}
	r.Data = []string{path}
	return r, nil
}

// setup is the part of the prompt that says what may be used; "" leaves it to
// the language. Definitions in the language's own code follow it, since that is
// where the benchmark has its data.
func (t Task) setup(lang *renderers.Language) string {
	text := t.Setup
	if text == "" && lang.Name == "python" && len(t.Libraries) > 0 {
		text = pythonSetup(t.Libraries)
	}
	if strings.TrimSpace(t.Definitions) == "" {
		return text
	}
	if text == "" {
		text = lang.Prompt.Setup
	}
	return text + "\nBegin with these definitions, unchanged:\n" + strings.TrimSpace(t.Definitions)
}

// hints are what two libraries are used wrongly without; VisPlotBench gives them too.
var hints = map[string]string{
	"holoviews": " Load the extension first: hv.extension(\"bokeh\").",
	"chartify":  " Import it as chartify and begin with a chartify.Chart object.",
}

func pythonSetup(libraries []string) string {
	text := fmt.Sprintf("Use Python with pandas and %s, and numpy or scipy where needed; draw with no other library.", strings.Join(libraries, " and "))
	for _, l := range libraries {
		text += hints[strings.ToLower(l)]
	}
	return text
}

// folders of one run of an evaluation, below its own.
const (
	runsFolder      = "runs"
	referenceFolder = "references"
)

// fresh makes an empty folder for a task; what a killed run left there goes.
func fresh(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fault.Wrap(err, fault.Usage, "cannot clear the folder of a task")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fault.Wrap(err, fault.Usage, "cannot make the folder of a task")
	}
	return nil
}
