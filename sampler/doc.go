// Package sampler picks the next token from a model's logits.
//
// A Chain applies its filters in one fixed order, the default order of
// llama.cpp (common_params_sampling.samplers), because every filter sees what
// the ones before it left and another order gives another distribution:
//
//  1. Repetition   lowers the logits of tokens seen lately
//  2. DRY          lowers the logits of tokens that would extend a repeated sequence
//  3. TopK         keeps the k best
//  4. TopP         keeps the nucleus of mass p
//  5. MinP         keeps what has at least p times the best probability
//  6. Temperature  scales what is left, and one token is drawn from it
//
// Temperature stands last, so the filters before it judge the model's own
// probabilities: a high temperature then chooses more freely among the
// plausible tokens without letting implausible ones back in. At temperature 0
// steps 3 to 6 cannot change which token is best, and the best is taken.
//
// Logits are C memory with one float32 for each token of the vocabulary. They
// are read in place, never written and never copied as a whole: penalties are
// kept as a sparse patch, and only candidates that can still be drawn are
// gathered, into a buffer that is reused from token to token.
//
// NaN never wins. Equal logits rank by token number, lowest first, so that a
// result never depends on the way it was computed.
package sampler
