package models

import (
	"context"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"viscoder/internal/fault"
	"viscoder/internal/place"
)

// lockPoll is how often a waiting pull asks for the lock.
const lockPoll = 200 * time.Millisecond

// lock keeps other pulls and removals of the model out, in this process and in
// others. With waiting set it calls that once and waits for its turn, without
// it a held lock is an error. The lock file stays: removing it would let a third
// party lock a new file of the same name.
func (s *Store) lock(ctx context.Context, name string, waiting func()) (unlock func(), err error) {
	if _, err := place.Make(s.Dir); err != nil {
		return nil, fault.Wrap(err, fault.Model, "folder of models %s", s.Dir)
	}
	l := flock.New(filepath.Join(s.Dir, "."+name+".lock"))
	got, err := l.TryLock()
	if err == nil && !got && waiting != nil {
		waiting()
		_, err = l.TryLockContext(ctx, lockPoll)
		got = err == nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fault.Wrap(err, fault.Model, "locking model %s", name)
	}
	if !got {
		return nil, fault.New(fault.Model, "model %s is being pulled by another process", name)
	}
	return func() { _ = l.Close() }, nil
}
