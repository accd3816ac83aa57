package renderers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"viscoder/internal/fault"
	"viscoder/renderers/picture"
	"viscoder/renderers/sandbox"
)

// Options are the settings of a Runner; the zero value is useful.
type Options struct {
	Tools   *Tools         // nil: the usual places
	Limits  sandbox.Limits // zero fields: the defaults of the sandbox; Wall is the job's timeout
	Scratch string         // where working folders are made; empty: the system's temporary folder
}

// Runner makes programs into pictures. It is safe for concurrent use.
type Runner struct {
	box  *sandbox.Box
	o    Options
	warm workers
}

// NewRunner makes a Runner that executes in box.
func NewRunner(box *sandbox.Box, o Options) *Runner {
	if o.Tools == nil {
		o.Tools = &Tools{}
	}
	return &Runner{box: box, o: o}
}

// Run executes one job in a working folder of its own and judges what it left.
// A program that fails is an Outcome with a Diagnostic. The error is
// fault.Toolchain when a tool is missing, fault.Sandbox when the box does not
// hold, fault.Usage for a data file that cannot be shown, or wraps the cause
// when ctx ended.
func (r *Runner) Run(ctx context.Context, job Job) (Outcome, error) {
	job.tools = r.o.Tools
	job.Timeout = cmp.Or(job.Timeout, DefaultTimeout)
	job.Format = cmp.Or(job.Format, "png")
	var wrong *Diagnostic
	plan, err := r.plan(&job)
	if errors.As(err, &wrong) {
		return Outcome{Diagnostic: wrong}, nil
	}
	if err != nil {
		return Outcome{}, err
	}
	out, done, err := r.runWarm(ctx, &job, plan)
	if !done && err == nil {
		note := out.Note
		out, err = r.runCold(ctx, &job, plan)
		out.Note = note
	}
	if err != nil {
		return out, err
	}
	return out, r.rasterize(ctx, &job, &out)
}

// runCold runs a plan in a box of its own.
func (r *Runner) runCold(ctx context.Context, job *Job, plan Plan) (Outcome, error) {
	work, err := plan.prepare(r.o.Scratch)
	defer os.RemoveAll(work)
	if err != nil {
		return Outcome{}, err
	}
	c, err := plan.command(job, work, r.limits(job, plan))
	if err != nil {
		return Outcome{}, err
	}
	result, err := r.box.Run(ctx, c)
	if err != nil {
		return Outcome{}, err
	}
	return judge(job, plan, work, result)
}

func (r *Runner) plan(job *Job) (Plan, error) {
	if err := job.validate(); err != nil {
		return Plan{}, err
	}
	return job.Language.Plan(job)
}

func (r *Runner) limits(job *Job, p Plan) sandbox.Limits {
	l := r.o.Limits
	l.Wall = job.Timeout
	l.Memory = cmp.Or(l.Memory, p.Limits.Memory)
	l.AddressSpace = cmp.Or(l.AddressSpace, p.Limits.AddressSpace)
	l.Processes = cmp.Or(l.Processes, p.Limits.Processes)
	l.OpenFiles = cmp.Or(l.OpenFiles, p.Limits.OpenFiles)
	if p.Printed {
		l.OutputBytes = cmp.Or(l.OutputBytes, maxPrinted)
	}
	return l
}

// judge looks at what a run left in its working folder.
func judge(job *Job, plan Plan, work string, result sandbox.Result) (Outcome, error) {
	out := Outcome{
		Stdout: plain(string(result.Stdout)), Stderr: plain(string(result.Stderr)),
		Exec: result.Wall, TimedOut: result.Reason == sandbox.ReasonTimeout,
	}
	root, err := os.OpenRoot(work)
	if err != nil {
		return out, fault.Wrap(err, fault.Sandbox, "opening the working folder after the run")
	}
	defer root.Close()
	if plan.Printed {
		if err := keepPrinted(root, result); err != nil {
			return out, err
		}
	}
	report, _ := readReport(root)
	out.Scene = readScene(root)
	seen, err := gather(taker{work: root, out: job.Out, left: maxTotalBytes, trim: plan.Trim}, report, append(job.names(), slices.Collect(maps.Keys(plan.Files))...))
	if err != nil {
		return out, err
	}
	if plan.Look != nil && len(seen.sights) > 0 {
		seen.sights[0].findings = append(seen.sights[0].findings, plan.Look(root)...)
	}
	out.Pictures, out.Findings = seen.paths(job.Format), seen.findings()
	e := Evidence{Result: result, Report: report, Pictures: len(out.Pictures)}
	out.Diagnostic = diagnose(job, e, seen)
	return out, nil
}

// diagnose asks in the order of certainty: was it stopped, did it fail, is
// there a picture, does the picture show something.
func diagnose(job *Job, e Evidence, seen gathered) *Diagnostic {
	if d := explainLimit(job, e.Result); d != nil {
		return d
	}
	if d := job.Language.Explain(job, e); d != nil {
		return d
	}
	if e.Result.ExitCode != 0 {
		return explainExit(e.Result)
	}
	if e.Pictures == 0 {
		return explainNoPicture(e.Report, seen)
	}
	return explainFindings(seen.findings(), job.Strict)
}

// Codes of findings that pixels alone do not tell.
const (
	codeEmpty   = "no-data"
	codeField   = "unknown-field"
	codeDamaged = "damaged"
	codeNoSize  = "zero-size"
	codeNoChart = "empty-container"
)

// sight is one picture file after it has been taken out and looked at.
type sight struct {
	path     string // on the host
	raster   bool
	findings []picture.Finding
}

type gathered struct {
	sights []sight
	lost   []string // why files were not taken
}

// gather takes the pictures out and looks at each; given are files that were
// in the folder before the run.
func gather(t taker, r Report, given []string) (gathered, error) {
	var g gathered
	files, err := findPictures(t.work, r, given)
	if err != nil {
		return g, err
	}
	for i, f := range files {
		if i >= maxPictures {
			g.lost = append(g.lost, fmt.Sprintf("%d pictures more than %d", len(files)-i, maxPictures))
			break
		}
		path, why, err := t.take(f.name)
		if err != nil {
			return g, fault.Wrap(err, fault.Internal, "taking the picture %s", f.name)
		}
		if why != "" {
			g.lost = append(g.lost, why)
			continue
		}
		g.sights = append(g.sights, look(path, f.ReportedPicture))
	}
	return g, nil
}

func look(path string, claim ReportedPicture) sight {
	s := sight{path: path, raster: isRaster(path)}
	if !s.raster {
		return s
	}
	s.findings = append(claimed(codeEmpty, picture.GradeError, claim.Empty), claimed(codeField, picture.GradeWarning, claim.Doubt)...)
	s.findings = append(s.findings, reported(claim.Findings)...)
	p, err := picture.Load(path)
	if err != nil {
		message := strings.TrimPrefix(err.Error(), path+": ")
		s.findings = append(s.findings, picture.Finding{Code: codeDamaged, Grade: picture.GradeError, Message: "the picture cannot be opened: " + message})
		return s
	}
	s.findings = append(s.findings, picture.Check(p)...)
	return s
}

// claimed is a finding that a driver made.
func claimed(code string, grade picture.Grade, message string) []picture.Finding {
	if message == "" {
		return nil
	}
	return []picture.Finding{{Code: code, Grade: grade, Message: clip(oneLine(plain(message)), maxMessage)}}
}

func (s sight) good() bool { return !picture.HasError(s.findings) }

// paths lists the pictures: those in the wanted kind of format first, and
// before all a picture that shows something.
func (g gathered) paths(format string) []string {
	var ranks [4][]string
	for _, s := range g.sights {
		rank := 0
		if s.raster != (format == "png") {
			rank += 2
		}
		if !s.good() {
			rank++
		}
		ranks[rank] = append(ranks[rank], s.path)
	}
	var all []string
	for _, r := range ranks {
		all = append(all, r...)
	}
	return all
}

// findings of all pictures. Where one of several is good, what is wrong with
// the others is worth a warning and no repair.
func (g gathered) findings() []picture.Finding {
	var all []picture.Finding
	anyGood := false
	for _, s := range g.sights {
		anyGood = anyGood || s.good()
	}
	for _, s := range g.sights {
		for _, f := range s.findings {
			if anyGood {
				f.Grade = picture.GradeWarning
			}
			if len(g.sights) > 1 {
				f.Message = filepath.Base(s.path) + ": " + f.Message
			}
			all = append(all, f)
		}
	}
	return all
}
