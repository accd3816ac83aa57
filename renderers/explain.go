package renderers

import (
	"cmp"
	"fmt"
	"strings"

	"viscoder/renderers/sandbox"
)

// maxFull bounds the uncondensed feedback, in characters.
const maxFull = 20_000

// explainLimit says which limit ended a run, or nil.
func explainLimit(job *Job, r sandbox.Result) *Diagnostic {
	var message, advice string
	switch r.Reason {
	case "":
		return nil
	case sandbox.ReasonTimeout:
		message = fmt.Sprintf("the program was stopped after %v, the time limit", job.Timeout)
		advice = "Make it faster: fewer points, no endless loop, no waiting for input or network."
	case sandbox.ReasonMemory:
		message = "the program was stopped because it used too much memory"
		advice = "Use less data at a time and a smaller figure."
	case sandbox.ReasonOutput:
		message = "the program was stopped because it printed without end"
		advice = "Do not print in a loop."
	case sandbox.ReasonDisk:
		message = "the program was stopped because it wrote too many or too large files"
		advice = "Save the picture only."
	case sandbox.ReasonProcesses:
		message = "the program was stopped because it started too many processes or threads"
		advice = "Draw in one process."
	default:
		message = "the program was stopped: " + string(r.Reason)
	}
	d := &Diagnostic{Kind: KindTimeout, Message: message, Text: strings.TrimSpace(sentence(message) + " " + advice), Full: fullText(message, string(r.Stderr))}
	if line := pythonStopped(string(r.Stderr)); r.Reason == sandbox.ReasonTimeout && job.Language == python && line > 0 {
		d.Line, d.Text = line, feedback(message+"; it was at work", job.Program, line, 0, advice)
	}
	return d
}

// explainExit is the fallback when a tool ended badly and its language had
// nothing to say about it.
func explainExit(r sandbox.Result) *Diagnostic {
	message := fmt.Sprintf("the program ended with exit code %d", r.ExitCode)
	if r.Signal != "" {
		message = "the program crashed (" + r.Signal + ")"
	}
	text := sentence(message)
	if said := strings.TrimSpace(withoutPaths(plain(tail(string(r.Stderr), maxMessage)))); said != "" {
		text += "\n" + said
	}
	return &Diagnostic{Kind: KindProgram, Message: message, Text: text, Full: fullText(message, string(r.Stderr))}
}

func explainNoPicture(r Report, seen gathered) *Diagnostic {
	message := "the program ended without an error but made no picture"
	text := sentence(message) + " Draw the plot and save or show it."
	for _, note := range append(seen.lost, r.Notes...) {
		text += " " + sentence(clip(oneLine(plain(note)), maxNote))
	}
	return &Diagnostic{Kind: KindNoPicture, Message: message, Text: text, Full: text}
}

// explainError makes a diagnostic of an error that a driver reports.
func explainError(job *Job, e *ReportedError) *Diagnostic {
	if e == nil {
		return nil
	}
	kind, note := KindProgram, e.Note
	switch {
	case e.Syntax:
		kind = KindSyntax
	case e.Denied:
		kind, note = KindDenied, cmp.Or(note, "there is no network and no access to other files here; use the data given, or values in the program")
	}
	message := strings.TrimSpace(plain(e.Message))
	if e.Type != "" {
		message = strings.TrimSuffix(e.Type+": "+message, ": ")
	}
	return &Diagnostic{
		Kind: kind, Line: e.Line, Message: clip(oneLine(gist(withoutPaths(message))), maxMessage),
		Text: feedback(message, job.Program, e.Line, e.Column, note),
		Full: fullText(e.Full, ""),
	}
}

// fullText is what a tool said, whole up to a bound, without colour codes.
func fullText(parts ...string) string {
	return tail(strings.TrimSpace(plain(strings.Join(parts, "\n"))), maxFull)
}

// sentence makes a message start with a capital and end with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}
