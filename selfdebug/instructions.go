package selfdebug

import "viscoder/engine"

// recallInstructions reads the KV of what every request in this language begins
// with, if an earlier process kept it.
func (l *loop) recallInstructions() {
	if l.deps.Snapshots != nil {
		l.recalled = l.session.Restore(*l.deps.Snapshots, l.talk.first)
	}
}

// keepInstructions stores that KV at the end of a run that had to evaluate it.
// Failing costs the next run some evaluation, and is a note.
func (l *loop) keepInstructions() {
	if l.deps.Snapshots == nil || l.session == nil {
		return
	}
	n := l.instructions()
	if n <= l.recalled || n > l.session.Len() {
		return
	}
	if err := l.session.Keep(*l.deps.Snapshots, n); err != nil && l.report != nil {
		l.note("the KV of the instructions is not kept for the next run: " + err.Error())
	}
}

// instructions is how many tokens of the first turn come before the user's words:
// what it has in common with another request.
func (l *loop) instructions() int {
	other := l.request
	other.task.Prompt, other.tables = "\x00", nil
	system, user := l.words.first(other)
	tokens, err := l.turns.First(system, user)
	if err != nil {
		return 0
	}
	return engine.CommonPrefix(tokens, l.talk.first)
}
