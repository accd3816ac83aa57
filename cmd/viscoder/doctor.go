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
}

func (a *App) doctorCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say what works on this machine, and what mends the rest",
		Long: `Tries for real what a run needs: the model is loaded, a sandbox is started,
each language is asked for its version. What does not work comes with the
command that mends it.

The exit code is 0 when all that is needed works, else that of the first
failure: 3 model or memory, 4 toolchain, 5 sandbox.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(ctx context.Context, _ []string) error { return a.doctor(ctx) }),
	}
	c.Flags().BoolVar(&a.json, "json", false, "print one JSON document on stdout")
	return c
}

func (a *App) doctor(ctx context.Context) error {
	host := hostinfo.Read()
	result := examination{OK: true, Version: buildVersion(), Native: llama.NativeKey, Host: host}
	for _, look := range []func(context.Context, hostinfo.Host) []finding{
		checkCPU, a.checkModel, checkLanguages, checkSandbox, checkGPU,
	} {
		for _, f := range look(ctx, host) {
			result.Findings = append(result.Findings, f)
			if !a.json {
				a.results().print(f.text(a.results()))
			}
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
	}
	return a.verdict(result)
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
	for _, f := range result.Findings {
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
func checkCPU(_ context.Context, h hostinfo.Host) []finding {
	f := finding{Name: "processor", State: works}
	name := h.CPU.Model
	if name == "" {
		name = "unknown"
	}
	f.Detail = fmt.Sprintf("%s, %d cores, %s", strings.Join(strings.Fields(name), " "), h.CPU.PhysicalCores, strings.Join(h.CPU.Features, " "))
	if !h.CPU.Has("avx2") && !h.CPU.Has("asimd") {
		f.State, f.Detail = absent, f.Detail+"no vector instructions that help: slow"
	}
	return []finding{f}
}

// checkLanguages asks each language for its tools. Only the first, which draws
// when the request does not say how, is needed.
func checkLanguages(ctx context.Context, _ hostinfo.Host) []finding {
	var found []finding
	for i, l := range renderers.All() {
		f := finding{Name: l.Name, State: works}
		var tools, fixes []string
		for _, tool := range l.Detect(ctx) {
			if tool.OK {
				tools = append(tools, strings.TrimSpace(tool.Name+" "+tool.Version))
				continue
			}
			f.State = absent
			tools = append(tools, "no "+tool.Name)
			fixes = append(fixes, tool.Hint)
		}
		f.Detail = strings.Join(tools, ", ")
		if f.State == absent {
			f.Fix = unique(fixes)
			if i == 0 {
				f.State, f.Code = fails, fault.Toolchain
			}
		}
		found = append(found, f)
	}
	return found
}

// unique joins the texts, each once and the empty left out.
func unique(texts []string) string {
	var kept []string
	seen := map[string]bool{"": true}
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			kept = append(kept, t)
		}
	}
	return strings.Join(kept, "\n")
}

// checkSandbox starts a real box.
func checkSandbox(context.Context, hostinfo.Host) []finding {
	box, err := sandbox.New(sandbox.Options{})
	if err != nil {
		return []finding{failure("sandbox", err)}
	}
	return []finding{{Name: "sandbox", State: works, Detail: box.Describe()}}
}

func checkGPU(_ context.Context, h hostinfo.Host) []finding {
	detail := "no NVIDIA driver is loaded; the processor computes"
	if h.GPU.Driver != "" {
		detail = "NVIDIA driver " + h.GPU.Driver + " is loaded, but this build has no CUDA; the processor computes"
	}
	return []finding{{Name: "gpu", State: absent, Detail: detail}}
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
