package fidelity

import (
	"math"
	"regexp"
	"strings"
)

// music is what a source says of a score.
type music struct {
	clefs, keys, times []string
	notes              []string // names without octave and length
	staves, bars       int
	lyrics             string
}

var (
	lyString  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	lyClef    = regexp.MustCompile(`\\clef\s+"?([A-Za-z_^0-9]+)"?`)
	lyKey     = regexp.MustCompile(`\\key\s+([a-h](?:is|es|s)*)\s*\\(\w+)`)
	lyTime    = regexp.MustCompile(`\\time\s+(\d+/\d+)`)
	lyStaff   = regexp.MustCompile(`\\new\s+(?:\w*Staff)\b`)
	lyPitch   = regexp.MustCompile(`(?:^|[\s<{(~\[|>])([a-h](?:isis|eses|is|es|s)?)(?:[,']*[?!]?\d*\.*(?:\*\d+(?:/\d+)?)?)(?:$|[\s>})~\[\]|\\(<^_:-])`)
	lyCommand = regexp.MustCompile(`\\(?:relative\s+[a-h](?:is|es)*[,']*|key\s+[a-h](?:is|es)*\s*\\\w+|transpose\s+[a-h](?:is|es)*[,']*\s+[a-h](?:is|es)*[,']*|tempo[^{}\n]*?=\s*\d+|partial\s+\d+\.*(?:\*\d+)?|time\s+\d+/\d+|clef\s+\S+|bar\s*\S+|[A-Za-z]+)`)
	lyTitle   = regexp.MustCompile(`\b(?:title|subtitle|composer|piece|instrument|poet|opus|arranger)\s*=\s*(?:\\markup\s*\{?[^"]*)?"([^"]*)"`)
	lyHyphen  = regexp.MustCompile(`\s*--\s*`)
)

func seeLilypond(e Evidence, v *view) {
	text := v.code
	for _, m := range lyTitle.FindAllStringSubmatch(text, -1) {
		v.titles = append(v.titles, m[1])
	}
	for _, s := range lyString.FindAllString(text, -1) {
		v.texts = append(v.texts, strings.Trim(s, `"`))
	}
	v.texts = append(v.texts, v.titles...)
	m := &music{staves: len(lyStaff.FindAllString(text, -1)), bars: strings.Count(lyString.ReplaceAllString(text, ""), "|")}
	for _, c := range lyClef.FindAllStringSubmatch(text, -1) {
		m.clefs = append(m.clefs, strings.ToLower(c[1]))
	}
	for _, k := range lyKey.FindAllStringSubmatch(text, -1) {
		m.keys = append(m.keys, k[1]+" "+k[2])
	}
	for _, t := range lyTime.FindAllStringSubmatch(text, -1) {
		m.times = append(m.times, t[1])
	}
	text, m.lyrics = cutBlocks(text, []string{`\lyricmode`, `\addlyrics`, `\lyricsto`, `\lyrics`})
	v.texts = append(v.texts, m.lyrics)
	text, said := cutBlocks(text, []string{`\markup`, `\header`, `\layout`, `\paper`, `\midi`, `\with`})
	v.texts = append(v.texts, said)
	text = lyString.ReplaceAllString(text, " ")
	text = lyCommand.ReplaceAllString(text, " ")
	for _, line := range strings.Fields(spaced(text)) {
		if p := lyPitch.FindStringSubmatch(" " + line + " "); p != nil {
			m.notes = append(m.notes, p[1])
		}
	}
	v.music = m
}

// spaced sets brackets apart, so that notes can be told by fields.
func spaced(text string) string {
	return strings.NewReplacer("{", " ", "}", " ", "<", " ", ">", " ", "|", " ", "(", " ", ")", " ", "~", " ", "[", " ", "]", " ", "#", " #").Replace(text)
}

// cutBlocks takes the {…} after each of the commands out of text.
func cutBlocks(text string, commands []string) (rest, taken string) {
	for _, c := range commands {
		for {
			at := strings.Index(text, c)
			open := -1
			if at >= 0 {
				open = strings.IndexByte(text[at:], '{')
			}
			if open < 0 {
				break
			}
			end := closing(text, at+open)
			taken += " " + lyHyphen.ReplaceAllString(inside(text, at+open), "")
			text = text[:at] + " " + text[end:]
		}
	}
	return text, strings.Join(strings.Fields(taken), " ")
}

// closing is the place after the bracket that closes the one at open.
func closing(text string, open int) int {
	depth := 0
	for i := open; i < len(text); i++ {
		switch text[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

// inside is what stands between the bracket at open and the one that closes it.
func inside(text string, open int) string {
	end := closing(text, open)
	if end > open+1 && text[end-1] == '}' {
		end--
	}
	return text[min(open+1, len(text)):max(end, min(open+1, len(text)))]
}

func (c *checker) music() {
	f := c.facts.Music
	if f == nil {
		return
	}
	m := c.view.music
	if m == nil {
		m = &music{}
	}
	for _, clef := range f.Clefs {
		c.fact(contains(m.clefs, clef) || clef == "treble" && len(m.clefs) < max(m.staves, 1), "there is no %s clef", clef)
	}
	for _, key := range f.Keys {
		c.fact(contains(m.keys, key), "the key of %s is not set", key)
	}
	if f.Time != "" {
		c.fact(contains(m.times, f.Time) || f.Time == "4/4" && len(m.times) == 0, "the time signature %s is not set", f.Time)
	}
	if f.Staves > 0 {
		c.fact(max(m.staves, 1) == f.Staves, "there are %d staves, not %d", max(m.staves, 1), f.Staves)
	}
	if f.Notes > 0 {
		c.fact(math.Abs(float64(len(m.notes)-f.Notes)) <= 0.05*float64(f.Notes), "there are about %d notes, not %d", len(m.notes), f.Notes)
	}
	if f.Bars > 0 {
		c.fact(m.bars >= f.Bars-1, "there are %d bar lines, not %d", m.bars, f.Bars)
	}
	if f.Pitch != "" {
		c.fact(strings.Contains(" "+strings.Join(m.notes, " ")+" ", " "+strings.Join(strings.Fields(f.Pitch), " ")+" "), "the notes %s do not follow each other", f.Pitch)
	}
	if f.Lyrics != "" {
		c.fact(holdsAll(words(m.lyrics), words(f.Lyrics)), "the words “%s” are not sung", f.Lyrics)
	}
}

func contains(list []string, want string) bool {
	for _, s := range list {
		if strings.EqualFold(s, want) {
			return true
		}
	}
	return false
}
