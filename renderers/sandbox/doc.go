// Package sandbox runs programs that nobody has read: whatever a model wrote.
//
// Such a program is taken to be hostile. It gets a box of its own, made by
// bubblewrap: no network, no other processes, a read-only system without the
// user's files, one writable folder. Inside the box this very binary starts
// first, as a launcher (see Main), lays down the last rights and the limits,
// and turns into the program. The host watches memory, processes, disk and
// output from outside, and nothing of a run outlives Box.Run.
//
// There is no way from a box that does not start to a program that runs
// without one, except Options.Unsafe, which only a person sets.
//
// docs/SECURITY.md lists threat, defence and test.
package sandbox
