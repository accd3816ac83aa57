package selfdebug

import (
	"fmt"
	"strings"

	"viscoder/engine"
	"viscoder/renderers"
	"viscoder/renderers/picture"
	"viscoder/renderers/scene"
)

// Verdict is what came of an attempt.
type Verdict struct {
	Passed   bool
	Usable   bool         // not passed, but the picture will do where none better comes
	Kind     string       // a renderers.Kind…, KindNoProgram, or "" if passed
	Message  string       // one line for people
	Line     int          // of the program, from 1; 0 = unknown
	Text     string       // condensed feedback for the model
	Full     string       // all that the tool said
	Pictures []string     // on the host, the main one first; there may be some without a pass
	Warnings []string     // what the picture's check found short of failing
	Scene    *scene.Scene // what the pictures show; nil where that cannot be told
	Flaws    []string     // what asked for a repair of a picture that is Usable
	Rank     int          // how far the attempt came; higher is better
}

// KindNoProgram says that an answer held no program.
const KindNoProgram = "no-program"

// Ranks of verdicts. A program error adds its line's share of the program, up
// to rankLines, so that the program that ran longer is kept.
const (
	rankNothing   = 0
	rankSyntax    = 10
	rankTimeout   = 20
	rankProgram   = 30
	rankLines     = 20
	rankNoPicture = 55
	rankPicture   = 60 // a picture, and an error as well
	rankLooks     = 80 // a picture that can be used
	rankPassed    = 100
)

// judge turns the outcome of a run into a verdict.
func judge(program string, out renderers.Outcome) Verdict {
	v := Verdict{Scene: out.Scene, Pictures: out.Pictures}
	for _, f := range out.Findings {
		if f.Grade == picture.GradeWarning {
			v.Warnings = append(v.Warnings, f.Message)
		} else {
			v.Flaws = append(v.Flaws, f.Message)
		}
	}
	if out.Diagnostic == nil {
		v.Passed = true
		v.Rank = rankPassed - min(len(v.Warnings), rankPassed-rankLooks-1)
		return v
	}
	d := out.Diagnostic
	v.Kind, v.Message, v.Line, v.Text, v.Full = d.Kind, d.Message, d.Line, d.Text, d.Full
	if v.Full == "" {
		v.Full = d.Text
	}
	v.Usable = d.Kind == renderers.KindLooks && len(out.Pictures) > 0
	v.Rank = rank(d, program, len(out.Pictures))
	if v.Usable {
		v.Rank -= min(len(out.Findings), rankLooks-rankPicture-1)
	}
	return v
}

func rank(d *renderers.Diagnostic, program string, pictures int) int {
	switch {
	case d.Kind == renderers.KindSyntax:
		return rankSyntax
	case d.Kind == renderers.KindTimeout:
		return rankTimeout
	case pictures > 0 && d.Kind == renderers.KindLooks:
		return rankLooks
	case pictures > 0:
		return rankPicture
	case d.Kind == renderers.KindNoPicture:
		return rankNoPicture
	}
	lines := strings.Count(program, "\n") + 1
	return rankProgram + rankLines*min(d.Line, lines)/lines
}

// noProgram is the verdict on an answer without a program; how the generation
// ended says why.
func noProgram(end string, stopped engine.StopReason, fenceTag string) Verdict {
	text := fmt.Sprintf("The answer held no ```%s block with a program.", fenceTag)
	if end == endCircle || stopped == engine.StopLimit || stopped == engine.StopContext {
		text = "The answer was too long and was cut off before the program was complete. Write a shorter program."
	}
	return Verdict{Kind: KindNoProgram, Message: text, Text: text, Full: text, Rank: rankNothing}
}
