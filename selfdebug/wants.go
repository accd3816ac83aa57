package selfdebug

import (
	"regexp"

	"viscoder/renderers"
)

// Wording that asks for a part of a picture beyond doubt. "Count of titles by
// year" is about data, so the word alone is not enough.
var (
	asksTitle  = regexp.MustCompile(`(?i)\b(?:titled|entitled)\b|\btitle\s*[:=]|\btitle\s+(?:it|the (?:plot|chart|figure|graph))\b|\b(?:with|add|give|include|set|use|needs?|has|have)\s+(?:it\s+)?(?:an?|the|its|this|following)?\s*(?:[\w-]+\s+){0,2}title\b(?:\s*(?:["'“‘,.;:!]|and\b|of the (?:plot|chart|figure)|to\b|that\b|at\b|$))`)
	asksLabels = regexp.MustCompile(`(?i)\blabel(?:l?ed|s)?\s+(?:(?:both|the|all|its|each|x and y|x- and y-)\s*)*axes\b|\b(?:with|add|include|has|have|needs?|and)\s+(?:[\w-]+\s+){0,2}ax[ei]s (?:labels|titles)\b|\bx(?:-axis|-)? and y(?:-axis)? labels\b`)
	asksLegend = regexp.MustCompile(`(?i)\b(?:with|add|include|show|display|draw|put|place|use|needs?|have)\s+(?:an?|the)?\s*(?:[\w-]+\s+){0,2}legend\b|\blegend\s*[:=]`)
	// Where one of these stands too, nothing is certain.
	asksNoTitle  = regexp.MustCompile(`(?i)\b(?:no|without|omit|remove|hide|drop)\b[^.;]{0,30}\btitle`)
	asksNoLabels = regexp.MustCompile(`(?i)\b(?:no|without|omit|remove|hide|drop)\b[^.;]{0,30}\b(?:label|ax[ei]s)|\b(?:rotat|turn|slant|tick)[^.;]{0,30}\blabel|\b[xy][- ]axis labels`)
	asksNoLegend = regexp.MustCompile(`(?i)\b(?:no|not|without|omit|remove|hide|drop)\b[^.;]{0,30}\blegend`)
)

// wants is what the task asks for by name. A part that it may or may not mean is
// left out: a picture is not sent back on a guess.
func wants(t Task) renderers.Wants {
	text := t.Prompt + "\n" + t.Style
	return renderers.Wants{
		Title:      asksTitle.MatchString(text) && !asksNoTitle.MatchString(text),
		AxisLabels: asksLabels.MatchString(text) && !asksNoLabels.MatchString(text),
		Legend:     asksLegend.MatchString(text) && !asksNoLegend.MatchString(text),
	}
}
