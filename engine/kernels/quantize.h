// Activations to int8: a ≈ d·q, |q| ≤ 127, d for 256 columns where the weights
// are of a K type, else for 32: what ggml does too. For the K types d is made
// larger where a sub-block's sum of products could leave int16 (tile_min.h);
// real activations do not come near.
#pragma once

#include <cstdint>
#include <cstring>

#include "isa.h"

namespace viscoder {
namespace {

// greatest is the bits of max |x|; NaN and infinity are above all numbers.
template <int n>
inline int32_t greatest(const float *x) {
    int32_t most = 0;
    for (int i = 0; i < n; i++) {
        int32_t bits;
        memcpy(&bits, x + i, 4);
        bits &= 0x7fffffff;
        most = bits > most ? bits : most;
    }
    return most;
}

constexpr int32_t kInfinityBits = 0x7f800000;

// inverse_scale is 127 / max |x|; 0 where the block is zero or not finite, and
// *scale then holds 0 or NaN.
template <int n>
inline float inverse_scale(const float *x, float *scale) {
    const int32_t bits = greatest<n>(x);
    float most;
    memcpy(&most, &bits, 4);
    if (bits >= kInfinityBits) {
        *scale = __builtin_nanf("");
        return 0;
    }
    if (most < 1e-30f) {  // 127 / most would not be finite
        *scale = 0;
        return 0;
    }
    const float inverse = 127.0f / most;
    *scale = 1 / inverse;
    return inverse;
}

// round_all is q = round(x·inverse), ties to even.
template <int n>
inline void round_all(const float *x, float inverse, int8_t *q) {
    constexpr float kMagic = 12582912.0f;  // 1.5·2^23: the sum's low bits are the integer
    for (int i = 0; i < n; i++) {
        const float sum = x[i] * inverse + kMagic;
        int32_t bits;
        memcpy(&bits, &sum, 4);
        q[i] = static_cast<int8_t>(bits);
    }
}

// as_half rounds a scale to fp16's 11 bits, though not to its range: ggml stores
// it so, and with equal scales our predictions are as good as equal to its.
inline float as_half(float scale) {
    uint32_t bits;
    memcpy(&bits, &scale, 4);
    if ((bits & 0x7f800000u) == 0x7f800000u) return scale;
    bits = (bits + 0xfffu + (bits >> 13 & 1)) & ~0x1fffu;
    memcpy(&scale, &bits, 4);
    return scale;
}

// scatter copies n quants to their place among the rows of a tile.
template <int n>
inline void scatter(const int8_t *q, const QuantizeJob &job) {
    for (int b = 0; b < n / 32; b++) memcpy(job.quants + 32 * (b * job.tile + job.position), q + 32 * b, 32);
}

// A block of a K type: sums of each 32 quants of one sign, and what they may be.
inline int sides_32(const int8_t *q, int16_t *sums) {
    int most = 0;
    for (int j = 0; j < 8; j++) {
        int sum = 0, size = 0;
        for (int i = 0; i < 32; i++) {
            sum += q[32 * j + i];
            size += q[32 * j + i] < 0 ? -q[32 * j + i] : q[32 * j + i];
        }
        sums[j] = static_cast<int16_t>(sum);
        const int side = (size + (sum < 0 ? -sum : sum)) / 2;  // of positive or of negative ones
        most = side > most ? side : most;
    }
    return most;
}

inline int sizes_16(const int8_t *q, int32_t *starts) {
    int most = 0;
    for (int j = 0; j < 16; j++) {
        int sum = 0, size = 0;
        for (int i = 0; i < 16; i++) {
            sum += q[16 * j + i];
            size += q[16 * j + i] < 0 ? -q[16 * j + i] : q[16 * j + i];
        }
        starts[j] = -32 * sum;
        most = size > most ? size : most;
    }
    return most;
}

// quantize_k quantizes 256 columns; sums fills what goes with the quants and
// returns a size of theirs which must not exceed limit, or, after a rounding of
// `columns` quants by 1/2 each, limit.
template <int limit, int columns, class Sum, int (*sums)(const int8_t *, Sum *)>
inline void quantize_k(const QuantizeJob &job) {
    float inverse = inverse_scale<256>(job.x, job.scales);
    int8_t q[256];
    auto *out = static_cast<Sum *>(job.sums);
    round_all<256>(job.x, inverse, q);
    const int size = sums(q, out);
    if (size > limit) {
        // Real sums are at most size + columns/2 before this rounding.
        const float share = static_cast<float>(limit - columns / 2) / static_cast<float>(size + columns / 2);
        inverse *= share;
        *job.scales = 1 / inverse;
        round_all<256>(job.x, inverse, q);
        sums(q, out);
    }
    scatter<256>(q, job);
}

// 15·2184 and 31·1057 are the last products below 2^15, and 32·1023.
void quantize_q4_k(const QuantizeJob &job) { quantize_k<2184, 32, int16_t, sides_32>(job); }
void quantize_q5_k(const QuantizeJob &job) { quantize_k<1057, 32, int16_t, sides_32>(job); }
void quantize_q6_k(const QuantizeJob &job) { quantize_k<1023, 16, int32_t, sizes_16>(job); }

template <int zero>
void quantize_q_0(const QuantizeJob &job) {
    auto *starts = static_cast<int32_t *>(job.sums);
    int8_t q[64] = {};
    for (int b = 0; b < 2; b++) {
        starts[b] = 0;
        job.scales[b] = 0;
        if (32 * b >= job.columns) continue;
        const float *x = job.x + 32 * b;
        round_all<32>(x, inverse_scale<32>(x, job.scales + b), q + 32 * b);
        job.scales[b] = as_half(job.scales[b]);
        int sum = 0;
        for (int i = 0; i < 32; i++) sum += q[32 * b + i];
        starts[b] = -zero * sum;
    }
    scatter<64>(q, job);
}

}  // namespace
}  // namespace viscoder
