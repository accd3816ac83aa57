package gguf

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"viscoder/internal/fault"
)

// problem is what is wrong with one field of a file.
type problem struct {
	field   string
	message string
	foreign bool // the file may be sound, but is not one that viscoder runs
}

func (p *problem) Error() string { return p.field + ": " + p.message }

// damaged says that a field contradicts the format or the file itself.
func damaged(field, format string, args ...any) error {
	return &problem{field: field, message: fmt.Sprintf(format, args...)}
}

// unsupported says that a field asks for something that is not built here.
func unsupported(field, format string, args ...any) error {
	return &problem{field: field, message: fmt.Sprintf(format, args...), foreign: true}
}

// explain turns any error of reading path into a fault with the next step.
func explain(path string, err error) error {
	var named *os.PathError
	if errors.As(err, &named) {
		err = named.Err // the path is in our message already
	}
	f := fault.Wrap(err, fault.Model, "model file %s", path)
	var p *problem
	switch {
	case errors.As(err, &p) && p.foreign:
		return f.WithHint("choose another model: viscoder models")
	case errors.As(err, &p):
		name := strings.TrimSuffix(filepath.Base(path), ".gguf")
		return f.WithHint("the file is damaged or is no model; pull it again: viscoder pull %s", name)
	}
	return f.WithHint("check the path, or see which models are there: viscoder models")
}
