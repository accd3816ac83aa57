// Q6_K: out[n][r] = Σ_step d_n d_r Σ_j s_rj Σ_k (q - 32)·a, j over 16 sub-blocks
// of 16 columns, k over the columns of one.
//
// The sum over k starts at -32 Σ_k a, which the quantizer stores: the offset
// costs nothing. It also keeps the sum below 2^15, see tile_min.h.
#pragma once

#include "tile.h"

namespace viscoder {
namespace {

// add_q6 adds a sub-block pair of n activation rows to total[n].
template <class V, int n>
VISCODER_INLINE void add_q6(const typename V::I (&v)[8], const int8_t *a, const int32_t *start,
                            const typename V::I (&s)[2], typename V::I *total) {
    typename V::I low[n], high[n];
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) {
        low[i] = V::four(start + 16 * i);
        high[i] = V::four(start + 16 * i + 1);
    }
    dots<V, n, 0, 4>(v, a, low);
    dots<V, n, 4, 8>(v, a, high);
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) total[i] = V::dot16(V::dot16(total[i], low[i], s[0]), high[i], s[1]);
}

template <class V, int N>
VISCODER_INLINE void tile_q6_rows(const TileJob &job, int row) {
    using I = typename V::I;
    using F = typename V::F;
    constexpr int kRun = N < V::kInterleave ? N : V::kInterleave;
    const uint8_t *w = job.weights;
    const int8_t *a = job.quants;
    const auto *starts = static_cast<const int32_t *>(job.sums);
    const float *scales = job.scales;
    F out[N];
#pragma GCC unroll 16
    for (int n = 0; n < N; n++) out[n] = V::fzero();
    for (int64_t step = 0; step < job.steps; step++, w += q6_k::kBytes, a += 256 * N, starts += 16 * N, scales += N) {
        I total[N];
        for (int n = 0; n < N; n++) total[n] = V::zero();
#pragma GCC unroll 1
        for (int j = 0; j < 8; j++) {
            fetch<V, q6_k::kBytes, 8>(w, job.prefetch, j);
            I v[8];
            const uint8_t *lines = w + q6_k::kQuants + q6_k::kSubBlock * j + 4 * row;
            unpack6<V>(lines, lines + q6_k::kHigh, v);
            const uint8_t *scale = w + q6_k::kScales + 32 * j + row;
            const I s[2] = {V::words(scale), V::words(scale + 16)};
            const int8_t *quants = a + 32 * N * j;
            const int32_t *start = starts + 2 * j;
#pragma GCC unroll 16
            for (int n = 0; n + kRun <= N; n += kRun) add_q6<V, kRun>(v, quants + 32 * n, start + 16 * n, s, total + n);
            if constexpr (N % kRun > 0) {
                constexpr int n = N - N % kRun;
                add_q6<V, N % kRun>(v, quants + 32 * n, start + 16 * n, s, total + n);
            }
        }
        const F d = V::half(w + q6_k::kScale + 2 * row);
#pragma GCC unroll 16
        for (int n = 0; n < N; n++) {
            out[n] = V::muladd(V::mul(d, V::number(total[n])), V::all(scales[n]), out[n]);
        }
    }
    finish<V, N>(job, row, out);
}

template <class V, int N>
void tile_q6_k(const TileJob &job) {
    for (int row = 0; row < kGroupRows; row += V::kLanes) tile_q6_rows<V, N>(job, row);
}

}  // namespace
}  // namespace viscoder
