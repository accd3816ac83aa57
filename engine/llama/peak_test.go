//go:build cgo

package llama

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The loops really do what they are timed for: each product is 1, so that the sum
// is their number, in every instruction set that this CPU has.
func TestPeakLoopsDoWhatTheyAreTimedFor(t *testing.T) {
	if os.Getenv("VISCODER_ISA") == "" {
		self, err := os.Executable()
		require.NoError(t, err)
		for _, isa := range []string{"portable", "avx2", "avxvnni", "avx512"} {
			command := exec.Command(self, "-test.run", "^"+t.Name()+"$")
			command.Env = append(os.Environ(), "VISCODER_ISA="+isa)
			out, err := command.CombinedOutput()
			assert.NoError(t, err, "%s: %s", isa, out)
		}
	}
	for name, loop := range map[string]func(int64) (int64, float64){"int8": PeakInt8, "f32": PeakF32} {
		macs, sum := loop(1000)
		assert.GreaterOrEqual(t, macs, int64(64*1000), name)
		assert.Equal(t, float64(macs), sum, name)
		more, _ := loop(3000)
		assert.Equal(t, 3*macs, more, name)
	}
	words := make([]uint64, 64*100)
	var want uint64
	for i := range words {
		words[i] = uint64(i) * 0x9e3779b97f4a7c15
		want += words[i]
	}
	assert.Equal(t, want, PeakRead(words))
	assert.Zero(t, PeakRead(nil))
}
