package engine

import "time"

// LoadTimes say where the time of Open went.
type LoadTimes struct {
	Header  time.Duration // reading and checking the file's header, estimating the memory
	Weights time.Duration // tensors and vocabulary
	Context time.Duration // KV cache, compute buffers, threads
	Total   time.Duration
	Mapped  bool // the weights came packed from the file of an earlier load
}

// lap returns the time since *start and sets *start to now.
func lap(start *time.Time) time.Duration {
	now := time.Now()
	defer func() { *start = now }()
	return now.Sub(*start)
}
