package renderers

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Bounds of a condensed diagnostic. About 3.5 characters make a token, so the
// whole stays near 200 tokens.
const (
	maxMessage = 320 // characters of the message
	maxNote    = 240
	maxLine    = 110 // characters of one source line
	around     = 2   // lines shown before and after the failing one
)

// ansi matches the colour and cursor codes of terminals (ECMA-48 CSI and OSC).
var ansi = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])")

// plain removes colour codes and control characters, and makes valid UTF-8.
func plain(s string) string {
	s = ansi.ReplaceAllString(strings.ToValidUTF8(s, "�"), "")
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f {
			return r
		}
		return -1
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// hostPath matches the folders of an absolute path; they differ from machine to
// machine, cost room and say nothing. Addresses of the web are left alone.
var hostPath = regexp.MustCompile(`(^|[\s'"(=\[])(?:/[^\s/'":,)]+)+/`)

func withoutPaths(s string) string { return hostPath.ReplaceAllString(s, "$1") }

// clip shortens s to n characters and marks the cut.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimRight(string([]rune(s)[:n-1]), " \n") + "…"
}

// oneLine joins the lines of a message.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// feedback puts a diagnostic's text together: message, the failing line with
// its neighbours, and a note.
func feedback(message, program string, line, column int, note string) string {
	var b strings.Builder
	b.WriteString(gist(withoutPaths(plain(message))))
	if line > 0 {
		fmt.Fprintf(&b, " (line %d)", line)
	}
	if e := excerpt(program, line, column); e != "" {
		b.WriteString("\n" + e)
	}
	if note = oneLine(withoutPaths(plain(note))); note != "" {
		b.WriteString("\nNote: " + clip(note, maxNote))
	}
	return b.String()
}

// gist is a message within maxMessage: its first paragraph where it is long,
// because libraries append whole manuals.
func gist(message string) string {
	message = strings.TrimSpace(message)
	if first, _, more := strings.Cut(message, "\n\n"); more && utf8.RuneCountInString(message) > maxMessage {
		if strings.HasSuffix(first, ":") { // what it announces is the point
			second, _, _ := strings.Cut(strings.TrimSpace(message[len(first):]), "\n\n")
			first += "\n" + second
		}
		message = first
	}
	return clip(message, maxMessage)
}

// excerpt shows a line of the program with its neighbours; column, from 1,
// puts a caret under it, 0 does not.
func excerpt(program string, line, column int) string {
	lines := strings.Split(strings.TrimRight(program, "\n"), "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	var b strings.Builder
	for n := max(1, line-around); n <= min(len(lines), line+around); n++ {
		mark := ' '
		if n == line {
			mark = '>'
		}
		source, caret := window(plain(strings.TrimRight(lines[n-1], "\r")), column, n == line)
		fmt.Fprintf(&b, "%c%4d | %s\n", mark, n, source)
		if caret > 0 {
			fmt.Fprintf(&b, "      | %s^\n", strings.Repeat(" ", caret-1))
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// window cuts a long line to the part around column, and says where the column
// is in what is left.
func window(line string, column int, failing bool) (string, int) {
	r := []rune(strings.ReplaceAll(line, "\t", " "))
	if !failing {
		column = 0
	}
	if len(r) <= maxLine {
		return string(r), min(column, len(r)+1)
	}
	from := max(0, min(column-maxLine/2, len(r)-maxLine))
	cut := string(r[from : from+maxLine])
	if from > 0 {
		cut = "…" + cut
		column++
	}
	if from+maxLine < len(r) {
		cut += "…"
	}
	return cut, max(0, min(column, len(r)+1)-from)
}

// lastLine is the last line that says anything.
func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// tail is the end of s, from a line's start, of at most n characters.
func tail(s string, n int) string {
	s = strings.TrimSpace(s)
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	s = string(r[len(r)-n:])
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		s = s[i+1:]
	}
	return s
}
