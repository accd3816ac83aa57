package renderers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"viscoder/internal/fault"
	"viscoder/renderers/sandbox"
)

// maxProgramBytes bounds what a model may hand in as one program.
const maxProgramBytes = 8 << 20

// dataName is the name under which a program sees a file.
func (d DataFile) dataName() string {
	if d.Name != "" {
		return d.Name
	}
	return filepath.Base(d.Path)
}

// names lists the data files as the program sees them.
func (j *Job) names() []string {
	var names []string
	for _, d := range j.Data {
		names = append(names, d.dataName())
	}
	return names
}

func (j *Job) validate() error {
	if j.Language == nil {
		return fault.New(fault.Internal, "a job without a language")
	}
	if len(j.Program) > maxProgramBytes {
		return &Diagnostic{Kind: KindSyntax, Message: "the program is too long", Text: "The program is longer than 8 MiB."}
	}
	if !slices.Contains([]string{"", "png", "svg", "pdf"}, j.Format) {
		return fault.New(fault.Usage, "there is no picture format %q", j.Format).WithHint("Formats: png, svg, pdf.")
	}
	if info, err := os.Stat(j.Out); err != nil || !info.IsDir() {
		return fault.New(fault.Internal, "the folder for pictures, %q, does not exist", j.Out)
	}
	seen := map[string]bool{}
	for _, d := range j.Data {
		name := d.dataName()
		if err := checkDataName(name); err != nil {
			return err
		}
		if seen[name] {
			return fault.New(fault.Usage, "two data files are both named %s", name).WithHint("Rename one of them: programs see files under their own names.")
		}
		seen[name] = true
		if info, err := os.Stat(d.Path); err != nil || !info.Mode().IsRegular() {
			return fault.New(fault.Usage, "the data file %s does not exist or is not a file", d.Path)
		}
	}
	return nil
}

// checkDataName refuses names that are no plain file name, or ours.
func checkDataName(name string) error {
	bad := name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "program.") || len(name) > 200 ||
		strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar })
	if bad {
		return fault.New(fault.Usage, "a data file may not be named %q in the sandbox", name).WithHint("Rename the file.")
	}
	return nil
}

// prepare makes the working folder of a job and writes the plan's files.
func (p Plan) prepare(scratch string) (dir string, err error) {
	dir, err = os.MkdirTemp(scratch, "viscoder-job-")
	if err != nil {
		return "", fault.Wrap(err, fault.Sandbox, "a working folder")
	}
	for name, text := range p.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return dir, fault.Wrap(err, fault.Sandbox, "writing %s", name)
		}
	}
	return dir, nil
}

// command is the plan as the sandbox takes it.
func (p Plan) command(j *Job, work string, limits sandbox.Limits) (sandbox.Command, error) {
	c := sandbox.Command{Args: p.Args, Env: p.Env, Work: work, ReadOnly: slices.Clone(p.ReadOnly), Limits: limits}
	for _, d := range j.Data {
		host, err := filepath.Abs(d.Path)
		if err != nil {
			return c, fault.Wrap(err, fault.Usage, "the data file %s", d.Path)
		}
		c.ReadOnly = append(c.ReadOnly, sandbox.Bind{Host: host, Inside: sandbox.Inside + "/" + d.dataName()})
	}
	return c, nil
}
