package main

import (
	"runtime"

	"golang.org/x/sync/errgroup"
)

// atOnce bounds how many programs are tried at the same time: browsers are large.
const atOnce = 4

// inOrder does n pieces of work, several at a time, and tells of each in order,
// as soon as those before it are done. The error is the first one's.
func inOrder(n int, work func(i int) error, tell func(i int)) error {
	done := make([]chan struct{}, n)
	for i := range done {
		done[i] = make(chan struct{})
	}
	var group errgroup.Group
	group.SetLimit(min(atOnce, runtime.NumCPU()))
	go func() {
		for i := range n {
			group.Go(func() error {
				defer close(done[i])
				return work(i)
			})
		}
	}()
	for i := range n {
		<-done[i]
		tell(i)
	}
	return group.Wait()
}
