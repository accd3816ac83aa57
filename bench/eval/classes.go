package eval

import (
	"regexp"
	"strings"

	"viscoder/renderers"
	"viscoder/selfdebug"
)

// Classes that every language has.
const (
	classTimeout = "Timeout" // KeyboardInterrupt in the paper, whose harness interrupts the kernel
	classLimit   = "Limit"   // memory, disk, processes or output
	classOther   = "Other"
)

// kindClasses are decided by how the run ended, before its words are read.
var kindClasses = map[string]string{
	selfdebug.KindNoProgram: "NoProgram", renderers.KindNoPicture: "NoPicture", renderers.KindBlank: "Blank",
	renderers.KindPicture: "Picture", renderers.KindDenied: "Denied",
}

// sign is what an error of a class says.
type sign struct {
	class string
	says  *regexp.Regexp
}

func signs(pairs ...string) []sign {
	var all []sign
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, sign{pairs[i], regexp.MustCompile("(?i)" + pairs[i+1])})
	}
	return all
}

// classes are the paper's (arXiv 2510.23642v2, tables 15–22) for each language,
// in the order in which they are looked for.
var classes = map[string][]sign{
	"vegalite": signs("JSONDecode", `valid JSON|bracket|one object`, "Type", `TypeError|undefined is not|cannot read`,
		"Parse", `cannot be|specification|unexpected token|expression|parse|unrecogni|property|invalid`, "Rendering", `.`),
	"lilypond": signs("FileNotFound", `cannot find file|no such file`, "Markup", `markup`, "Type", `wrong type|not an? [a-z-]+$|expecting .* found`,
		"Syntax", `syntax|unexpected|unknown escaped|not a note name|unbound|unterminated|invalid`),
	"mermaid": signs("YAML", `YAML|front matter`, "UnknownDiagram", `unknown diagram|no diagram type`, "DiagramLimit", `maximum|too many edges`,
		"Type", `TypeError|cannot read|is not a function`, "Structure", `end of|unclosed|not closed`, "Syntax", `parse error|lexical|syntax`, "Logic", `.`),
	"svg": signs("Unclosed", `closed|too early|unclosed|end of`, "Syntax", `.`),
	"latex": signs("Undefined", `undefined|I do not know the key|unknown`, "Package", `package|not found|\.sty|library`,
		"Structure", `\\end\{|\\begin\{|ended by|not closed|missing \\begin`, "Syntax", `missing|extra|runaway|ended while|paragraph ended|too many|misplaced|semicolon|illegal`,
		"Runtime", `.`),
	"asymptote": signs("ModuleLoad", `could not load module|cannot open file`, "FunctionSignature", `no matching function`, "Variable", `no matching variable|no type of name|no field`,
		"Cast", `cannot cast`, "AmbiguousCall", `call .* ambiguous`, "AmbiguousUsage", `ambiguous`, "Syntax", `syntax error|cannot be read|unexpected`, "Runtime", `.`),
	"html": signs("RequestFailed", `there is no file|failed to load|request`, "Page", `Error\b.*:|is not defined`, "Console", `.`),
}

// exception begins the last line of a traceback.
var exception = regexp.MustCompile(`^(?:[\w.]+\.)?([A-Za-z_]\w*?)(?:Error|Exception)?(?::|$)`)

// Class names the class of an error as the paper's tables do: by language, the
// kind that the renderers give and the tool's words.
func Class(language, kind, message, full string) string {
	if kind == renderers.KindTimeout {
		if strings.Contains(message, "time limit") {
			return classTimeout
		}
		return classLimit
	}
	if c, ok := kindClasses[kind]; ok {
		return c
	}
	for _, s := range classes[language] {
		if s.says.MatchString(message) || s.says.String() != "(?i)." && s.says.MatchString(firstLine(full)) {
			return s.class
		}
	}
	if m := exception.FindStringSubmatch(message); m != nil && len(m[1]) < 40 {
		return m[1]
	}
	if kind == renderers.KindSyntax {
		return "Syntax"
	}
	return classOther
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
