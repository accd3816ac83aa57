package renderers

import (
	"context"
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
)

// The driver runs a program inside the sandbox and keeps its figures; before it
// stand the functions that look at them: what is wrong with a figure, and what it
// shows, as plain data. The zygote behind it does so again and again.
var (
	//go:embed python/inspect.py
	pythonInspect string
	//go:embed python/run.py
	pythonRun string
	//go:embed python/zygote.py
	pythonZygote string
	//go:embed python/steps.py
	pythonSteps string
)

const pythonProgram = "program.py"

var python = &Language{
	Name:       "python",
	Title:      "Python",
	Fences:     []string{"python", "py", "python3"},
	Extensions: []string{".py"},
	Use:        "charts of data, mathematical functions, statistics",
	Sample:     sample("python.py"),
	Needs:      []Tool{pythonTool(), packageTool("matplotlib", "matplotlib", (*Tools).programModule)},
	Parts:      []*Part{pythonPart},
	Prompt: PromptHints{
		System: "You are an expert in data visualization with Python. Answer with exactly one complete program in one ```python block and nothing else.",
		Setup:  "Use Python 3 with pandas and numpy. Draw with matplotlib, or with seaborn (data=df, x=, y=, hue=) where groups are compared or coloured, unless the request names another library; plotly, altair, plotnine, networkx and scipy are installed as well. There is no network.",
		Plot:   "The program must draw the picture and end with plt.show(), or show or save the figure of the library it uses. Give it a title and label both axes; add a legend only where there are several series, and keep the library's default colours unless the request names others. Put any reasoning into comments.",
		NoData: "No data file is given: make up a small, plausible data set inside the program.",
		DataLine: func(name, kind string) string {
			read := map[string]string{
				"csv": "pd.read_csv(%q)", "tsv": "pd.read_csv(%q, sep=\"\\t\")", "json": "pd.read_json(%q)", "jsonl": "pd.read_json(%q, lines=True)",
				"xlsx": "pd.read_excel(%q)", "parquet": "pd.read_parquet(%q)",
			}
			if read[kind] == "" {
				return ""
			}
			return fmt.Sprintf("df = "+read[kind], name)
		},
	},
	Plan:    planPython,
	Warm:    warmPython,
	Explain: explainPython,
}

func planPython(job *Job) (Plan, error) {
	python, err := job.tools.programPython(context.Background())
	if err != nil {
		return Plan{}, err
	}
	p := pythonPlan(python, job, "once()\n")
	p.Files = map[string]string{pythonProgram: job.Program}
	return p, nil
}

func warmPython(job *Job) (Plan, error) {
	python, err := job.tools.programPython(context.Background())
	if err != nil {
		return Plan{}, err
	}
	return pythonPlan(python, job, pythonZygote+pythonSteps), nil
}

// pythonPlan starts the driver; last says what it does with its functions.
func pythonPlan(python Interpreter, job *Job, last string) Plan {
	return driverPlan(python, pythonInspect+"\n"+pythonScene+pythonRun+"\n"+last,
		pythonProgram, job.Format, job.Wants.json(), strconv.FormatFloat(job.Timeout.Seconds(), 'f', 3, 64))
}

// driverPlan runs one of our drivers. The driver is an argument and no file,
// so that the program cannot change what runs it.
func driverPlan(python Interpreter, driver string, args ...string) Plan {
	p := Plan{
		Args:     append([]string{python.Path, "-I", "-c", driver}, args...),
		Env:      []string{"MPLBACKEND=Agg", "PYTHONIOENCODING=utf-8", "PYTHONDONTWRITEBYTECODE=1"},
		ReadOnly: python.binds(),
		Turn:     args,
	}
	// The browser that plotly draws with, and V8, reserve far more than they use.
	p.Limits.AddressSpace = -1
	return p
}

func explainPython(job *Job, e Evidence) *Diagnostic {
	if d := explainError(job, e.Report.Error); d != nil || e.Result.Signal == "" {
		return d
	}
	d := explainExit(e.Result)
	if line := pythonStopped(string(e.Result.Stderr)); line > 0 {
		d.Line, d.Text = line, feedback(d.Message, job.Program, line, 0, "the crash is in a library that was called there")
	}
	return d
}

// pythonFrame is a line of faulthandler's traces, the innermost call first.
var pythonFrame = regexp.MustCompile(`(?m)^  File "` + regexp.QuoteMeta(pythonProgram) + `", line (\d+)`)

// pythonStopped is the line, from 1, at which a program crashed or had long been
// at work when it was stopped; 0: unknown. What the program printed may say
// otherwise, to its own harm.
func pythonStopped(stderr string) int {
	if m := pythonFrame.FindStringSubmatch(stderr); m != nil {
		return atoi(m[1])
	}
	return 0
}
