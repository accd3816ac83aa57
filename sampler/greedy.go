package sampler

import "math"

// Greedy returns the token with the highest logit, the lowest-numbered one
// among equals. A NaN never wins: if all logits are NaN the answer is token 0,
// and if there are none it is None.
func Greedy(logits []float32) Token {
	if len(logits) == 0 {
		return None
	}
	best, at := float32(math.Inf(-1)), -1
	// Blocks of eight, entered only where one of them beats the best: the
	// vocabulary is long and a new best is rare.
	i := 0
	for ; i+8 <= len(logits); i += 8 {
		b := (*[8]float32)(logits[i:])
		if b[0] > best || b[1] > best || b[2] > best || b[3] > best ||
			b[4] > best || b[5] > best || b[6] > best || b[7] > best {
			for j, v := range b {
				if v > best {
					best, at = v, i+j
				}
			}
		}
	}
	for ; i < len(logits); i++ {
		if logits[i] > best {
			best, at = logits[i], i
		}
	}
	if at < 0 {
		return firstNumber(logits)
	}
	return Token(at)
}

// firstNumber is the answer where there is nothing above -Inf.
func firstNumber(logits []float32) Token {
	for i, v := range logits {
		if v == v {
			return Token(i)
		}
	}
	return 0
}
