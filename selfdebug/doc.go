// Package selfdebug is the loop: a request and its data become a prompt, the
// prompt a program, the program a picture; what fails goes back to the model
// with its error, in the same session, until a picture passes or the rounds
// are spent.
//
// In the order in which a run passes them: task.go (request, language),
// profile/ (data files), prompt.go (words), conversation.go (turns as tokens),
// watch.go (when a generation is over), extract.go (program out of an answer),
// judge.go (verdict on a run), policy.go (next move), loop.go (all of it
// together), journal.go and report.go (what is left on disk), event.go (what a
// front door can show meanwhile).
package selfdebug
