package bench

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"viscoder/engine/llama"
	"viscoder/gguf"
	"viscoder/internal/fault"
	"viscoder/internal/hostinfo"
)

// Limits are what this machine can do at most with some threads, by loops that do
// nothing else (engine/kernels/peak.cc). Each is the best of several tries, as a
// limit must be.
type Limits struct {
	Threads int
	Read    float64 // bytes of memory read per second
	Int8    float64 // multiplications of int8 per second, by the kernels' instructions
	F32     float64 // multiplications of float32 per second
}

const (
	limitTries  = 3
	readBytes   = 512 << 20 // over all threads: more than caches hold
	leastRounds = 1 << 16
)

// MeasureLimits takes about a second.
func MeasureLimits(ctx context.Context, threads int) (Limits, error) {
	l := Limits{Threads: threads}
	buffers, release, err := readBuffers(threads)
	if err != nil {
		return l, err
	}
	defer release()
	rounds := calibrate()
	for range limitTries {
		if err := ctx.Err(); err != nil {
			return l, err
		}
		l.Read = max(l.Read, together(threads, func(i int) float64 {
			llama.PeakRead(buffers[i])
			return float64(8 * len(buffers[i]))
		}))
		l.Int8 = max(l.Int8, together(threads, func(int) float64 {
			n, _ := llama.PeakInt8(rounds)
			return float64(n)
		}))
		l.F32 = max(l.F32, together(threads, func(int) float64 {
			n, _ := llama.PeakF32(rounds)
			return float64(n)
		}))
	}
	return l, nil
}

// best joins two measurements.
func (l Limits) best(o Limits) Limits {
	return Limits{l.Threads, max(l.Read, o.Read), max(l.Int8, o.Int8), max(l.F32, o.F32)}
}

// least is the shortest time that w can take, and what sets it: a memory that is
// read or multipliers that are busy all the time.
func (l Limits) least(w work) (seconds float64, by string) {
	memory := w.bytes / l.Read
	compute := w.int8/l.Int8 + w.f32/l.F32
	if memory >= compute {
		return memory, "memory"
	}
	return compute, "compute"
}

// together runs do in all threads at once and returns what they did per second.
// It begins when all are there and ends with the last.
func together(threads int, do func(thread int) float64) float64 {
	done := make([]float64, threads)
	begin := make(chan struct{})
	var ready, all sync.WaitGroup
	for i := range threads {
		ready.Add(1)
		all.Add(1)
		go func() {
			defer all.Done()
			ready.Done()
			<-begin
			done[i] = do(i)
		}()
	}
	ready.Wait()
	start := time.Now()
	close(begin)
	all.Wait()
	elapsed := time.Since(start).Seconds()
	var sum float64
	for _, n := range done {
		sum += n
	}
	return sum / elapsed
}

// calibrate is how many rounds of a loop take about 20 ms.
func calibrate() int64 {
	rounds := int64(leastRounds)
	for {
		start := time.Now()
		llama.PeakF32(rounds)
		if elapsed := time.Since(start); elapsed > 10*time.Millisecond || rounds > 1<<40 {
			return rounds * int64(20*time.Millisecond) / int64(elapsed)
		}
		rounds *= 2
	}
}

// readBuffers maps memory for each thread, in huge pages like the weights, and
// writes to it: unwritten pages are one page of zeros.
func readBuffers(threads int) (buffers [][]uint64, release func(), err error) {
	total := uint64(readBytes)
	if free := hostinfo.Read().Memory.Available; free > 0 {
		total = min(total, free/4)
	}
	size := int(total) / threads &^ (2<<20 - 1)
	if size == 0 {
		return nil, nil, fault.New(fault.Memory, "too little memory is free to measure how fast it is read").WithHint("close other programs")
	}
	var mapped [][]byte
	release = func() {
		for _, m := range mapped {
			_ = unix.Munmap(m)
		}
	}
	for range threads {
		m, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
		if err != nil {
			release()
			return nil, nil, fault.Wrap(err, fault.Memory, "cannot map %d bytes to measure how fast they are read", size)
		}
		mapped = append(mapped, m)
		_ = unix.Madvise(m, unix.MADV_HUGEPAGE) // a kernel without them is slower for weights too
		buffers = append(buffers, words(m))
	}
	together(threads, func(i int) float64 {
		for w := range buffers[i] {
			buffers[i][w] = 1
		}
		return 0
	})
	return buffers, release, nil
}

// AddLimits fills in the least time that each row's work can take on the machine.
func AddLimits(rows []Row, f *gguf.File, l Limits) {
	for i := range rows {
		r := &rows[i]
		w := r.work(f)
		if w == (work{}) || r.MS == 0 {
			continue
		}
		seconds, by := l.least(w)
		r.LimitMS, r.LimitBy = seconds*1e3, by
		r.OfLimit = r.LimitMS / r.MS
	}
}
