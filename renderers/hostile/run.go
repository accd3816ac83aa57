package hostile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"viscoder/internal/aftermath"
	"viscoder/renderers"
	"viscoder/renderers/sandbox"
)

// Result says what became of a program.
type Result string

// The closed set of results.
const (
	Held     Result = "held"
	Escaped  Result = "escaped"
	Unclear  Result = "unclear"   // it did not get as far as to show anything
	NotTried Result = "not tried" // what it needs is not installed
)

// Verdict is the result of one program.
type Verdict struct {
	Threat string  `json:"threat"` // the name of the program
	Area   Area    `json:"area"`
	Result Result  `json:"result"`
	Detail string  `json:"detail,omitempty"` // what got out, or why nothing is shown
	WallS  float64 `json:"wall_s"`           // seconds
}

// Try runs one program in the box and judges it. The error is that of a box
// that does not start, or the end of ctx.
func Try(ctx context.Context, box *sandbox.Box, s *Stage, p Program) (Verdict, error) {
	v := Verdict{Threat: p.Name, Area: p.Area}
	begin := time.Now()
	try := tryProgram
	if p.Language != "" {
		try = tryLanguage
	}
	err := try(ctx, box, s, p)
	v.WallS = time.Since(begin).Seconds()
	var found *verdict
	switch {
	case err == nil:
		v.Result = Held
		return v, nil
	case errors.As(err, &found):
		v.Result, v.Detail = found.result, found.detail
		return v, nil
	}
	return v, err
}

// verdict is an error for all that is not Held.
type verdict struct {
	result Result
	detail string
}

func (v *verdict) Error() string { return string(v.result) + ": " + v.detail }

func judged(r Result, format string, args ...any) error {
	return &verdict{r, fmt.Sprintf(format, args...)}
}

// leastWall is enough for a program that ends by itself on a busy machine.
const leastWall = 20 * time.Second

// tryProgram runs a program by itself.
func tryProgram(ctx context.Context, box *sandbox.Box, s *Stage, p Program) error {
	work, err := os.MkdirTemp("", "viscoder-hostile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	mark := fmt.Sprintf("VISCODER_MARK=%d-%s.", os.Getpid(), p.Name)
	c := sandbox.Command{Work: work, Env: []string{mark}, ReadOnly: []sandbox.Bind{{Host: s.readOnly}}, Limits: p.Limits}
	c.Limits.Wall = max(c.Limits.Wall, leastWall)
	if p.Reason == sandbox.ReasonTimeout {
		c.Limits.Wall = cmp.Or(p.Limits.Wall, 500*time.Millisecond)
	}
	if p.command != nil {
		p.command(&c)
	}
	if c.Args, err = p.build(ctx, s, work); err != nil {
		return err
	}
	r, err := box.Run(ctx, c)
	if err != nil {
		return err
	}
	return p.judge(s, r, work, mark)
}

// build puts the program into the work folder and says how to start it.
func (p Program) build(ctx context.Context, s *Stage, work string) ([]string, error) {
	if p.C == "" {
		if _, err := exec.LookPath("python3"); err != nil {
			return nil, judged(NotTried, "python3 is not installed")
		}
		return []string{"python3", "hostile.py"}, os.WriteFile(filepath.Join(work, "hostile.py"), []byte(prelude+s.fill(p.Python)), 0o600)
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		return nil, judged(NotTried, "gcc is not installed")
	}
	source := filepath.Join(work, "hostile.c")
	if err := os.WriteFile(source, []byte(s.fill(p.C)), 0o600); err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, "gcc", "-O1", "-w", "-o", filepath.Join(work, "hostile"), source).CombinedOutput()
	if err != nil {
		return nil, judged(NotTried, "gcc does not build it: %.200s", out)
	}
	return []string{sandbox.Inside + "/hostile"}, nil
}

func (p Program) judge(s *Stage, r sandbox.Result, work, mark string) error {
	said := fmt.Sprintf("exit %d %s %s\n%.3000s\n%.3000s", r.ExitCode, r.Signal, r.Reason, r.Stdout, r.Stderr)
	switch {
	case strings.Contains(said, "ESCAPED"), strings.Contains(said, s.secret):
		return judged(Escaped, "%s", said)
	case len(aftermath.Processes(mark)) > 0:
		return judged(Escaped, "processes outlive the run: %q", aftermath.Processes(mark))
	case r.Reason != p.Reason:
		return judged(Unclear, "it ended by %q, not by %q: %s", r.Reason, p.Reason, said)
	case p.Signal != "" && r.Signal != p.Signal:
		return judged(Unclear, "it ended by signal %q, not by %s: %s", r.Signal, p.Signal, said)
	case p.Signal == "" && p.Reason == "" && !strings.Contains(said, "held"):
		return judged(Unclear, "it did not end its tries: %s", said)
	}
	if err := aftermath.Tame(work); err != nil {
		return judged(Escaped, "%v", err)
	}
	if p.check != nil {
		if err := p.check(r, work); err != nil {
			return judged(Escaped, "%v", err)
		}
	}
	return nil
}

// tryLanguage draws a program and looks for the secret in everything that
// comes back of it.
func tryLanguage(ctx context.Context, box *sandbox.Box, s *Stage, p Program) error {
	l, ok := renderers.ByName(p.Language)
	if !ok {
		return fmt.Errorf("hostile: no language %s", p.Language)
	}
	if missing := s.missing(ctx, l); len(missing) > 0 {
		return judged(NotTried, "%s is not ready: viscoder setup %s", strings.Join(missing, ", "), l.Name)
	}
	out, err := os.MkdirTemp("", "viscoder-hostile-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	job := renderers.Job{Language: l, Program: s.fillText(p), Out: out, Timeout: cmp.Or(p.Limits.Wall, 10*time.Second)}
	o, err := renderers.NewRunner(box, renderers.Options{Tools: &s.tools}).Run(ctx, job)
	if err != nil {
		return err
	}
	back, err := everything(o, out)
	if err != nil {
		return err
	}
	if at := strings.Index(back, s.secret); at >= 0 {
		return judged(Escaped, "the secret came out: %q", back[max(0, at-100):at+len(s.secret)])
	}
	if _, err := os.Lstat(s.outside(p.Name)); err == nil {
		return judged(Escaped, "it wrote a file outside of its folder")
	}
	return nil
}

// everything is what came back: outputs, feedback, and the bytes of pictures.
func everything(o renderers.Outcome, out string) (string, error) {
	back := o.Stdout + o.Stderr
	if o.Diagnostic != nil {
		back += o.Diagnostic.Text + o.Diagnostic.Full
	}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		back += string(data)
		return err
	})
	return back, err
}
