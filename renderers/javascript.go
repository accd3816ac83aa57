package renderers

import (
	_ "embed"
	"fmt"
)

// nodeDriver runs a program of JavaScript or TypeScript inside the sandbox.
//
//go:embed node/run.js
var nodeDriver string

var javascript = &Language{
	Name:       "javascript",
	Title:      "JavaScript",
	Fences:     []string{"javascript", "js", "node", "jsx"},
	Extensions: []string{".js", ".mjs", ".cjs"},
	Use:        "drawings on a canvas by an algorithm",
	Sample:     sample("javascript.js"),
	Needs:      nodeNeeds("javascript"),
	Debian:     []string{"fonts-dejavu-core", "fonts-liberation"},
	Parts:      []*Part{nodePart, pythonPart},
	Prompt: PromptHints{
		System:   "You are an expert in data visualization with JavaScript. Answer with exactly one complete program for Node.js in one ```javascript block and nothing else.",
		Setup:    "The program runs in Node.js, not in a browser: there is no document and no window. Installed packages: canvas (createCanvas), d3, jsdom, chart.js, echarts, vega, vega-lite. There is no network.",
		Plot:     "Either draw on a canvas and write it with fs.writeFileSync(\"plot.png\", canvas.toBuffer(\"image/png\")), or make an SVG document and write it to plot.svg. Fill the background with white first. Give the picture a title, axis labels with units, and a legend where there are several series. End by yourself.",
		NoData:   "No data file is given: write a small, plausible data set into the program.",
		DataLine: nodeDataLine,
	},
	Plan:    func(job *Job) (Plan, error) { return planNode(job, "program.js") },
	Explain: explainReport,
}

// planNode runs a program in node; the name of the file tells the language.
func planNode(job *Job, program string) (Plan, error) {
	p, err := job.tools.nodePlan(job.Language.Name, nodeDriver, program)
	if err != nil {
		return p, err
	}
	p.Files = map[string]string{program: job.Program}
	p.Printed = true
	return p, nil
}

func nodeNeeds(language string) []Tool {
	return []Tool{nodeTool(language), moduleTool(language, "esbuild"), moduleTool(language, "@napi-rs/canvas"), packageTool("resvg-py", "resvg_py", (*Tools).modulePython)}
}

func nodeDataLine(name, kind string) string {
	read := map[string]string{
		"csv": `const rows = d3.csvParse(fs.readFileSync(%q, "utf8"), d3.autoType);`, "tsv": `const rows = d3.tsvParse(fs.readFileSync(%q, "utf8"), d3.autoType);`,
		"json": `const rows = JSON.parse(fs.readFileSync(%q, "utf8"));`, "jsonl": `const rows = fs.readFileSync(%q, "utf8").trim().split("\n").map((line) => JSON.parse(line));`,
	}[kind]
	if read == "" {
		return ""
	}
	return fmt.Sprintf(read, name)
}
