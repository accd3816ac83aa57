package models

import "time"

// Progress receives what a pull is doing; nil is allowed. It is called from the
// goroutine that called Pull, some ten times a second at most.
type Progress func(ev PullEvent)

// PullEvent is one step of a pull. Done and Total are bytes of the model file.
type PullEvent struct {
	Stage          string        // one of the Stage constants
	Detail         string        // which part, which host, why it waits; may be empty
	Done, Total    int64         // Total is 0 until it is known
	BytesPerSecond float64       // over the last seconds; 0 = not yet known
	ETA            time.Duration // time left at that speed; 0 = not yet known
}

// Stages of a pull, in their order; some are left out as the source has it.
const (
	StageWait     = "wait"     // another pull of the same model is running
	StageLookup   = "lookup"   // the hub is asked for size and checksum
	StageResume   = "resume"   // what is already there is hashed
	StageDownload = "download" // bytes arrive
	StageRetry    = "retry"    // the connection failed; Detail says when it goes on
	StageVerify   = "verify"   // checksum and structure
	StageDone     = "done"
	StagePresent  = "present" // nothing had to be done
)

// meter turns counts into events.
type meter struct {
	emit    Progress
	now     func() time.Time
	ev      PullEvent
	last    time.Time
	samples []sample // of the last rateWindow, oldest first
}

type sample struct {
	at   time.Time
	done int64
}

const (
	eventInterval = 100 * time.Millisecond
	rateWindow    = 10 * time.Second
)

func newMeter(emit Progress, now func() time.Time) *meter {
	if emit == nil {
		emit = func(PullEvent) {}
	}
	return &meter{emit: emit, now: now}
}

// stage begins a stage and always makes an event. The next part of the same
// stage goes on at its speed.
func (m *meter) stage(name, detail string) {
	if name != m.ev.Stage {
		m.ev.BytesPerSecond, m.ev.ETA = 0, 0
		m.samples = m.samples[:0]
	}
	m.ev.Stage, m.ev.Detail = name, detail
	m.send(m.now())
}

// at reports how much of the file is there.
func (m *meter) at(done, total int64) {
	now := m.now()
	m.ev.Done, m.ev.Total = done, total
	m.samples = append(m.samples, sample{now, done})
	for len(m.samples) > 2 && now.Sub(m.samples[0].at) > rateWindow {
		m.samples = m.samples[1:]
	}
	if now.Sub(m.last) < eventInterval && done < total {
		return
	}
	m.rate(now, done, total)
	m.send(now)
}

func (m *meter) rate(now time.Time, done, total int64) {
	oldest := m.samples[0]
	seconds := now.Sub(oldest.at).Seconds()
	if seconds <= 0 || done <= oldest.done {
		return
	}
	m.ev.BytesPerSecond = float64(done-oldest.done) / seconds
	m.ev.ETA = time.Duration(float64(total-done) / m.ev.BytesPerSecond * float64(time.Second))
}

func (m *meter) send(now time.Time) {
	m.last = now
	m.emit(m.ev)
}
