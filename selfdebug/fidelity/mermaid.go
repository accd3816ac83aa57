package fidelity

import (
	"regexp"
	"slices"
	"strings"
)

// diagram is what a source says of nodes and edges.
type diagram struct {
	kind  string
	nodes []string
	edges []edge
	names map[string]string // id → label
}

type edge struct{ from, to, label string }

func (d *diagram) node(id string) string {
	id = strings.TrimSpace(id)
	if id != "" && !slices.Contains(d.nodes, id) {
		d.nodes = append(d.nodes, id)
	}
	return id
}

func (d *diagram) name(id string) string {
	if n := d.names[id]; n != "" {
		return n
	}
	return id
}

// mermaidKinds are the plain names of diagrams by their first word.
var mermaidKinds = map[string]string{
	"flowchart": "flowchart", "graph": "flowchart", "sequenceDiagram": "sequence", "classDiagram": "class", "stateDiagram-v2": "state", "stateDiagram": "state",
	"erDiagram": "er", "gantt": "gantt", "pie": "pie", "mindmap": "mindmap", "timeline": "timeline", "journey": "journey", "gitGraph": "git", "quadrantChart": "quadrant",
	"xychart-beta": "xychart", "xychart": "xychart", "sankey-beta": "sankey", "sankey": "sankey", "block-beta": "block", "requirementDiagram": "requirement", "C4Context": "c4", "radar-beta": "radar",
	"classDiagram-v2": "class", "architecture-beta": "architecture", "packet-beta": "packet", "kanban": "kanban", "treemap-beta": "treemap",
}

var (
	frontMatter = regexp.MustCompile(`(?s)^\s*---\n(.*?)\n\s*---\n`)
	frontTitle  = regexp.MustCompile(`(?m)^\s*title:\s*(.+)$`)
	titleLine   = regexp.MustCompile(`(?m)^(?:\s*|pie\s+(?:showData\s+)?)(?:accT|t)itle:?\s+(.+)$`)
	quotedText  = regexp.MustCompile(`"([^"\n]*)"`)
	hexColour   = regexp.MustCompile(`#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b`)
	namedColour = regexp.MustCompile(`(?:fill|stroke|color)\s*:\s*([a-zA-Z]+)`)
	decimals    = regexp.MustCompile(`-?\d+(?:\.\d+)?`)
)

func seeMermaid(e Evidence, v *view) {
	text := v.code
	if m := frontMatter.FindStringSubmatch(text); m != nil {
		text = text[len(m[0]):]
		if t := frontTitle.FindStringSubmatch(m[1]); t != nil {
			v.titles = append(v.titles, strings.Trim(t[1], `"' `))
		}
	}
	for _, m := range titleLine.FindAllStringSubmatch(text, -1) {
		v.titles = append(v.titles, strings.Trim(m[1], `"' `))
	}
	d := &diagram{names: map[string]string{}}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	first, _, _ := strings.Cut(strings.TrimSpace(lines[0]), " ")
	d.kind = mermaidKinds[strings.Trim(first, ";:")]
	for _, line := range lines {
		line = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(line), ";"))
		if read := mermaidLines[d.kind]; read != nil {
			read(d, line)
		}
		v.texts = append(v.texts, line)
		for _, q := range quotedText.FindAllStringSubmatch(line, -1) {
			v.texts = append(v.texts, q[1])
		}
		v.numbers = append(v.numbers, floats(decimals.FindAllString(line, -1))...)
	}
	v.texts = append(v.texts, v.titles...)
	v.colours = append(v.colours, hexColour.FindAllString(text, -1)...)
	for _, m := range namedColour.FindAllStringSubmatch(text, -1) {
		v.colours = append(v.colours, m[1])
	}
	v.diagram = d
}

// mermaidLines read one line of a kind of diagram.
var mermaidLines = map[string]func(*diagram, string){
	"flowchart": flowLine, "sequence": sequenceLine, "class": classLine, "state": stateLine, "er": erLine, "gantt": colonLine, "pie": colonLine,
	"mindmap": mindLine, "timeline": colonLine, "journey": colonLine, "git": gitLine, "quadrant": colonLine, "sankey": commaLine, "block": flowLine, "kanban": mindLine, "treemap": colonLine,
}

var (
	flowArrow = regexp.MustCompile(`\s*(?:<|[ox])?(?:--+|==+|-\.+-?)\s*(?:"[^"]*"|[^-=.|>"\n]*?)\s*(?:-+|=+|-?\.+-)?(?:>|[ox](?:\s|$)|-|=)\s*(?:\|([^|]*)\|)?\s*`)
	flowWords = regexp.MustCompile(`(?:--|==|-\.)\s+"?([^-=.|>"\n]+?)"?\s+(?:-|=|\.)`)
	flowNode  = regexp.MustCompile(`^([A-Za-z0-9_.-]*[A-Za-z0-9_])\s*(?:[\[({>]{1,3}[/\\]?\s*"?(.*?)"?\s*[/\\]?[\])}]{1,3})?(?::::\w+)?$`)
)

func flowLine(d *diagram, line string) {
	word, _, _ := strings.Cut(line, " ")
	switch word {
	case "flowchart", "graph", "end", "classDef", "class", "style", "linkStyle", "click", "direction", "block-beta", "columns", "":
		return
	case "subgraph":
		return
	}
	arrows := flowArrow.FindAllStringSubmatchIndex(blankLabels(line), -1)
	from, at := []string(nil), 0
	label := ""
	for _, a := range append(arrows, []int{len(line), len(line), -1, -1}) {
		var to []string
		for _, part := range strings.Split(line[at:a[0]], " & ") {
			if id := d.flowNode(part); id != "" {
				to = append(to, id)
			}
		}
		for _, f := range from {
			for _, t := range to {
				d.edges = append(d.edges, edge{f, t, label})
			}
		}
		from, at, label = to, a[1], ""
		if a[2] >= 0 {
			label = strings.Trim(line[a[2]:a[3]], `" `)
		} else if m := flowWords.FindStringSubmatch(line[a[0]:a[1]]); m != nil {
			label = strings.TrimSpace(m[1])
		}
	}
}

// blankLabels hides what stands in brackets, so that no arrow is seen in it.
func blankLabels(line string) string {
	out, depth, quoted, piped := []byte(line), 0, false, false
	for i, c := range out {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '|' && depth == 0:
			piped = !piped
		case quoted:
		case c == '[' || c == '(' || c == '{':
			depth++
		case c == ']' || c == ')' || c == '}':
			depth--
		}
		if (depth > 0 || quoted) && !piped {
			out[i] = '_'
		}
	}
	return string(out)
}

func (d *diagram) flowNode(text string) string {
	m := flowNode.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return ""
	}
	if m[2] != "" {
		d.names[m[1]] = strings.Trim(m[2], `[](){}"/\ `)
	}
	return d.node(m[1])
}

var (
	participant = regexp.MustCompile(`^(?:create\s+)?(?:participant|actor)\s+(\S+)(?:\s+as\s+(.+))?$`)
	message     = regexp.MustCompile(`^([^-+:<>]+?)\s*(?:<<)?(-?->>?|-?-x|-?-\))\s*[+-]?\s*([^:]+?)\s*:\s*(.*)$`)
)

func sequenceLine(d *diagram, line string) {
	if m := participant.FindStringSubmatch(line); m != nil {
		d.names[m[1]] = m[2]
		d.node(m[1])
	} else if m := message.FindStringSubmatch(line); m != nil {
		d.edges = append(d.edges, edge{d.node(m[1]), d.node(m[3]), m[4]})
	}
}

var (
	classHead     = regexp.MustCompile(`^class\s+([\w~]+)(?:\["(.+?)"\])?`)
	classRelation = regexp.MustCompile(`^([\w~]+)\s*(?:"[^"]*")?\s*((?:<\||[*o<])?(?:--|\.\.)(?:\|>|[*o>])?)\s*(?:"[^"]*")?\s*([\w~]+)(?:\s*:\s*(.*))?$`)
	classMember   = regexp.MustCompile(`^(\w+)\s*:\s*\S`)
)

func classLine(d *diagram, line string) {
	if m := classHead.FindStringSubmatch(line); m != nil {
		d.node(m[1])
	} else if m := classRelation.FindStringSubmatch(line); m != nil {
		d.edges = append(d.edges, edge{d.node(m[1]), d.node(m[3]), m[4]})
	} else if m := classMember.FindStringSubmatch(line); m != nil {
		d.node(m[1])
	}
}

var (
	transition = regexp.MustCompile(`^(\S+)\s*-->\s*(\S+)(?:\s*:\s*(.*))?$`)
	stateName  = regexp.MustCompile(`^state\s+(?:"([^"]+)"\s+as\s+)?(\w+)`)
	stateText  = regexp.MustCompile(`^(\w+)\s*:\s*(.+)$`)
)

func stateLine(d *diagram, line string) {
	if m := transition.FindStringSubmatch(line); m != nil {
		d.edges = append(d.edges, edge{d.node(m[1]), d.node(m[2]), m[3]})
	} else if m := stateName.FindStringSubmatch(line); m != nil {
		if m[1] != "" {
			d.names[m[2]] = m[1]
		}
		d.node(m[2])
	} else if m := stateText.FindStringSubmatch(line); m != nil {
		d.names[m[1]] = m[2]
	}
}

var (
	erRelation = regexp.MustCompile(`^"?([\w-]+)"?\s+[|}o][|o]?[|{}o]*(?:--|\.\.)[|{}o]+\s+"?([\w-]+)"?\s*:\s*"?([^"]*)"?$`)
	erEntity   = regexp.MustCompile(`^"?([\w-]+)"?\s*\{$`)
)

func erLine(d *diagram, line string) {
	if m := erRelation.FindStringSubmatch(line); m != nil {
		d.edges = append(d.edges, edge{d.node(m[1]), d.node(m[2]), m[3]})
	} else if m := erEntity.FindStringSubmatch(line); m != nil {
		d.node(m[1])
	}
}

// colonLine reads "name : what", as tasks of a Gantt chart or slices of a pie.
func colonLine(d *diagram, line string) {
	name, rest, ok := strings.Cut(line, ":")
	if strings.HasPrefix(line, "section ") {
		d.node(strings.TrimPrefix(line, "section "))
		return
	}
	if ok && !strings.HasPrefix(line, "title") {
		d.node(strings.Trim(name, `" `))
		for _, event := range strings.Split(rest, " : ") {
			if event = strings.TrimSpace(event); d.kind == "timeline" {
				d.node(event)
			}
		}
	}
}

func mindLine(d *diagram, line string) {
	if m := flowNode.FindStringSubmatch(line); m != nil && m[2] != "" {
		d.node(strings.Trim(m[2], `[](){}" `))
	} else if line != "mindmap" && line != "kanban" {
		d.node(strings.Trim(line, `[](){}" `))
	}
}

var gitWord = regexp.MustCompile(`^(commit|branch|checkout|merge|switch)\b\s*(?:id:\s*)?"?([^"\s]*)`)

func gitLine(d *diagram, line string) {
	if m := gitWord.FindStringSubmatch(line); m != nil && m[1] != "checkout" && m[1] != "switch" {
		d.edges = append(d.edges, edge{m[1], m[2], ""})
		d.node(m[2])
	}
}

func commaLine(d *diagram, line string) {
	if parts := strings.Split(line, ","); len(parts) == 3 {
		d.edges = append(d.edges, edge{d.node(strings.Trim(parts[0], `" `)), d.node(strings.Trim(parts[1], `" `)), strings.TrimSpace(parts[2])})
	}
}
