package renderers

import "fmt"

const htmlProgram = "program.html"

var html = &Language{
	Name:       "html",
	Title:      "HTML",
	Fences:     []string{"html", "htm"},
	Extensions: []string{".html", ".htm"},
	Use:        "web pages, dashboards, tables and cards",
	Sample:     sample("html.html"),
	Needs:      []Tool{browserTool("html"), nodeTool("html"), moduleTool("html", "chart.js"), moduleTool("html", "d3")},
	Debian:     browserDebian(),
	Parts:      []*Part{nodePart},
	Prompt: PromptHints{
		System: "You are an expert in data visualization with HTML, CSS and JavaScript. Answer with exactly one complete page in one ```html block and nothing else.",
		Setup:  "Write one self-contained page. There is no network, but these libraries can be loaded from cdn.jsdelivr.net: Chart.js 4, D3 7, ECharts 5, Plotly 2, Vega 5 with Vega-Lite 5 and Vega-Embed 6, Mermaid 11. No other scripts, styles, fonts or pictures from outside.",
		Plot:   "The page must draw the picture by itself as it loads, at a width of up to 1200 pixels, without a click and without animation. Give the elements that hold charts a width and a height. Give the picture a title, axis labels with units, and a legend where there are several series.",
		NoData: "No data file is given: write a small, plausible data set into the script.",
		DataLine: func(name, kind string) string {
			load := map[string]string{
				"csv": "const rows = await d3.csv(%q, d3.autoType);", "tsv": "const rows = await d3.tsv(%q, d3.autoType);",
				"json":  "const rows = await (await fetch(%q)).json();",
				"jsonl": `const rows = (await (await fetch(%q)).text()).trim().split("\n").map(line => JSON.parse(line));`,
			}[kind]
			if load == "" {
				return ""
			}
			return fmt.Sprintf(load, name)
		},
	},
	Plan:    func(job *Job) (Plan, error) { return browserPlan(job, "html", htmlProgram) },
	Explain: explainReport,
}

// explainReport is what a driver says, where it says all.
func explainReport(job *Job, e Evidence) *Diagnostic { return explainError(job, e.Report.Error) }
