package sandbox

import (
	"os"
	"sync"
	"time"
)

// outputs are the standard output and error of one run in a box that stays.
type outputs struct {
	stdout, stderr *capture
	ours, theirs   []*os.File
	readers        sync.WaitGroup
}

func newOutputs(l Limits, flood func()) (*outputs, error) {
	o := &outputs{stdout: newCapture(l.OutputBytes, flood), stderr: newCapture(l.OutputBytes, flood)}
	for range 2 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(append(o.ours, o.theirs...))
			return nil, err
		}
		o.ours, o.theirs = append(o.ours, r), append(o.theirs, w)
	}
	return o, nil
}

// start reads, once the other ends have been sent away.
func (o *outputs) start() {
	closeAll(o.theirs)
	for i, c := range []*capture{o.stdout, o.stderr} {
		o.readers.Go(func() { c.drain(o.ours[i]) })
	}
}

// finish waits for the rest. The run has ended, so the deadline passes only
// where something still holds the pipe.
func (o *outputs) finish() {
	for _, r := range o.ours {
		_ = r.SetReadDeadline(time.Now().Add(drainGrace))
	}
	o.readers.Wait()
	closeAll(o.ours)
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
