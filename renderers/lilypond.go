package renderers

import (
	_ "embed"
	"path/filepath"
	"regexp"
	"strings"
)

// lilypondDriver engraves inside the sandbox.
//
//go:embed lilypond/run.sh
var lilypondDriver string

const (
	lilypondProgram    = "program.ly"
	lilypondResolution = "180" // dots an inch: a page is about 1500 wide
	// lilypondDefaults takes the advertisement off the foot of the page, as the
	// program may too.
	lilypondDefaults = "\\header { tagline = ##f }\n"
)

var lilypond = &Language{
	Name:       "lilypond",
	Title:      "LilyPond",
	Fences:     []string{"lilypond", "ly"},
	Extensions: []string{".ly", ".ily"},
	Use:        "sheet music",
	Sample:     sample("lilypond.ly"),
	Needs:      []Tool{systemTool("lilypond", "lilypond", "--version")},
	Debian:     []string{"lilypond", "ghostscript"},
	Prompt: PromptHints{
		System: "You are an expert in engraving music with LilyPond. Answer with exactly one complete file in one ```lilypond block and nothing else.",
		Setup:  `Begin with \version "2.22.1" and use the syntax of that version. Notes have Dutch names (cis, bes) unless a \language is given. No files are included and Scheme does not touch the system.`,
		Plot:   `The file must compile as it stands: a \score with the music and a \layout { } block. Close every { and << in its order, let the notes of each bar add up to the time signature, and write lyrics in \lyricmode or \addlyrics. Keep the piece short enough for one page unless more is asked for.`,
		NoData: "Everything that is to be engraved stands in the request; make up no more than it needs.",
		DataLine: func(string, string) string {
			return ""
		},
	},
	Plan:    planLilypond,
	Explain: explainLilypond,
}

func planLilypond(job *Job) (Plan, error) {
	path, binds, err := systemProgram("lilypond", "lilypond")
	if err != nil {
		return Plan{}, err
	}
	p := shellPlan(lilypondDriver, binds, path, job.Format, lilypondResolution)
	p.Files = map[string]string{lilypondProgram: tolerateVersion(job.Program), "defaults.ly": lilypondDefaults}
	p.Trim = true
	p.Env = lilypondBytecode()
	p.Limits.AddressSpace = -1 // Guile's garbage collector, as Asymptote's
	return p, nil
}

// lilypondBytecode says where LilyPond's own Scheme lies compiled: as Debian
// builds it, it looks in the wrong folder, and takes four times as long.
func lilypondBytecode() []string {
	found, _ := filepath.Glob("/usr/lib/*/lilypond/*/ccache")
	if len(found) == 0 {
		return nil
	}
	return []string{"GUILE_LOAD_COMPILED_PATH=" + strings.Join(found, ":")}
}

var lilypondVersion = regexp.MustCompile(`\\version\s*"(\d+)\.(\d+)[^"\n]*"`)

// tolerateVersion lowers a version statement that names a newer LilyPond than
// there may be: LilyPond refuses the file, whether or not it uses anything new.
func tolerateVersion(program string) string {
	return lilypondVersion.ReplaceAllStringFunc(program, func(s string) string {
		m := lilypondVersion.FindStringSubmatch(s)
		if major, minor := atoi(m[1]), atoi(m[2]); major > 2 || major == 2 && minor > 22 {
			return `\version "2.22.0"`
		}
		return s
	})
}

var (
	lyPlace   = regexp.MustCompile(`^(\S+\.i?ly):(\d+):(\d+): (?:(fatal error|error|programming error)|warning): (.*)$`)
	lyFailure = regexp.MustCompile(`(?m)^\S+\.i?ly:\d+:\d+: (?:fatal )?error: `)
	lyScheme  = regexp.MustCompile(`^(?:Guile signaled an error for the expression|ice-9/\S+:\d+:\d+: |ERROR: |fatal error: |error: )(.*)$`)
	lyInvalid = regexp.MustCompile(`syntax error, unexpected|not a note name|unknown escaped string|unrecognized string|unexpected|missing end quote|EOF found`)
	lyMissing = regexp.MustCompile("cannot find file: [`']([^']+)'|(?:No such file or directory|Permission denied): \"?([^\"\n]+)")
)

func explainLilypond(job *Job, e Evidence) *Diagnostic {
	said := plain(string(e.Result.Stderr))
	// An error in Scheme code leaves a gap in the music, and the exit code 0.
	if e.Result.ExitCode == 0 && !lyFailure.MatchString(said) {
		if e.Pictures > 0 {
			return nil
		}
		return complaint{kind: KindNoPicture, message: `the file has no music that is printed: write a \score with music and a \layout { } block`, full: said}.diagnostic(job)
	}
	return condenseLilypond(job, said).diagnostic(job)
}

// condenseLilypond takes the first error; those that follow are mostly its
// consequences.
func condenseLilypond(job *Job, said string) complaint {
	c := complaint{full: said}
	lines := strings.Split(plain(said), "\n")
	for i, line := range lines {
		if m := lyPlace.FindStringSubmatch(line); m != nil && m[4] != "" {
			c.message, c.full = m[5], strings.Join(lines[i:], "\n")
			if m[1] == lilypondProgram {
				c.line, c.column = atoi(m[2]), atoi(m[3])
			}
			c.continueLilypond(lines[i+1:])
			break
		}
	}
	for _, line := range lines {
		if m := lyScheme.FindStringSubmatch(line); m != nil && c.message == "" && m[1] != "" && !strings.HasPrefix(m[1], "failed files") {
			c.message = m[1]
		}
	}
	if c.message == "" {
		c.message = "LilyPond ended with an error: " + clip(lastLine(plain(said)), maxNote)
	}
	c.finishLilypond(job)
	return c
}

// continueLilypond takes what Scheme says behind the source, which LilyPond
// shows in two lines, broken where the error is.
func (c *complaint) continueLilypond(after []string) {
	if !strings.HasPrefix(c.message, "Guile signaled an error") || len(after) < 3 || lyPlace.MatchString(after[2]) {
		return
	}
	c.message = "error in Scheme code: " + after[2]
}

func (c *complaint) finishLilypond(job *Job) {
	if lyInvalid.MatchString(c.message) {
		c.kind = KindSyntax
	}
	if m := lyMissing.FindStringSubmatch(c.message); m != nil {
		name := firstOf(m[1:])
		c.kind = ""
		c.note = "files cannot be included here, except those that come with LilyPond; write everything into the one file"
		if strings.HasPrefix(name, "/") {
			c.kind, c.note = KindDenied, ""
		}
	}
	switch {
	case strings.Contains(c.message, "not a note name"):
		c.note = `notes have Dutch names (cis, bes, fis) unless \language is set; commands need a backslash`
	case strings.Contains(c.message, "Unbound variable"):
		c.note = "# begins Scheme code; a sharp is written cis or dis, a flat bes or es"
	case strings.Contains(c.message, "unknown escaped string"):
		c.note = "there is no such command, or it is defined further below"
	case strings.Contains(c.message, "unexpected end of input"):
		c.note = "a { or << is not closed"
	}
}
