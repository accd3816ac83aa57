// Q4_0, Q5_0 and Q8_0: out[n][r] = Σ_b d_nb d_rb Σ_k (q - z)·a, b over blocks of
// 32 columns, k over the columns of one; z is 8, 16 and 128 (Q8_0's signed
// quants are packed as q + 128). The sum over k starts at -z Σ_k a.
#pragma once

#include "tile.h"

namespace viscoder {
namespace {

template <int bits>
struct Q_0 {
    static constexpr int kZero = 1 << (bits - 1);
    static constexpr int kBlock = bits == 4 ? q_0::kBlockQ4 : bits == 5 ? q_0::kBlockQ5 : q_0::kBlockQ8;
    static constexpr int kStep = q_0::kQuants + 2 * kBlock;

    template <class V>
    static VISCODER_INLINE void unpack(const uint8_t *lines, typename V::I (&v)[8]) {
        if constexpr (bits == 4) {
            unpack4<V>(lines, v);
        } else if constexpr (bits == 5) {
            unpack5<V>(lines, lines + 256, v);
        } else {
#pragma GCC unroll 8
            for (int t = 0; t < 8; t++) v[t] = V::load(lines + 64 * t);
        }
    }
};

// signed_dots is dots for operations that cannot take bytes above 128.
template <class V, int n>
VISCODER_INLINE void signed_dots(const typename V::I (&v)[8], const int8_t *a, typename V::I (&sum)[n]) {
#pragma GCC unroll 8
    for (int t = 0; t < 8; t++) {
        const auto w = V::flip(v[t], V::byte(0x80));
#pragma GCC unroll 8
        for (int i = 0; i < n; i++) sum[i] = V::signed_dot(sum[i], w, V::four(a + 32 * i + 4 * t));
    }
}

// add_block adds one block of n activation rows to out[n].
template <class V, int bits, int n>
VISCODER_INLINE void add_block(const typename V::I (&v)[8], const int8_t *a, const int32_t *start, const float *scale,
                               typename V::F d, typename V::F *out) {
    typename V::I sum[n];
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) sum[i] = V::four(start + 2 * i);
    if constexpr (bits == 8 && !V::kWideBytes) {
#pragma GCC unroll 4
        for (int i = 0; i < n; i++) sum[i] = V::zero();
        signed_dots<V, n>(v, a, sum);
    } else {
        dots<V, n>(v, a, sum);
    }
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) {
        out[i] = V::muladd(V::number(sum[i]), V::mul(d, V::all(scale[2 * i])), out[i]);
    }
}

template <class V, int bits, int N>
VISCODER_INLINE void tile_q_0_rows(const TileJob &job, int row) {
    using I = typename V::I;
    using F = typename V::F;
    using Q = Q_0<bits>;
    constexpr int kRun = N < V::kInterleave ? N : V::kInterleave;
    const uint8_t *w = job.weights;
    const int8_t *a = job.quants;
    const auto *starts = static_cast<const int32_t *>(job.sums);
    const float *scales = job.scales;
    F out[N];
#pragma GCC unroll 16
    for (int n = 0; n < N; n++) out[n] = V::fzero();
    for (int64_t step = 0; step < job.steps; step++, w += Q::kStep, a += 64 * N, starts += 2 * N, scales += 2 * N) {
#pragma GCC unroll 1
        for (int b = 0; b < 2; b++) {
            fetch<V, Q::kStep, 2>(w, job.prefetch, b);
            I v[8];
            Q::template unpack<V>(w + q_0::kQuants + Q::kBlock * b + 4 * row, v);
            const F d = V::half(w + q_0::kScale + 32 * b + 2 * row);
            const int8_t *quants = a + 32 * N * b;
#pragma GCC unroll 16
            for (int n = 0; n + kRun <= N; n += kRun) {
                add_block<V, bits, kRun>(v, quants + 32 * n, starts + 2 * n + b, scales + 2 * n + b, d, out + n);
            }
            if constexpr (N % kRun > 0) {
                constexpr int n = N - N % kRun;
                add_block<V, bits, N % kRun>(v, quants + 32 * n, starts + 2 * n + b, scales + 2 * n + b, d, out + n);
            }
        }
    }
    finish<V, N>(job, row, out);
}

template <class V, int bits, int N>
void tile_q_0(const TileJob &job) {
    for (int row = 0; row < kGroupRows; row += V::kLanes) tile_q_0_rows<V, bits, N>(job, row);
}

}  // namespace
}  // namespace viscoder
