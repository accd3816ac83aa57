package sampler

import "math"

// A draw without top-k takes an exponential for each token of the vocabulary,
// and math.Exp would make that the cost of the step. expTable holds 2^(j/256):
// with a quadratic for the rest the relative error stays under 1e-8, a tenth of
// a float32's resolution (test in exp_test.go).
var expTable = func() (t [256]float64) {
	for j := range t {
		t[j] = math.Exp2(float64(j) / 256)
	}
	return t
}()

// expNonPositive returns exp(x) for x <= 0; 0 under the smallest normal number.
func expNonPositive(x float64) float64 {
	const perStep = math.Ln2 / 256
	if !(x > -708) {
		return 0
	}
	steps := x * (1 / perStep)
	i := int64(steps)                   // towards zero
	r := (steps - float64(i)) * perStep // in (-ln2/256, 0]
	power := math.Float64frombits(uint64(1023+i>>8) << 52)
	return power * expTable[i&255] * (1 + r*(1+r/2))
}

// weight is exp(logit - highest), with equal infinities counting 1.
func weight(logit, highest float32) float64 {
	if logit == highest {
		return 1
	}
	return expNonPositive(float64(logit) - float64(highest))
}
