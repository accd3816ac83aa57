package renderers

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"

	"viscoder/internal/fault"
)

// setupDebian installs the packages of the distribution that languages lack.
// Without root the error holds the one command that a person has to type.
func setupDebian(ctx context.Context, lacking []*Language, p func(string)) error {
	var wanted, names []string
	for _, l := range lacking {
		names = append(names, l.Name)
		wanted = append(wanted, l.Debian...)
	}
	slices.Sort(wanted)
	if wanted = slices.Compact(wanted); len(wanted) == 0 {
		return nil
	}
	missing, err := notInstalled(ctx, wanted)
	if err != nil || len(missing) == 0 {
		return err
	}
	if !isRoot() {
		return forRoot(names, missing)
	}
	return aptInstall(ctx, missing, p)
}

// forRoot is what somebody who may not install packages is told.
func forRoot(languages, packages []string) error {
	return fault.New(fault.Toolchain, "%s: packages of the system are missing, and only root can install them", strings.Join(languages, ", ")).
		WithHint("Run `sudo apt-get install --no-install-recommends %s`.", strings.Join(packages, " "))
}

// lacking are the languages that need packages of the distribution and cannot
// draw yet. One whose tools are all found, wherever they come from, lacks none;
// where it needs nothing else, that is said.
func (t *Tools) lacking(ctx context.Context, languages []*Language, p func(string)) []*Language {
	var lack []*Language
	for _, l := range languages {
		switch {
		case len(l.Debian) == 0:
		case t.missing(ctx, l) != nil:
			lack = append(lack, l)
		case len(l.Parts) == 0:
			p(l.Name + ": ready")
		}
	}
	return lack
}

// missing says which tool of a language is not found; nil when all are.
func (t *Tools) missing(ctx context.Context, l *Language) error {
	for _, need := range l.Needs {
		if _, _, err := need.find(ctx, t); err != nil {
			return fault.Wrap(err, fault.Toolchain, "%s is not whole", l.Title).WithHint("%s", fault.HintOf(err))
		}
	}
	return nil
}

// notInstalled drops the packages that dpkg has.
func notInstalled(ctx context.Context, packages []string) ([]string, error) {
	dpkg, err := exec.LookPath("dpkg-query")
	if err != nil {
		return nil, fault.Wrap(err, fault.Toolchain, "this system has no Debian packages").
			WithHint("Install what these packages of Debian hold: %s.", strings.Join(packages, " "))
	}
	// It ends with 1 when it does not know a package, which is an answer too.
	out, _ := exec.CommandContext(ctx, dpkg, append([]string{"-W", "-f", "${Package} ${db:Status-Status}\n"}, packages...)...).Output()
	have := strings.Split(string(out), "\n")
	missing := slices.DeleteFunc(slices.Clone(packages), func(name string) bool { return slices.Contains(have, name+" installed") })
	return missing, ctx.Err()
}

// aptInstall installs packages as root, without a question.
func aptInstall(ctx context.Context, packages []string, p func(string)) error {
	p("apt-get install " + strings.Join(packages, " "))
	for _, args := range [][]string{{"update", "-q"}, append([]string{"install", "-q", "-y", "--no-install-recommends"}, packages...)} {
		err := aptGet(ctx, args, p)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fault.Wrap(err, fault.Toolchain, "apt-get %s", args[0]).
				WithHint("The message above is of apt-get. Check the network and the free disk space, or run `sudo apt-get install --no-install-recommends %s` yourself.", strings.Join(packages, " "))
		}
	}
	return nil
}

func aptGet(ctx context.Context, args []string, p func(string)) error {
	apt, err := exec.LookPath("apt-get")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, apt, append([]string{"-o", "DPkg::Lock::Timeout=300"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// dpkg must not die half way: asked to end, apt finishes the package it is at.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	sayApt(out, p)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%w: %s", err, tail(stderr.String(), 600))
	}
	return nil
}

// sayApt passes on the lines about how much there is to do.
func sayApt(out io.Reader, p func(string)) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "Need to get ") || strings.HasPrefix(line, "After this operation, ") {
			p("apt-get: " + line)
		}
	}
	// A line beyond the scanner's bound must not leave apt with a full pipe.
	_, _ = io.Copy(io.Discard, out)
}
