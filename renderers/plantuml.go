package renderers

import (
	_ "embed"
	"path/filepath"
	"regexp"
	"strings"

	"viscoder/renderers/sandbox"
)

// plantumlDriver draws inside the sandbox.
//
//go:embed plantuml/run.sh
var plantumlDriver string

const (
	plantumlProgram    = "program.puml"
	plantumlResolution = "-Sdpi=160" // dots an inch; 96 is the size that it is drawn for
)

var plantuml = &Language{
	Name:       "plantuml",
	Title:      "PlantUML",
	Fences:     []string{"plantuml", "puml"},
	Extensions: []string{".puml", ".plantuml", ".pu", ".iuml"},
	Use:        "UML diagrams of software",
	Sample:     sample("plantuml.puml"),
	Needs:      []Tool{systemTool("plantuml", "java", "-version"), systemTool("plantuml", "dot", "-V"), systemTool("plantuml", "plantuml", "-version")},
	Debian:     []string{"plantuml", "default-jre-headless", "graphviz", "fonts-dejavu-core"},
	Prompt: PromptHints{
		System: "You are an expert in drawing diagrams with PlantUML. Answer with exactly one complete diagram in one ```plantuml block and nothing else.",
		Setup:  "Use the syntax of PlantUML 1.2020 for one kind of diagram: sequence, use case, class, activity, component, state, object, deployment, timing, Gantt or mind map. Include no files, no addresses and no pictures; themes are not there.",
		Plot:   "Begin with @startuml (@startmindmap or @startgantt for these) and end with the @end that belongs to it. Give the diagram a title, declare participants before they are used, and close every block with end, } or endif.",
		NoData: "Everything that is to be drawn stands in the request; make up no more than it needs.",
		DataLine: func(string, string) string {
			return ""
		},
	},
	Plan:    planPlantuml,
	Explain: explainPlantuml,
}

// javaHeap bounds the memory of Java, which would take a quarter of the machine's.
const javaHeap = "-Xmx512m"

func planPlantuml(job *Job) (Plan, error) {
	if d := deniedPlantuml(job); d != nil {
		return Plan{}, d
	}
	path, binds, err := systemProgram("plantuml", "plantuml")
	if err != nil {
		return Plan{}, err
	}
	if _, err := lookUp("plantuml", "java"); err != nil {
		return Plan{}, err
	}
	resolution := plantumlResolution
	if umlPlain.MatchString(job.Program) {
		resolution = ""
	}
	p := shellPlan(plantumlDriver, append(binds, javaSettings()...), path, job.Format, resolution)
	p.Files = map[string]string{plantumlProgram: job.Program}
	p.Env = []string{
		"JAVA_TOOL_OPTIONS=-Djava.awt.headless=true " + javaHeap + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Duser.home=/tmp/home",
		"PLANTUML_SECURITY_PROFILE=SANDBOX", "PLANTUML_LIMIT_SIZE=8192",
	}
	p.Trim = true
	p.Limits.AddressSpace = -1 // Java reserves far more than it uses
	return p, nil
}

// javaSettings are what Debian keeps of Java below /etc, where a box shows
// nothing that is not named.
func javaSettings() []sandbox.Bind {
	found, _ := filepath.Glob("/etc/java-*-openjdk")
	var binds []sandbox.Bind
	for _, dir := range found {
		binds = append(binds, sandbox.Bind{Host: dir})
	}
	return binds
}

var (
	// A setting is a line that is put into the diagram, and these kinds do not know it.
	umlPlain  = regexp.MustCompile(`(?m)^\s*@start(?:gantt|json|yaml|math|latex|dot|ditaa)`)
	umlLine   = regexp.MustCompile(`(?m)^lineNumber=(\d+)$`)
	umlLabel  = regexp.MustCompile(`(?m)^label=(.+)$`)
	umlSource = regexp.MustCompile(`(?m)^(.*?) *\n\^{3,} *\n *(.*?) *$`)
	umlAccess = regexp.MustCompile(`(?i)[!]include\w*\s+(?:/|\.\.|~|https?:|file:)\S*|<img:?\s*(?:/|https?:)|%(?:load_json|getenv)\(`)
	umlNoise  = regexp.MustCompile(`(?m)^(?:Picked up .*|.* java\.util\.prefs\..*|INFO: .*|protocolVersion=.*|status=.*|Some diagram description contains errors)\n?`)
)

// deniedPlantuml finds what the box does not give; PlantUML would report it as
// an error of syntax.
func deniedPlantuml(job *Job) *Diagnostic {
	line := lineMatching(job.Program, umlAccess)
	if line == 0 {
		return nil
	}
	message := "the diagram asks for a file or an address"
	return complaint{kind: KindDenied, line: line, message: message, full: message}.diagnostic(job)
}

func explainPlantuml(job *Job, e Evidence) *Diagnostic {
	said := umlNoise.ReplaceAllString(plain(string(e.Result.Stderr)+"\n"+string(e.Result.Stdout)), "")
	if e.Result.ExitCode == 0 && e.Pictures > 0 {
		return nil
	}
	return condensePlantuml(job, said).diagnostic(job)
}

// condensePlantuml finds the line. PlantUML counts from 0 or from 1, as its
// version has it, but shows the text of the line too.
func condensePlantuml(job *Job, said string) complaint {
	c := complaint{kind: KindSyntax, full: said}
	if m := umlLabel.FindStringSubmatch(said); m != nil {
		c.message = strings.TrimSuffix(m[1], "?")
	}
	if m := umlLine.FindStringSubmatch(said); m != nil {
		c.line = atoi(m[1]) + 1
	}
	if m := umlSource.FindStringSubmatch(said); m != nil {
		c.line = nearest(job.Program, m[1], c.line)
		if c.message == "" {
			c.message = strings.TrimSuffix(m[2], "?")
		}
	}
	switch {
	case strings.Contains(said, "No diagram found"):
		c.message, c.line = "there is no diagram: it must stand between @startuml and @enduml", lineCount(job.Program)
	case c.message == "":
		c.message = "PlantUML cannot draw this: " + clip(lastLine(said), maxNote)
	}
	if c.message == "Syntax Error" {
		c.note = "this line does not fit the kind of diagram that the lines before it make, or its syntax is that of another version"
	}
	return c
}

// nearest is the line that reads like text and is closest to where; where
// itself when there is none.
func nearest(program, text string, where int) int {
	text = strings.TrimSpace(text)
	best := 0
	for i, line := range strings.Split(program, "\n") {
		if n := i + 1; text != "" && strings.TrimSpace(line) == text && (best == 0 || abs(n-where) < abs(best-where)) {
			best = n
		}
	}
	if best == 0 {
		return where
	}
	return best
}

func abs(n int) int { return max(n, -n) }
