package renderers

import (
	"os"
	"strings"
	"time"

	"viscoder/renderers/picture"
	"viscoder/renderers/sandbox"
	"viscoder/renderers/scene"
)

// Language is one kind of program that becomes a picture. Values are listed in
// all.go and never change.
type Language struct {
	Name       string   // as on the command line: python
	Title      string   // as in a sentence: Python
	Fences     []string // info strings of its code blocks; prompts ask for the first
	Extensions []string // with dot, the longest match wins
	Use        string   // what it draws best, in a few words: for choosing among languages
	Sample     string   // a small program that draws without data, to try the toolchain with
	Prompt     PromptHints
	Needs      []Tool
	Debian     []string // packages of the system that Setup installs where one of Needs is missing
	Parts      []*Part  // what Setup makes in viscoder's own folder

	// Plan says what to run for a job. A *Diagnostic as error means that the
	// program is wrong without being run; any other error is the machine's.
	Plan func(*Job) (Plan, error)
	// Warm says how a program of ours is started that runs the plans of such
	// jobs one after the other; the job's program is not known yet. nil: there
	// is none.
	Warm func(*Job) (Plan, error)
	// Explain says what went wrong in a run that left no good picture or ended
	// badly; nil means that the program itself did nothing wrong.
	Explain func(*Job, Evidence) *Diagnostic
}

// PromptHints is what a prompt says about a language; the wording is ours.
type PromptHints struct {
	System string // who the model is and how it answers
	Setup  string // what may be used
	Plot   string // what the program has to do
	NoData string // what to do when no data file is given
	// DataLine says how the program reaches a data file by its own name; kind
	// is csv, tsv, json, jsonl, xlsx or parquet. Empty: it cannot, so the
	// values have to stand in the prompt.
	DataLine func(name, kind string) string
}

// Job is one program to be made into pictures.
type Job struct {
	Language *Language
	Program  string
	Data     []DataFile
	Out      string        // existing host folder that receives the pictures
	Timeout  time.Duration // zero: DefaultTimeout
	Format   string        // png (default), svg or pdf; a png is made in any case, for the check
	Wants    Wants         // what the request asks for by name
	Strict   bool          // warnings about the picture are errors too

	tools *Tools
}

// DefaultTimeout bounds one run of a program, import of libraries included.
const DefaultTimeout = 30 * time.Second

// DataFile is a file of the user that the program may read, under its base
// name and read-only.
type DataFile struct {
	Name string // base name inside the box; empty: the base of Path
	Path string // on the host
}

// Plan is what a language wants to be run.
type Plan struct {
	Args     []string
	Env      []string
	Files    map[string]string // written into the working folder before the start
	ReadOnly []sandbox.Bind
	Limits   sandbox.Limits // zero fields: the runner's
	Printed  bool           // a picture on standard output counts as a file
	Turn     []string       // what a warm worker is told in place of Args
	Trim     bool           // pictures are pages: their empty borders are cut off

	// Look finds what pixels alone do not show, in the working folder after
	// the run; nil: nothing.
	Look func(work *os.Root) []picture.Finding
}

// Evidence is what a run left behind.
type Evidence struct {
	Result   sandbox.Result
	Report   Report
	Pictures int // that could be decoded
}

// Outcome is what a job came to.
type Outcome struct {
	Pictures   []string          // host paths in Job.Out, the main one first
	Diagnostic *Diagnostic       // nil: passed
	Findings   []picture.Finding // of all pictures; errors are in Diagnostic too
	Scene      *scene.Scene      // what the pictures show, where the language can tell; a claim
	Stdout     string
	Stderr     string
	Exec       time.Duration // of the program, start of the sandbox included
	TimedOut   bool
	Warm       bool   // a waiting worker ran it
	Note       string // why none did although one was prepared, once
}

// Kinds of diagnostics.
const (
	KindProgram   = "program"    // it ended with an error
	KindSyntax    = "syntax"     // it cannot even be read
	KindTimeout   = "timeout"    // a limit on time, memory, processes, disk or output ended it
	KindNoPicture = "no-picture" // it ended well and left none
	KindBlank     = "blank"      // the picture shows nothing
	KindPicture   = "picture"    // the picture is damaged or unreadable
	KindLooks     = "looks"      // the picture can be used, but lacks or hides something
	KindDenied    = "denied"     // it asked for what the sandbox does not give
)

// Diagnostic is what went wrong, for a model that has to mend it.
type Diagnostic struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`        // one line
	Line    int    `json:"line,omitempty"` // of the program, from 1; 0: unknown
	Text    string `json:"text"`           // condensed feedback, at most about 200 tokens
	Full    string `json:"full,omitempty"` // everything the tool said, without colour codes
}

func (d *Diagnostic) Error() string { return d.Message }

// ByName finds a language by its name or one of its fences.
func ByName(name string) (*Language, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	for _, l := range All() {
		if l.Name == name {
			return l, true
		}
	}
	for _, l := range All() {
		for _, fence := range l.Fences {
			if fence == name {
				return l, true
			}
		}
	}
	return nil, false
}

// ByExtension finds a language by a file name or an extension; the longest
// extension wins, so that sales.vl.json is Vega-Lite.
func ByExtension(file string) (*Language, bool) {
	file = strings.ToLower(file)
	var best *Language
	longest := 0
	for _, l := range All() {
		for _, ext := range l.Extensions {
			if strings.HasSuffix(file, ext) && len(ext) > longest {
				best, longest = l, len(ext)
			}
		}
	}
	return best, best != nil
}
