// Command viscoder turns words, and data if there is any, into a picture: a
// model on this machine writes a plotting program, the program runs in a
// sandbox, the picture is checked, and what went wrong goes back to the model.
package main

import (
	"os"

	"viscoder/renderers/sandbox"
)

func main() {
	sandbox.Main() // does not return when this process is the launcher in a box
	os.Exit(run())
}

// run is main without the exit, which would skip deferred calls.
func run() int {
	a := NewApp(os.Stdin, os.Stdout, os.Stderr, os.Getenv)
	return a.Main(os.Args[1:])
}
