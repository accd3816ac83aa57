package sandbox

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkRun is the time of an empty run: everything that the box adds.
func BenchmarkRun(b *testing.B) {
	for name, o := range map[string]Options{"boxed": {}, "unsafe": {Unsafe: true}} {
		b.Run(name, func(b *testing.B) {
			box, err := New(o)
			require.NoError(b, err)
			work := b.TempDir()
			for b.Loop() {
				_, err := box.Run(context.Background(), Command{Args: []string{"/usr/bin/true"}, Work: work})
				require.NoError(b, err)
			}
		})
	}
}
