package renderers

const mermaidProgram = "program.mmd"

var mermaid = &Language{
	Name:       "mermaid",
	Title:      "Mermaid",
	Fences:     []string{"mermaid", "mmd"},
	Extensions: []string{".mmd", ".mermaid"},
	Use:        "flowcharts, sequence diagrams, timelines, mind maps",
	Sample:     sample("mermaid.mmd"),
	Needs:      []Tool{browserTool("mermaid"), nodeTool("mermaid"), moduleTool("mermaid", "mermaid")},
	Debian:     browserDebian(),
	Parts:      []*Part{nodePart},
	Prompt: PromptHints{
		System: "You are an expert in diagrams with Mermaid. Answer with exactly one complete diagram in one ```mermaid block and nothing else.",
		Setup:  "Mermaid 11. The first line names the kind of diagram, such as flowchart TD, sequenceDiagram, classDiagram, stateDiagram-v2, erDiagram, gantt, pie, mindmap, timeline, quadrantChart or xychart-beta. No HTML pages, no scripts, no pictures by address.",
		Plot:   `Write one diagram that can be drawn as it stands. Keep to the syntax of its kind. Put labels with brackets, quotes, commas or other special characters into double quotes: A["f(x) = 1"]. Use the names of the request exactly.`,
		NoData: "No data file is given: take what the request says, and a few plausible values where it says none.",
	},
	Plan:    func(job *Job) (Plan, error) { return browserPlan(job, "mermaid", mermaidProgram) },
	Explain: explainReport,
}
