// Package fault holds the one set of error codes that decides what a user, a
// script and an HTTP client see of a failure. Every error that leaves a room
// carries a Code; the table below maps it to an exit code and an HTTP status.
package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// Code classes a failure by what the user can do about it.
type Code string

// The closed set of codes. See docs/CLI.md for the table that users read.
const (
	Usage       Code = "usage"       // a flag, argument or data file is wrong
	Model       Code = "model"       // weights missing, damaged, or failing to load
	Memory      Code = "memory"      // the model does not fit into this machine's memory
	Toolchain   Code = "toolchain"   // a renderer is not installed or does not start
	Sandbox     Code = "sandbox"     // generated code cannot be isolated here
	NoPicture   Code = "no-picture"  // all rounds are spent and nothing passed
	Timeout     Code = "timeout"     // a time budget ran out
	Interrupted Code = "interrupted" // the user stopped it
	Internal    Code = "internal"    // a defect of viscoder itself
)

var table = map[Code]struct{ exit, status int }{
	Usage:       {2, http.StatusBadRequest},
	Model:       {3, http.StatusServiceUnavailable},
	Memory:      {3, http.StatusInsufficientStorage},
	Toolchain:   {4, http.StatusFailedDependency},
	Sandbox:     {5, http.StatusForbidden},
	NoPicture:   {1, http.StatusUnprocessableEntity},
	Timeout:     {1, http.StatusGatewayTimeout},
	Interrupted: {130, 499},
	Internal:    {70, http.StatusInternalServerError},
}

// Error is a failure with its code, a message that names the thing that
// failed, and a hint that names the next step.
type Error struct {
	Code Code
	Msg  string
	Hint string // next step, a full sentence or a command; may be empty
	Err  error  // cause; may be nil
}

// New makes an Error without a cause; the message is formatted as by Sprintf.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...)}
}

// Wrap makes an Error around a cause; the message is formatted as by Sprintf.
func Wrap(err error, code Code, format string, args ...any) *Error {
	return &Error{Code: code, Msg: fmt.Sprintf(format, args...), Err: err}
}

// WithHint sets the next step and returns the same error.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

func (e *Error) Error() string {
	if e.Err == nil {
		return e.Msg
	}
	return e.Msg + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost Error in err's chain; a cancelled
// context is Interrupted, a passed deadline Timeout, anything else Internal.
func CodeOf(err error) Code {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled):
		return Interrupted
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return Internal
}

// HintOf returns the first non-empty hint in err's chain.
func HintOf(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return ""
		}
		if e.Hint != "" {
			return e.Hint
		}
		err = e.Err
	}
	return ""
}

// ExitCode maps an error to the process exit code; nil is 0.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	return table[CodeOf(err)].exit
}

// HTTPStatus maps an error to the HTTP status a server answers with.
func HTTPStatus(err error) int {
	if err == nil {
		return http.StatusOK
	}
	return table[CodeOf(err)].status
}
