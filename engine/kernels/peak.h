// Loops that do one thing and nothing else, to measure what limits a model on
// this CPU: reading memory, and multiplying int8 and f32.
#pragma once

#include <cstddef>
#include <cstdint>

namespace viscoder {

// Peak is what a loop has done; its value shows that it really did.
struct Peak {
    int64_t macs;  // multiplications, each with an addition
    double sum;    // of all products: macs, as long as that is exact in the accumulators
};

// peak_read is the sum of the 64-bit words of data, modulo 2^64; words must be a
// multiple of 64.
uint64_t peak_read(const uint64_t *data, size_t words);
// peak_int8 multiplies as the kernels in use do (kernels_isa).
Peak peak_int8(int64_t rounds);
Peak peak_f32(int64_t rounds);

}  // namespace viscoder
