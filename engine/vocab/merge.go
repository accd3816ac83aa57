package vocab

import "container/heap"

// hash spreads pairs of tokens over the slots.
func hash(left, right uint32) uint32 {
	h := left*0x9e3779b1 ^ right*0x85ebca6b
	h ^= h >> 15
	return h * 0x2c1b3c6d >> 3
}

// merge looks up what two neighbours become, and how early: none, none where
// they do not merge.
func (v *Vocabulary) merge(left, right uint32) (rank, result uint32) {
	mask := v.slots - 1
	at := hash(left, right)
	for range v.slots {
		entry := v.merges[slot*int(at&mask):]
		l := u32(entry, 0)
		if l == none {
			return none, none
		}
		if l == left && u32(entry, 1) == right {
			return u32(entry, 2), u32(entry, 3)
		}
		at++
	}
	return none, none
}

// shortWord is the length up to which looking at all pairs again beats a queue.
const shortWord = 32

// word appends the tokens of the word at hand: the pair that merges earliest
// does so, the leftmost of equals, until none does.
func (e *encoder) word() {
	e.ids = e.ids[:0]
	for _, b := range e.bytes {
		e.ids = append(e.ids, u32(e.v.bytes, int(b)))
	}
	if len(e.ids) <= shortWord {
		e.mergeShort()
	} else {
		e.mergeLong()
	}
	for _, id := range e.ids {
		e.out = append(e.out, Token(id))
	}
}

func (e *encoder) mergeShort() {
	for len(e.ids) > 1 {
		best, at, becomes := uint32(none), 0, uint32(0)
		for i := range len(e.ids) - 1 {
			if rank, result := e.v.merge(e.ids[i], e.ids[i+1]); rank < best {
				best, at, becomes = rank, i, result
			}
		}
		if best == none {
			return
		}
		e.ids[at] = becomes
		e.ids = append(e.ids[:at+1], e.ids[at+2:]...)
	}
}

// pair is a merge that was possible when it was queued.
type pair struct {
	rank        uint32
	at          int32 // of the left one
	left, right uint32
	result      uint32
}

type queue []pair

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].rank < q[j].rank || q[i].rank == q[j].rank && q[i].at < q[j].at
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(pair)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// mergeLong is mergeShort with the possible merges in a queue. A symbol that was
// merged into the one before it is none.
func (e *encoder) mergeLong() {
	n := int32(len(e.ids))
	e.queue = e.queue[:0]
	next, before := make([]int32, n), make([]int32, n)
	for i := range n {
		next[i], before[i] = i+1, i-1
	}
	offer := func(at int32) {
		if at < 0 || next[at] >= n {
			return
		}
		left, right := e.ids[at], e.ids[next[at]]
		if rank, result := e.v.merge(left, right); rank != none {
			heap.Push(&e.queue, pair{rank, at, left, right, result})
		}
	}
	for i := range n - 1 {
		offer(i)
	}
	for len(e.queue) > 0 {
		p := heap.Pop(&e.queue).(pair)
		right := next[p.at]
		if e.ids[p.at] != p.left || right >= n || e.ids[right] != p.right {
			continue // one of them has merged since
		}
		e.ids[p.at], e.ids[right] = p.result, none
		next[p.at] = next[right]
		if next[right] < n {
			before[next[right]] = p.at
		}
		offer(before[p.at])
		offer(p.at)
	}
	kept := e.ids[:0]
	for _, id := range e.ids {
		if id != none {
			kept = append(kept, id)
		}
	}
	e.ids = kept
}
