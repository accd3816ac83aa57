package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"viscoder/engine/llama"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
	"viscoder/renderers"
	"viscoder/renderers/sandbox"
)

// finding is one line of the doctor's table.
type finding struct {
	Name   string     `json:"name"`
	State  state      `json:"state"`
	Detail string     `json:"detail"`
	Fix    string     `json:"fix,omitempty"`  // what mends it
	Code   fault.Code `json:"code,omitempty"` // of a failure
}

// state says whether something works.
type state string

const (
	works  state = "ok"
	fails  state = "failed" // and is needed
	absent state = "absent" // and can be done without
)

// examination is what doctor --json prints.
type examination struct {
	OK       bool          `json:"ok"`
	Version  string        `json:"version"`
	Native   string        `json:"native_key"`
	Host     hostinfo.Host `json:"host"`
	Findings []finding     `json:"checks"`
	// Languages are in the order of renderers.All.
	Languages []renderers.Trial `json:"languages"`
}

func (a *App) doctorCommand() *cobra.Command {
	var keep string
	var siege bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what works on this machine, and what mends the rest",
		Long: `Tries for real what a run needs: the model is loaded, a sandbox is started, and
a small program of every language becomes a picture in it. What does not work
comes with the command that mends it. A language without its tools can be done
without, save Python, which draws where a request names no language.

With --sandbox it tries to break out instead: hostile programs of every kind and
language run in the sandbox of this machine, for about a minute. They reach only
for things that were put there for them.

The exit code is 0 when all that is needed works, else that of the first
failure: 3 model or memory, 4 toolchain, 5 sandbox, also when a program escapes.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(ctx context.Context, _ []string) error {
			if siege {
				return a.besiege(ctx)
			}
			return a.doctor(ctx, keep)
		}),
	}
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	c.Flags().StringVar(&keep, "keep", "", "leave the pictures of the languages in `FOLDER`")
	c.Flags().BoolVar(&siege, "sandbox", false, "run hostile programs in the sandbox, and say what each came to")
	c.MarkFlagsMutuallyExclusive("keep", "sandbox")
	return c
}

func (a *App) doctor(ctx context.Context, keep string) error {
	host := hostinfo.Read()
	result := examination{OK: true, Version: buildVersion(), Native: llama.NativeKey, Host: host}
	note := func(found ...finding) {
		for _, f := range found {
			result.Findings = append(result.Findings, f)
			a.tell(f)
		}
	}
	note(checkCPU(host))
	note(a.checkModel(ctx, host)...)
	note(checkGPU(host))
	box, sound := checkSandbox()
	note(sound)
	trials, err := a.tryLanguages(ctx, box, keep)
	if err != nil {
		return err
	}
	result.Languages = trials
	return a.verdict(result)
}

// tell prints a line of the table; --json prints all at the end.
func (a *App) tell(f finding) {
	if !a.json {
		a.results().print(f.text(a.results()))
	}
}

// nameWidth is the width of the table's first column.
const nameWidth = 10

// text is the finding as lines of a table: a mark, the name, what was found, and
// below it what mends it.
func (f finding) text(s *screen) string {
	mark := map[state]string{works: s.paint(green, "✓"), fails: s.paint(red, "✗"), absent: s.paint(dim, "–")}[f.State]
	left := strings.Repeat(" ", nameWidth+3)
	detail := ansi.Wrap(clean(f.Detail), s.width()-len(left), "")
	text := fmt.Sprintf("%s %-*s %s\n", mark, nameWidth, f.Name, strings.TrimPrefix(indent(detail, left), left))
	if f.Fix != "" {
		text += indent(s.paint(bold, clean(f.Fix)), left) + "\n"
	}
	return text
}

// verdict ends with the error of the first failure.
func (a *App) verdict(result examination) error {
	var err error
	findings := result.Findings
	for i, t := range result.Languages {
		findings = append(findings, languageFinding(t, i == 0))
	}
	for _, f := range findings {
		if f.State == fails {
			err = reported{fault.New(f.Code, "%s does not work", f.Name)}
			break
		}
	}
	result.OK = err == nil
	if a.json {
		if perr := a.printJSON(result); perr != nil {
			return perr
		}
	}
	return err
}

// checkCPU always works; without vector instructions it is only slow.
func checkCPU(h hostinfo.Host) finding {
	f := finding{Name: "processor", State: works}
	name := h.CPU.Model
	if name == "" {
		name = "unknown"
	}
	f.Detail = fmt.Sprintf("%s, %d cores, %s", strings.Join(strings.Fields(name), " "), h.CPU.PhysicalCores, strings.Join(h.CPU.Features, " "))
	if !h.CPU.Has("avx2") && !h.CPU.Has("asimd") {
		f.State, f.Detail = absent, f.Detail+"no vector instructions that help: slow"
	}
	return f
}

// checkSandbox starts a real box; nil where there is none.
func checkSandbox() (*sandbox.Box, finding) {
	box, err := sandbox.New(sandbox.Options{})
	if err != nil {
		return nil, failure("sandbox", err)
	}
	return box, finding{Name: "sandbox", State: works, Detail: box.Describe()}
}

func checkGPU(h hostinfo.Host) finding {
	detail := "no NVIDIA driver is loaded; the processor computes"
	if h.GPU.Driver != "" {
		detail = "NVIDIA driver " + h.GPU.Driver + " is loaded, but this build has no CUDA; the processor computes"
	}
	return finding{Name: "gpu", State: absent, Detail: detail}
}

// memory says how much is free and, if known, how much is needed.
func memory(h hostinfo.Host, need uint64) string {
	if h.Memory.Available == 0 {
		return "unknown"
	}
	s := humanize.IBytes(h.Memory.Available) + " free of " + humanize.IBytes(h.Memory.Total)
	if h.Memory.Limited {
		s += ", limited by a control group"
	}
	if need > 0 {
		s += ", needed " + humanize.IBytes(need)
	}
	return s
}
