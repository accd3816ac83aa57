package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"viscoder/gguf"
	"viscoder/internal/testweights"
)

// The work of the real model agrees with what the file says of itself.
func TestWorkOfTheRealModel(t *testing.T) {
	f, err := gguf.Open(testweights.Small(t))
	require.NoError(t, err)

	one := forward(f, 1, 1, 0)
	kv := float64(f.KVBytesPerToken(2))
	assert.InDelta(t, float64(f.BytesPerDecodedToken())+kv, one.bytes, 1, "the weights, and the token's own keys and values")
	// Every matrix element is multiplied once; vectors are not.
	attention := 2 * float64(f.Layers()*f.Heads()*f.HeadSize())
	require.False(t, f.Tied(), "its embedding is a table only, and as large as the output matrix")
	matrices := float64(f.ParameterCount() - f.VocabSize()*f.EmbeddingLength())
	assert.InEpsilon(t, matrices, one.int8+one.f32-attention, 0.002)

	eight := forward(f, 8, 8, 0)
	assert.InEpsilon(t, 8*one.int8, eight.int8, 1e-12)
	assert.InEpsilon(t, one.bytes+7*kv, eight.bytes, 1e-12, "weights are read once for all rows")

	deep := forward(f, 1, 1, 1000)
	assert.InDelta(t, one.bytes+1000*kv, deep.bytes, 1)
	assert.Less(t, forward(f, 512, 0, 0).int8, 512*one.int8, "no logits, no product with the output matrix")

	batch := Row{Bench: "batch", Rows: 8, Tokens: 8, Depth: 512}
	assert.Equal(t, forward(f, 8, 8, 512), batch.work(f))
	prefill := Row{Bench: "decode", Rows: 600, Tokens: 600}
	assert.Equal(t, forward(f, 512, 0, 0).plus(forward(f, 88, 1, 512)), prefill.work(f))
	decode := Row{Bench: "decode", Rows: 1, Tokens: 4, Depth: 10}
	assert.Equal(t, forward(f, 1, 1, 12).times(4), decode.work(f))
	assert.Zero(t, Row{Bench: "load"}.work(f))
}

func TestLimitsAreMeasuredAndSetTheLeastTime(t *testing.T) {
	l, err := MeasureLimits(context.Background(), 2)
	require.NoError(t, err)
	assert.Positive(t, l.Read)
	assert.Positive(t, l.Int8)
	assert.Positive(t, l.F32)
	require.Len(t, l.Rows(Setup{}), 3)
	assert.Equal(t, 2, l.Rows(Setup{})[0].Threads)

	l = Limits{Read: 10, Int8: 100, F32: 50}
	seconds, by := l.least(work{bytes: 20, int8: 100, f32: 10})
	assert.InDelta(t, 2, seconds, 1e-9)
	assert.Equal(t, "memory", by)
	seconds, by = l.least(work{bytes: 20, int8: 200, f32: 100})
	assert.InDelta(t, 4, seconds, 1e-9, "the same ports multiply int8 and f32")
	assert.Equal(t, "compute", by)
	assert.Equal(t, Limits{Threads: 2, Read: 3, Int8: 5, F32: 2}, Limits{2, 3, 1, 2}.best(Limits{2, 1, 5, 1}))

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = MeasureLimits(ctx, 1)
	assert.ErrorIs(t, err, context.Canceled)
}
