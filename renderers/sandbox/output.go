package sandbox

import (
	"fmt"
	"io"
)

// capture keeps the head and the tail of a stream within a budget, and says
// once when the stream has become a flood.
type capture struct {
	half  int    // bytes kept of head and of tail
	limit int64  // bytes after which the stream is a flood
	flood func() // called once

	head  []byte
	tail  []byte // ring, in use when head is full
	next  int    // where the ring goes on
	total int64
}

func newCapture(keep int64, flood func()) *capture {
	half := int(max(keep/2, 1))
	return &capture{half: half, limit: keep * floodFactor, flood: flood}
}

// drain reads r to its end. It never stops early: a full pipe would block the
// program where a flood is to end it.
func (c *capture) drain(r io.Reader) {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Read(buf)
		c.add(buf[:n])
		if err != nil {
			return
		}
	}
}

func (c *capture) add(p []byte) {
	before := c.total
	c.total += int64(len(p))
	if before <= c.limit && c.total > c.limit {
		c.flood()
	}
	room := min(c.half-len(c.head), len(p))
	c.head = append(c.head, p[:room]...)
	c.addTail(p[room:])
}

func (c *capture) addTail(p []byte) {
	if len(p) > c.half {
		p = p[len(p)-c.half:]
	}
	room := min(c.half-len(c.tail), len(p))
	c.tail = append(c.tail, p[:room]...)
	for p = p[room:]; len(p) > 0; {
		n := copy(c.tail[c.next:], p)
		c.next = (c.next + n) % c.half
		p = p[n:]
	}
}

// bytes returns what was kept, and whether anything was dropped.
func (c *capture) bytes() ([]byte, bool) {
	out := append([]byte{}, c.head...)
	dropped := c.total - int64(len(c.head)+len(c.tail))
	if dropped > 0 {
		out = fmt.Appendf(out, "\n[… %d bytes left out …]\n", dropped)
	}
	out = append(out, c.tail[c.next:]...)
	return append(out, c.tail[:c.next]...), dropped > 0
}
