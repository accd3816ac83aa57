package renderers

var typescript = &Language{
	Name:       "typescript",
	Title:      "TypeScript",
	Fences:     []string{"typescript", "ts"},
	Extensions: []string{".ts", ".mts"},
	Use:        "drawings on a canvas by typed programs",
	Sample:     sample("typescript.ts"),
	Needs:      nodeNeeds("typescript"),
	Debian:     []string{"fonts-dejavu-core", "fonts-liberation"},
	Parts:      []*Part{nodePart, pythonPart},
	Prompt: PromptHints{
		System:   "You are an expert in data visualization with TypeScript. Answer with exactly one complete program for Node.js in one ```typescript block and nothing else.",
		Setup:    "The program runs in Node.js, not in a browser: there is no document and no window. Use ES imports. Installed packages: canvas (createCanvas), d3, jsdom, chart.js, echarts, vega, vega-lite. There is no network.",
		Plot:     "Either draw on a canvas and write it with fs.writeFileSync(\"plot.png\", canvas.toBuffer(\"image/png\")), or make an SVG document and write it to plot.svg. Fill the background with white first. Give the picture a title, axis labels with units, and a legend where there are several series. End by yourself.",
		NoData:   "No data file is given: write a small, plausible data set into the program.",
		DataLine: nodeDataLine,
	},
	Plan:    func(job *Job) (Plan, error) { return planNode(job, "program.ts") },
	Explain: explainReport,
}
