package renderers

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"viscoder/renderers/sandbox"
)

// shellPlan runs one of our shell drivers. The driver is an argument and no
// file, so that the program cannot change what runs it; its own arguments
// follow as $1 and so on.
func shellPlan(driver string, binds []sandbox.Bind, args ...string) Plan {
	return Plan{Args: append([]string{"/bin/sh", "-c", driver, "sh"}, args...), ReadOnly: binds}
}

// complaint is what is wrong in a program, as its tool says it.
type complaint struct {
	kind    string // empty: KindProgram
	message string
	line    int // of the program, from 1; 0: unknown
	column  int // from 1; 0: unknown
	note    string
	full    string
}

// diagnostic is the complaint for a model; the line is left out where the
// program has no such line.
func (c complaint) diagnostic(job *Job) *Diagnostic {
	if c.line < 0 || c.line > lineCount(job.Program) {
		c.line, c.column = 0, 0
	}
	if c.kind == "" {
		c.kind = KindProgram
	}
	if c.kind == KindDenied && c.note == "" {
		c.note = "there is no network and no access to other files here; use the data given, or values in the program"
	}
	message := strings.TrimSpace(plain(c.message))
	if oneLine(message) == "" {
		message = job.Language.Title + " ended with an error and gave no reason"
	}
	return &Diagnostic{
		Kind: c.kind, Line: c.line, Message: clip(oneLine(gist(withoutPaths(message))), maxMessage),
		Text: feedback(message, job.Program, c.line, c.column, c.note),
		Full: fullText(withoutPaths(c.full)),
	}
}

func lineCount(program string) int {
	return strings.Count(strings.TrimRight(program, "\n"), "\n") + 1
}

// atoi reads a line or column; what is no number, or absurd, is 0.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n > 1<<30 {
		return 0
	}
	return n
}

// lineOf is the first line, from 1, that holds text; 0 where none does.
func lineOf(program, text string) int {
	i := strings.Index(program, text)
	if i < 0 || text == "" {
		return 0
	}
	return strings.Count(program[:i], "\n") + 1
}

// lineMatching is the first line that an expression matches; 0 where none does.
func lineMatching(program string, re *regexp.Regexp) int {
	at := re.FindStringIndex(program)
	if at == nil {
		return 0
	}
	return strings.Count(program[:at[0]], "\n") + 1
}

// caretColumn is where a line of blanks and one caret points, from 1; 0 where
// the line is no such line.
func caretColumn(line string) int {
	before, after, found := strings.Cut(line, "^")
	if !found || strings.TrimSpace(before+after) != "" {
		return 0
	}
	return utf8.RuneCountInString(before) + 1
}

// dataNote reminds of the names of the data files; without any, it says that
// there are none.
func dataNote(job *Job) string {
	if names := job.names(); len(names) > 0 {
		return fmt.Sprintf("the data is in %q, in the current folder", strings.Join(names, `", "`))
	}
	return "there are no files here; put the values into the program"
}

// columnNote names the columns of the first table among the data files; empty
// where there is none.
func columnNote(job *Job) string {
	for _, d := range job.Data {
		if ext := strings.ToLower(filepath.Ext(d.dataName())); ext != ".csv" && ext != ".tsv" {
			continue
		}
		f, err := os.Open(d.Path)
		if err != nil {
			return ""
		}
		defer f.Close()
		head, err := bufio.NewReader(io.LimitReader(f, 4096)).ReadString('\n')
		if err != nil && err != io.EOF {
			return ""
		}
		return fmt.Sprintf("the first line of %s is: %s", d.dataName(), clip(oneLine(plain(head)), maxNote/2))
	}
	return ""
}
