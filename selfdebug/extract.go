package selfdebug

import (
	"strings"
)

// Source says where in an answer a program was found.
type Source string

// The sources, from the best to the least certain.
const (
	FromFence    Source = "fence"    // a closed block of the wanted language
	FromOther    Source = "other"    // a closed block with another or no info string
	FromUnclosed Source = "unclosed" // a block that the answer's end cut off
	FromBare     Source = "bare"     // no block at all, but the text looks like a program
	FromNowhere  Source = "none"
)

// Extraction is the program found in an answer.
type Extraction struct {
	Program string // ends with one newline; empty if there is none
	From    Source
}

// block is a fenced code block.
type block struct {
	info   string // first word after the opening fence, in lower case
	lines  []string
	closed bool
}

// Extract finds the program in an answer: the first block of the wanted
// language, else the first closed block of any, else one that was cut off,
// else the whole answer where it looks like a program. Info strings never
// become part of the program (VisPlotBench's harness lets them).
func Extract(answer string, fences []string) Extraction {
	blocks := findBlocks(splitLines(answer))
	for _, want := range []struct {
		from Source
		ok   func(block) bool
	}{
		{FromFence, func(b block) bool { return b.closed && named(b.info, fences) }},
		{FromUnclosed, func(b block) bool { return named(b.info, fences) }},
		{FromOther, func(b block) bool { return b.closed }},
		{FromUnclosed, func(block) bool { return true }},
	} {
		for _, b := range blocks {
			if p := program(b.lines); p != "" && want.ok(b) {
				return Extraction{p, want.from}
			}
		}
	}
	if lines := splitLines(answer); len(blocks) == 0 && looksLikeCode(lines) {
		return Extraction{program(lines), FromBare}
	}
	return Extraction{From: FromNowhere}
}

func splitLines(s string) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(s, "\r", "\n"), "\n")
}

func named(info string, fences []string) bool {
	for _, f := range fences {
		if strings.EqualFold(info, f) {
			return true
		}
	}
	return false
}

// program joins the lines without blank ones at the ends.
func program(lines []string) string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// findBlocks reads fenced blocks as CommonMark does (spec 0.31.2, 4.5): a
// closing fence is at least as long as the opening one, of the same character
// and bare. The opening fence's indentation is taken off its lines.
func findBlocks(lines []string) []block {
	var blocks []block
	for i := 0; i < len(lines); i++ {
		open, ok := parseFence(lines[i])
		if !ok {
			continue
		}
		b := block{info: open.info}
		for i++; i < len(lines); i++ {
			if f, ok := parseFence(lines[i]); ok && f.closes(open) {
				b.closed = true
				break
			}
			b.lines = append(b.lines, unindent(lines[i], open.indent))
		}
		blocks = append(blocks, b)
	}
	return blocks
}

// fence is a line that opens or closes a block.
type fence struct {
	mark   byte
	length int
	indent int // bytes of white space before it
	info   string
}

func parseFence(line string) (fence, bool) {
	rest := strings.TrimLeft(line, " \t")
	f := fence{indent: len(line) - len(rest)}
	if rest == "" || (rest[0] != '`' && rest[0] != '~') {
		return fence{}, false
	}
	f.mark = rest[0]
	info := strings.TrimLeft(rest, string(rune(f.mark)))
	f.length = len(rest) - len(info)
	if f.length < 3 || (f.mark == '`' && strings.ContainsRune(info, '`')) {
		return fence{}, false
	}
	if words := strings.Fields(info); len(words) > 0 {
		f.info = strings.ToLower(strings.Trim(words[0], "{}."))
	}
	return f, true
}

func (f fence) closes(open fence) bool {
	return f.info == "" && f.mark == open.mark && f.length >= open.length
}

func unindent(line string, n int) string {
	for n > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
		line, n = line[1:], n-1
	}
	return line
}

// codeSigns begin a line of a program in one of the languages.
var codeSigns = []string{"import ", "from ", "<svg", "<?xml", "<!doctype", "<html", "\\documentclass", "\\version",
	"{", "}", "#", "//", "def ", "for ", "fig", "plt.", "ax.", "df", "graph ", "flowchart", "sequenceDiagram", "size("}

// looksLikeCode says that most lines of a text without a block are a program's.
func looksLikeCode(lines []string) bool {
	code, all := 0, 0
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		all++
		if codeLine(line) {
			code++
		}
	}
	return all > 0 && code*5 >= all*3
}

func codeLine(line string) bool {
	low := strings.ToLower(line)
	for _, sign := range codeSigns {
		if strings.HasPrefix(low, strings.ToLower(sign)) {
			return true
		}
	}
	switch line[len(line)-1] {
	case ')', '(', '{', '}', '[', ']', ';', '>':
		return true
	case ',':
		return strings.ContainsAny(line, "=:\"'(")
	}
	return strings.Contains(line, " = ")
}

// commentSigns begin lines that do nothing in one of the languages.
var commentSigns = []string{"#", "//", "%"}

// normalised is a program without what does not change what it does: comment
// lines, blank lines, trailing white space. Two programs that are equal so are
// the same attempt.
func normalised(text string) string {
	var kept []string
	for _, line := range splitLines(text) {
		line = strings.TrimRight(line, " \t")
		if bare := strings.TrimSpace(line); bare != "" && !hasAnyPrefix(bare, commentSigns) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
