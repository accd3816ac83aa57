// Package renderers turns programs in many languages into checked pictures.
//
// A language is one file (python.go, svg.go …) in one fixed order: the value,
// plan (what to run), explain (what went wrong, for a reader with little room).
// all.go lists them. run.go is the only place that executes anything, and it
// does so in a sandbox. docs/LANGUAGES.md says how to add one.
package renderers
