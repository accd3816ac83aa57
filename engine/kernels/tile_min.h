// Q4_K and Q5_K: out[n][r] = Σ_step d_n (d_r Σ_j s_rj Σ_k q·a - dmin_r Σ_j m_rj Σ_k a),
// j over 8 sub-blocks of 32 columns, k over the columns of one.
//
// The quantizer keeps |Σ_k q·a| of a sub-block below 2^15 (quantize.h), so that
// the int16 pair of a lane holds those of two: one 16-bit multiply-add, against
// the pair of their scales, scales and sums both, exactly.
#pragma once

#include "tile.h"

namespace viscoder {
namespace {

// split_mins takes scales and mins out of their 6-bit lines, as int16 pairs:
// scale[i] is (s_2i, s_2i+1), min[i] is (m_2i, m_2i+1).
template <class V>
VISCODER_INLINE void split_mins(const uint8_t *line, typename V::I (&scale)[4], typename V::I (&min)[4]) {
    const auto pair = V::word32(0x003f003f);
    const auto p0 = V::load(line), p1 = V::load(line + 64), p2 = V::load(line + 128);
    scale[0] = V::both(p0, pair);
    scale[1] = V::both(V::template right16<8>(p0), pair);
    scale[2] = V::both(p1, pair);
    scale[3] = V::both(V::template right16<8>(p1), pair);
    min[0] = V::both(p2, pair);
    min[1] = V::both(V::template right16<8>(p2), pair);
    const auto high = V::either(V::either(V::both(V::template right16<6>(p0), V::byte(0x03)),
                                          V::both(V::template right16<4>(p1), V::byte(0x0c))),
                                V::both(V::template right16<2>(p2), V::byte(0x30)));
    min[2] = V::both(high, pair);
    min[3] = V::template right16<8>(high);
}

// sub_run is sub_block for rows [first, first + n).
template <class V, int n, class Use>
VISCODER_INLINE void sub_run(const typename V::I (&v)[8], int first, const int8_t *a, Use use) {
    typename V::I sum[n];
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) sum[i] = V::zero();
    dots<V, n>(v, a + 32 * first, sum);
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) use(first + i, sum[i]);
}

// sub_block calls use(n, Σ_k q·a) for sub-block j of each of N activation rows at a.
template <class V, bool five, int N, class Use>
VISCODER_INLINE void sub_block(const uint8_t *w, int row, int j, const int8_t *a, Use use) {
    using I = typename V::I;
    constexpr int kRun = N < V::kInterleave ? N : V::kInterleave;
    I v[8];
    const uint8_t *lines = w + k_min::kNibbles + 256 * j + 4 * row;
    if constexpr (five) {
        unpack5<V>(lines, w + k_min::kHigh + 64 * j + 4 * row, v);
    } else {
        unpack4<V>(lines, v);
    }
#pragma GCC unroll 16
    for (int n = 0; n + kRun <= N; n += kRun) sub_run<V, kRun>(v, n, a, use);
    if constexpr (N % kRun > 0) sub_run<V, N % kRun>(v, N - N % kRun, a, use);
}

template <class V, bool five, int N>
VISCODER_INLINE void tile_min_rows(const TileJob &job, int row) {
    using I = typename V::I;
    using F = typename V::F;
    constexpr int kStep = five ? k_min::kBytesQ5 : k_min::kBytesQ4;
    const uint8_t *w = job.weights;
    const int8_t *a = job.quants;
    const auto *sums = static_cast<const int16_t *>(job.sums);
    const float *scales = job.scales;
    F out[N];
#pragma GCC unroll 16
    for (int n = 0; n < N; n++) out[n] = V::fzero();
    for (int64_t step = 0; step < job.steps; step++, w += kStep, a += 256 * N, sums += 8 * N, scales += N) {
        I scale[4], min[4], total[N];
        split_mins<V>(w + k_min::kPacked + 4 * row, scale, min);
        for (int n = 0; n < N; n++) total[n] = V::zero();
#pragma GCC unroll 1
        for (int j = 0; j < 8; j += 2) {
            fetch<V, kStep, 4>(w, job.prefetch, j / 2);
            I even[N];
            sub_block<V, five, N>(w, row, j, a + 32 * N * j, [&](int n, I sum) { even[n] = sum; });
            sub_block<V, five, N>(w, row, j + 1, a + 32 * N * (j + 1), [&](int n, I sum) {
                total[n] = V::dot16(total[n], V::pair(even[n], sum), scale[j / 2]);
            });
        }
        const F d = V::half(w + k_min::kScale + 2 * row), dmin = V::half(w + k_min::kMin + 2 * row);
#pragma GCC unroll 16
        for (int n = 0; n < N; n++) {
            I low = V::zero();
#pragma GCC unroll 4
            for (int i = 0; i < 4; i++) low = V::dot16(low, min[i], V::four(sums + 8 * n + 2 * i));
            const F value = V::submul(dmin, V::number(low), V::mul(d, V::number(total[n])));
            out[n] = V::muladd(value, V::all(scales[n]), out[n]);
        }
    }
    finish<V, N>(job, row, out);
}

template <class V, bool five, int N>
void tile_min(const TileJob &job) {
    for (int row = 0; row < kGroupRows; row += V::kLanes) tile_min_rows<V, five, N>(job, row);
}

}  // namespace
}  // namespace viscoder
