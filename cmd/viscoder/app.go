package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/spf13/cobra"

	"viscoder/internal/fault"
	"viscoder/selfdebug"
)

// App is the program: what it reads and writes, and the job that its command
// line asks for. ParseFlags finds the job, Run does it, Close gives everything
// back. main and the tests use the same type.
type App struct {
	In     io.Reader
	Out    io.Writer // results only
	Err    io.Writer // everything else
	Getenv func(string) string

	settings settings
	screen   *screen
	job      func(context.Context) error
	json     bool // one JSON document on Out, also for an error
	closers  []func() error
	watch    func(selfdebug.Event) // also sees a drawing
}

// settings are the flags that every command knows.
type settings struct {
	noColor bool
	quiet   bool
	verbose bool
}

// NewApp makes the program around the given streams and environment.
func NewApp(in io.Reader, out, errs io.Writer, getenv func(string) string) *App {
	return &App{In: in, Out: out, Err: errs, Getenv: getenv, screen: newScreen(errs, getenv), watch: func(selfdebug.Event) {}}
}

// Main does one command line and returns the exit code.
func (a *App) Main(args []string) int {
	ctx, stop := interruptible(context.Background(), a.screen)
	defer stop()
	err := a.ParseFlags(args)
	if err != nil { // perhaps before --json was come to
		a.json = slices.Contains(args, "--json")
	} else {
		err = plainly(ctx, a.Run(ctx))
	}
	if cerr := a.Close(); err == nil {
		err = cerr
	}
	return a.finish(err)
}

// plainly names an interruption as the cause of what it broke: a tool that was
// killed by Ctrl-C is not a tool that is missing.
func plainly(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	var known *fault.Error
	if errors.As(err, &known) && known.Code == fault.Interrupted {
		return err
	}
	return context.Cause(ctx)
}

// ParseFlags reads the command line; every error is the user's (fault.Usage).
// Help, completion scripts and other plain texts are printed here.
func (a *App) ParseFlags(args []string) error {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	if err := root.Execute(); err != nil {
		return asUsage(err)
	}
	a.screen.configure(a.settings)
	return nil
}

// Run does what the command line asked for; nothing when that was help.
func (a *App) Run(ctx context.Context) error {
	if a.job == nil {
		return nil
	}
	return a.job(ctx)
}

// Close gives back what Run has opened, last first.
func (a *App) Close() error {
	var errs []error
	for _, c := range slices.Backward(a.closers) {
		errs = append(errs, c())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *App) onClose(f func() error) { a.closers = append(a.closers, f) }

// does makes a command's RunE: it only notes the job, so that whatever goes
// wrong before Run is known to be the command line's fault.
func (a *App) does(job func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(_ *cobra.Command, args []string) error {
		a.job = func(ctx context.Context) error { return job(ctx, args) }
		return nil
	}
}

// log is llama.cpp's log, with --verbose only: what matters of it comes back as
// an error.
func (a *App) log() *slog.Logger {
	if !a.settings.verbose {
		return nil
	}
	return slog.New(slog.NewTextHandler(a.screen, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: withoutTime}))
}

func withoutTime(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) == 0 && attr.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return attr
}

// reported marks an error of which the user has already been told.
type reported struct{ error }

func (r reported) Unwrap() error { return r.error }

// finish tells the user of err and returns the exit code.
func (a *App) finish(err error) int {
	code := fault.ExitCode(err)
	if err == nil || errors.As(err, new(reported)) {
		return code
	}
	a.screen.failure(err)
	if a.json {
		_ = a.printJSON(errorDocument(err))
	}
	return code
}

// errorDocument is what --json prints when there is no result at all.
func errorDocument(err error) any {
	type problem struct {
		Code    fault.Code `json:"code"`
		Message string     `json:"message"`
		Hint    string     `json:"hint,omitempty"`
	}
	return struct {
		Status string  `json:"status"`
		Error  problem `json:"error"`
	}{"error", problem{fault.CodeOf(err), message(err), fault.HintOf(err)}}
}

func (a *App) printJSON(document any) error {
	encoder := json.NewEncoder(a.Out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document)
}

// results is stdout, with colours where a person's terminal is at its end.
func (a *App) results() *screen {
	s := newScreen(a.Out, a.Getenv)
	s.configure(a.settings)
	return s
}

// note writes a line about what goes on, unless --quiet.
func (a *App) note(format string, args ...any) {
	if !a.settings.quiet {
		a.screen.line(fmt.Sprintf(format, args...))
	}
}

// asUsage makes cobra's own errors errors of use.
func asUsage(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.New(fault.Usage, "%s", err).WithHint("see viscoder --help")
}
