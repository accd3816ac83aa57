package renderers

import (
	_ "embed"
	"fmt"
)

// rDriver runs a program of R inside the sandbox.
//
//go:embed r/run.R
var rDriver string

const rProgram = "program.R"

var rLanguage = &Language{
	Name:       "r",
	Title:      "R",
	Fences:     []string{"r", "rscript"},
	Extensions: []string{".r"},
	Use:        "statistical graphics",
	Sample:     sample("r.R"),
	Needs:      []Tool{systemTool("r", "Rscript", "--version"), rPackageTool("ggplot2"), rPackageTool("dplyr"), rPackageTool("tidyr"), rPackageTool("readr"), rPackageTool("jsonlite"), packageTool("resvg-py", "resvg_py", (*Tools).modulePython)},
	Debian:     []string{"r-base-core", "r-cran-ggplot2", "r-cran-dplyr", "r-cran-tidyr", "r-cran-readr", "r-cran-jsonlite", "fonts-dejavu-core"},
	Parts:      []*Part{pythonPart},
	Prompt: PromptHints{
		System: "You are an expert in data visualization with R. Answer with exactly one complete script in one ```r block and nothing else.",
		Setup:  "Use base graphics or ggplot2; dplyr, tidyr, readr, scales and jsonlite are installed. Load every package with library(). Nothing can be installed, and there is no network.",
		Plot:   "The script must draw the picture. No window and no device has to be opened: what is drawn, and every ggplot at the top level, is saved. Give it a title, axis labels with units, and a legend where there are several series.",
		NoData: "No data file is given: make up a small, plausible data frame inside the script.",
		DataLine: func(name, kind string) string {
			read := map[string]string{"csv": "df <- read.csv(%q)", "tsv": "df <- read.delim(%q)", "json": "df <- jsonlite::fromJSON(%q)", "jsonl": "df <- jsonlite::stream_in(file(%q), verbose = FALSE)"}[kind]
			if read == "" {
				return ""
			}
			return fmt.Sprintf(read, name)
		},
	},
	Plan:    planR,
	Explain: explainReport,
}

func planR(job *Job) (Plan, error) {
	r, binds, err := systemProgram("r", "Rscript")
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Args:     []string{r, "--vanilla", "-e", rDriver, rProgram, job.Format},
		Env:      []string{"R_LIBS_USER=", "R_ENVIRON_USER=", "R_PROFILE_USER=", "LC_ALL=C.UTF-8"},
		Files:    map[string]string{rProgram: job.Program},
		ReadOnly: binds,
	}
	p.Limits.AddressSpace = -1
	return p, nil
}
