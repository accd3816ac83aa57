package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// frameTime is how often live rows move while nothing is written.
const frameTime = 120 * time.Millisecond

var spinner = []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")

// spin is the frame of the moment.
func spin(since time.Time) string {
	return string(spinner[int(time.Since(since)/frameTime)%len(spinner)])
}

// animate redraws rows until stop is called, which removes them. Where rows
// cannot be redrawn it does nothing.
func (s *screen) animate(rows func() []string) (stop func()) {
	if !s.tty {
		return func() {}
	}
	done := make(chan struct{})
	var ended sync.WaitGroup
	ended.Go(func() {
		tick := time.NewTicker(frameTime)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				s.setLive(rows()...)
			}
		}
	})
	return sync.OnceFunc(func() {
		close(done)
		ended.Wait()
		s.setLive()
	})
}

const barCells = 20

// bar is a row like "███████░░░░░░  52 %".
func bar(share float64) string {
	share = max(0, min(1, share))
	full := int(share*barCells + 0.5)
	return strings.Repeat("█", full) + strings.Repeat("░", barCells-full) + fmt.Sprintf(" %3.0f %%", share*100)
}

// seconds prints a duration as people say it: 0.4 s, 12 s, 3 min 20 s.
func seconds(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	}
	d = d.Round(time.Second)
	if d < time.Hour {
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

// steps shows the way of one long thing: a moving row on a terminal, else a
// line for every tenth of it. Nothing appears of what takes less than delay.
type steps struct {
	screen  *screen
	quiet   bool
	label   string
	started time.Time
	stop    func()

	mu     sync.Mutex
	share  float64 // below 0: unknown
	detail string
	tenth  int
}

// delay is how long a thing may take without being shown.
const delay = 2 * time.Second

// follow begins to show something called label; finish ends it.
func (s *screen) follow(label string, quiet bool) *steps {
	p := &steps{screen: s, quiet: quiet, label: label, started: time.Now(), share: -1, stop: func() {}}
	if !quiet {
		p.stop = s.animate(p.rows)
	}
	return p
}

func (p *steps) finish() { p.stop() }

// set says how far it is, as a share from 0 to 1 or below 0 for unknown.
func (p *steps) set(share float64, detail string) {
	p.mu.Lock()
	p.share, p.detail = share, detail
	tenth := int(share * 10)
	say := !p.quiet && !p.screen.tty && tenth > p.tenth && time.Since(p.started) > delay
	if say {
		p.tenth = tenth
	}
	p.mu.Unlock()
	if say {
		p.screen.line(fmt.Sprintf("%s: %.0f %%%s", p.label, share*100, prefixed(", ", detail)))
	}
}

func (p *steps) rows() []string {
	if time.Since(p.started) < delay {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	row := spin(p.started) + " " + p.label
	if p.share >= 0 {
		row = p.label + " " + bar(p.share)
	} else if p.detail == "" {
		row += "  " + seconds(time.Since(p.started))
	}
	return []string{row + prefixed("  ", p.detail)}
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}
