// What the tiles of all types share. V is a set of vector operations (simd_*.h),
// N the number of activation rows of the tile.
#pragma once

#include <cstdint>
#include <cstring>

#include "isa.h"

#ifndef VISCODER_INLINE  // simd_portable.h has its own
#define VISCODER_INLINE __attribute__((always_inline)) inline
#endif

namespace viscoder {
namespace {

// dots adds the products of 32 columns of 16 rows (v: dword t of each) with 32
// columns of n activation rows, [n][32] at a, to sum[n]. first and last bound t.
template <class V, int n, int first = 0, int last = 8>
VISCODER_INLINE void dots(const typename V::I (&v)[8], const int8_t *a, typename V::I (&sum)[n]) {
#pragma GCC unroll 8
    for (int t = first; t < last; t++) {
#pragma GCC unroll 8
        for (int i = 0; i < n; i++) sum[i] = V::dot(sum[i], v[t], V::four(a + 32 * i + 4 * t));
    }
}

// nibbles unpacks 4 nibble lines.
template <class V>
VISCODER_INLINE void unpack4(const uint8_t *lines, typename V::I (&v)[8]) {
    const auto low = V::byte(15);
#pragma GCC unroll 4
    for (int t = 0; t < 4; t++) {
        const auto x = V::load(lines + 64 * t);
        v[t] = V::both(x, low);
        v[t + 4] = V::both(V::template right16<4>(x), low);
    }
}

// join adds the high bits of dword t, in the upper half of each byte, to its nibble.
template <class V, int t>
VISCODER_INLINE void join(const uint8_t *lines, typename V::I high, typename V::I (&v)[8]) {
    auto x = V::load(lines + 64 * (t & 3));
    if constexpr (t >= 4) x = V::template right16<4>(x);
    v[t] = V::choose(V::byte(15), x, high);
}

// fives joins the fifth bits of columns whose bit is `bit` and bit + 4 of each byte.
template <class V, int bit>
VISCODER_INLINE void fives(const uint8_t *lines, typename V::I h, typename V::I (&v)[8]) {
    if constexpr (bit > 0) h = V::template right16<bit>(h);
    h = V::both(h, V::byte(0x11));
    join<V, bit>(lines, h, v);  // fifth_bit(bit) = bit + 4
    join<V, bit + 4>(lines, V::template left16<4>(h), v);
}

// unpack5 unpacks 4 nibble lines and a line of fifth bits.
template <class V>
VISCODER_INLINE void unpack5(const uint8_t *lines, const uint8_t *high, typename V::I (&v)[8]) {
    const auto h = V::load(high);
    fives<V, 0>(lines, h, v);
    fives<V, 1>(lines, h, v);
    fives<V, 2>(lines, h, v);
    fives<V, 3>(lines, h, v);
}

// sixes joins bits 4-5 of dwords t0…t0+3 from their line.
template <class V, int t0>
VISCODER_INLINE void sixes(const uint8_t *lines, const uint8_t *high, typename V::I (&v)[8]) {
    const auto mask = V::byte(0x33);
    const auto line = V::load(high);
    const auto even = V::both(line, mask), odd = V::both(V::template right16<2>(line), mask);
    join<V, t0>(lines, V::template left16<4>(even), v);     // sixth_shift 0
    join<V, t0 + 1>(lines, even, v);                        // 4
    join<V, t0 + 2>(lines, V::template left16<4>(odd), v);  // 2
    join<V, t0 + 3>(lines, odd, v);                         // 6
}

// unpack6 unpacks 4 nibble lines and 2 lines of bits 4-5.
template <class V>
VISCODER_INLINE void unpack6(const uint8_t *lines, const uint8_t *high, typename V::I (&v)[8]) {
    sixes<V, 0>(lines, high, v);
    sixes<V, 4>(lines, high + 64, v);
}

// fetch prefetches part i of n of a step that lies `ahead` bytes on.
template <class V, int bytes, int n>
VISCODER_INLINE void fetch(const uint8_t *step, int64_t ahead, int i) {
    if (ahead == 0) return;
    constexpr int kLines = (bytes + 64 * n - 1) / (64 * n);
#pragma GCC unroll 16
    for (int l = 0; l < kLines; l++) V::prefetch(step + ahead + 64 * (i * kLines + l));
}

// finish stores the sums of rows [row, row + V::kLanes) of the group.
template <class V, int N>
VISCODER_INLINE void finish(const TileJob &job, int row, const typename V::F (&sum)[N]) {
    const int rows = job.rows - row;
    if (rows >= V::kLanes) {
#pragma GCC unroll 16
        for (int n = 0; n < N; n++) V::store(job.out[n] + row, sum[n]);
        return;
    }
    for (int n = 0; n < N && rows > 0; n++) {
        float part[V::kLanes];
        V::store(part, sum[n]);
        memcpy(job.out[n] + row, part, sizeof(float) * static_cast<size_t>(rows));
    }
}

}  // namespace
}  // namespace viscoder
