package sampler

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExpAgainstMath(t *testing.T) {
	for x := 0.0; x > -700; x -= 0.00731 {
		require.InEpsilon(t, math.Exp(x), expNonPositive(x), 1e-8, "exp(%v)", x)
	}
	assert.Equal(t, 1.0, expNonPositive(0))
	assert.Zero(t, expNonPositive(-710))
	assert.Zero(t, expNonPositive(math.Inf(-1)))
	assert.Zero(t, expNonPositive(math.NaN()))
}
