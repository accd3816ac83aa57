// Package hostile holds programs that try to get out of the sandbox, and runs
// them: in the tests, and by `viscoder doctor --sandbox` on the user's machine.
//
// Programs of the first kind are started in a box by themselves. They speak a
// small language: a line "ESCAPED …" for each thing that should not have been
// possible, and "held" at the end of their tries, so that a program which
// merely crashed proves nothing. Programs of the second kind are in one of the
// languages that viscoder draws with, and go the way of every picture: what
// comes back of them must not hold the secret of the Stage.
//
// docs/SECURITY.md names each of them beside the defence that holds it; a test
// keeps that table true.
package hostile
