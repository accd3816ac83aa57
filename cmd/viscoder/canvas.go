package main

import (
	"context"
	"os"

	"viscoder/internal/termpic"
	"viscoder/renderers/picture"
)

// canvas is the terminal that the picture is shown in.
type canvas struct {
	w        *os.File // nil: nowhere
	terminal termpic.Terminal
}

// findCanvas asks the terminal before the run rather than after it, when keys
// typed meanwhile might wait to be read.
func (a *App) findCanvas(ctx context.Context, when showing) canvas {
	c := a.canvasOf(ctx, when)
	if c.w == nil && when == showAlways {
		a.note("no terminal here can show the picture")
	}
	return c
}

func (a *App) canvasOf(ctx context.Context, when showing) canvas {
	w := a.canvasFile(when)
	if w == nil {
		return canvas{}
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil { // a terminal, but not the one this process is controlled by
		tty = w
	} else {
		defer tty.Close()
	}
	t := termpic.Detect(ctx, a.Getenv, tty)
	if t.Protocol == termpic.None || !t.Protocol.Inline() && when != showAlways {
		return canvas{}
	}
	return canvas{w: w, terminal: t}
}

// canvasFile is the stream at whose end a terminal is; stdout belongs to the
// document with --json.
func (a *App) canvasFile(when showing) *os.File {
	if when == showNever || a.settings.quiet && when != showAlways {
		return nil
	}
	if f, ok := a.Out.(*os.File); ok && isTerminal(f) && !a.json {
		return f
	}
	if f, ok := a.Err.(*os.File); ok && isTerminal(f) {
		return f
	}
	return nil
}

// show draws the picture; a failure to do so is no failure of the run.
func (c canvas) show(path string, note func(string, ...any)) {
	if c.w == nil || path == "" {
		return
	}
	p, err := picture.Load(path)
	if err == nil {
		err = termpic.Encode(c.w, p.Image, c.terminal)
	}
	if err != nil {
		note("the picture cannot be shown here: %v", err)
	}
}
