package sandbox

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
)

func TestCaptureKeepsAllThatFits(t *testing.T) {
	c := newCapture(100, func() { t.Error("no flood") })
	c.drain(iotest.OneByteReader(strings.NewReader(strings.Repeat("ab", 50))))
	out, cut := c.bytes()
	assert.False(t, cut)
	assert.Equal(t, strings.Repeat("ab", 50), string(out))
}

// FuzzCapture compares with keeping everything and cutting at the end.
func FuzzCapture(f *testing.F) {
	f.Add([]byte("hello world, this is more than fits"), uint8(10), uint8(3))
	f.Add([]byte{}, uint8(0), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, keep, chunk uint8) {
		floods := 0
		c := newCapture(int64(keep), func() { floods++ })
		for rest := data; len(rest) > 0; {
			n := min(len(rest), int(chunk)+1)
			c.add(rest[:n])
			rest = rest[n:]
		}
		half := max(int(keep)/2, 1)
		want := data
		if len(data) > 2*half {
			gap := fmt.Sprintf("\n[… %d bytes left out …]\n", len(data)-2*half)
			want = append(append(bytes.Clone(data[:half]), gap...), data[len(data)-half:]...)
		}
		got, cut := c.bytes()
		assert.Equal(t, string(want), string(got))
		assert.Equal(t, len(data) > 2*half, cut)
		assert.Equal(t, len(data) > int(keep)*floodFactor, floods == 1)
	})
}
