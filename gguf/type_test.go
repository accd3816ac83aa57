package gguf

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSizesOfTypes(t *testing.T) {
	// Bytes of a row of 256 elements, worked out by hand from the bit widths:
	// scales, minima and quants of ggml-common.h's blocks.
	for kind, want := range map[Type]uint64{
		F32: 1024, F64: 2048, I64: 2048, I32: 1024, F16: 512, BF16: 512, I16: 512, I8: 256,
		Q4_0: 8 * (2 + 16), Q4_1: 8 * (4 + 16), Q5_0: 8 * (2 + 4 + 16), Q5_1: 8 * (4 + 4 + 16),
		Q8_0: 8 * (2 + 32), Q8_1: 8 * (4 + 32), Q1_0: 2 * (2 + 16), Q2_0: 4 * (2 + 16),
		Q2_K: 4 + 16 + 64, Q3_K: 2 + 64 + 32 + 12, Q4_K: 4 + 12 + 128, Q5_K: 4 + 12 + 128 + 32,
		Q6_K: 2 + 16 + 192, Q8_K: 4 + 256 + 32,
		IQ1_S: 2 + 32 + 16, IQ1_M: 32 + 16 + 8, IQ2_XXS: 2 + 64, IQ2_XS: 2 + 64 + 8, IQ2_S: 2 + 64 + 16,
		IQ3_XXS: 2 + 96, IQ3_S: 2 + 104 + 4, IQ4_NL: 8 * (2 + 16), IQ4_XS: 2 + 2 + 4 + 128,
		TQ1_0: 2 + 4 + 48, TQ2_0: 2 + 64, MXFP4: 8 * (1 + 16), NVFP4: 4 * (4 + 32),
	} {
		elements, size, err := kind.Size([]uint64{256})
		require.NoError(t, err, kind.String())
		assert.Equal(t, uint64(256), elements)
		assert.Equal(t, want, size, kind.String())
	}
}

func TestWithdrawnTypesAreNotValid(t *testing.T) {
	var valid int
	for n := range Type(200) {
		if n.Valid() {
			valid++
		}
	}
	assert.Equal(t, 35, valid)
	for _, n := range []Type{4, 5, 31, 32, 33, 36, 37, 38, 43} {
		assert.False(t, n.Valid())
		assert.False(t, n.Weight())
		assert.Contains(t, n.String(), "type ")
	}
	for _, n := range []Type{I8, I16, I32, I64, F64, Q8_1, Q8_K} {
		assert.False(t, n.Weight(), "ggml has no dot product for %v", n)
	}
}
