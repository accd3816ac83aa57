// Softmax attention over fp16 keys and values in float, a block of positions at
// a time with a running maximum (Rabe and Staats, arXiv 2112.05682). The heads of
// a group and all rows of a batch read the keys and values once.
#pragma once

#include "tile.h"

namespace viscoder {
namespace {

// exponential is e^x for x ≤ 0, within 2e-7 of it relatively; 0 below -87.
template <class V>
VISCODER_INLINE typename V::F exponential(typename V::F x) {
    using F = typename V::F;
    const auto n = V::rounded(V::mul(x, V::all(1.44269504f)));  // x = n·ln 2 + r
    const F whole = V::number(n);
    const F r = V::submul(whole, V::all(-2.12194440e-4f), V::submul(whole, V::all(0.693359375f), x));
    F p = V::all(1.9875691500e-4f);  // the minimax polynomial of Cephes' expf
    p = V::muladd(p, r, V::all(1.3981999507e-3f));
    p = V::muladd(p, r, V::all(8.3334519073e-3f));
    p = V::muladd(p, r, V::all(4.1665795894e-2f));
    p = V::muladd(p, r, V::all(1.6666665459e-1f));
    p = V::muladd(p, r, V::all(5.0000001201e-1f));
    p = V::muladd(V::mul(r, r), p, V::add(r, V::all(1)));
    return V::zero_below(V::times_power(p, n), x, -87);
}

// panel adds the product of n rows of a, each of `depth` numbers, with `depth`
// rows of b, 32 columns each, to c.
template <class V, int n>
VISCODER_INLINE void panel(const float *const *a, int64_t depth, const float *b, int64_t b_stride,
                           typename V::F (&c)[n][kAttendBlock / V::kLanes]) {
    constexpr int kVectors = kAttendBlock / V::kLanes;
#pragma GCC unroll 2
    for (int64_t k = 0; k < depth; k++) {
        typename V::F row[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; v++) row[v] = V::load_f(b + k * b_stride + V::kLanes * v);
#pragma GCC unroll 4
        for (int i = 0; i < n; i++) {
            const auto x = V::all(a[i][k]);
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; v++) c[i][v] = V::muladd(x, row[v], c[i][v]);
        }
    }
}

// load_keys writes the block of keys as [dk][32] floats, positions past the end as 0.
template <class V>
void load_keys(const AttendJob &job, int64_t first, float *out) {
    constexpr int kLanes = V::kLanes;
    for (int j = 0; j < kAttendBlock; j += kLanes) {
        for (int d = 0; d < job.dk; d += kLanes) {
            typename V::F m[kLanes];
#pragma GCC unroll 16
            for (int i = 0; i < kLanes; i++) {
                const int64_t at = first + j + i;
                m[i] = at < job.last
                           ? V::half(job.k + static_cast<size_t>(at) * job.k_stride + 2 * static_cast<size_t>(d))
                           : V::fzero();
            }
            V::transpose(m);
#pragma GCC unroll 16
            for (int i = 0; i < kLanes; i++) V::store(out + kAttendBlock * (d + i) + j, m[i]);
        }
    }
}

// load_values writes the block of values as [32][dv] floats, positions past the end as 0.
template <class V>
void load_values(const AttendJob &job, int64_t first, float *out) {
    for (int j = 0; j < kAttendBlock; j++, out += job.dv) {
        const char *row = job.v + static_cast<size_t>(first + j) * job.v_stride;
        for (int d = 0; d < job.dv; d += V::kLanes) {
            V::store(out + d, first + j < job.last ? V::half(row + 2 * d) : V::fzero());
        }
    }
}

// weigh turns the scores of vector i into weights, and scales what the vector
// has gathered so far to the new maximum. It reports whether any is above 0.
template <class V>
VISCODER_INLINE bool weigh(const AttendJob &job, int i, int64_t first, typename V::F (&score)[kAttendBlock / V::kLanes],
                           float *weight) {
    constexpr int kVectors = kAttendBlock / V::kLanes;
    const auto n = static_cast<int>(job.last - first < kAttendBlock ? job.last - first : kAttendBlock);
    typename V::F most = V::all(-__builtin_inff());
    if (n == kAttendBlock) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; v++) {
            const auto mask = job.mask[i] ? V::half(job.mask[i] + first + V::kLanes * v) : V::fzero();
            score[v] = V::muladd(score[v], V::all(job.scale), mask);
        }
    } else {
        uint16_t mask[kAttendBlock];
        for (int j = 0; j < kAttendBlock; j++) mask[j] = j >= n ? 0xfc00 : job.mask[i] ? job.mask[i][first + j] : 0;
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; v++) {
            score[v] = V::muladd(score[v], V::all(job.scale), V::half(mask + V::kLanes * v));
        }
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) most = V::greater(most, score[v]);  // NaN if all are
    const float before = job.max[i], block = V::greatest_of(most), now = block > before ? block : before;
    if (block == -__builtin_inff()) {
        memset(weight, 0, sizeof(float) * kAttendBlock);
        return false;
    }
    typename V::F sum = V::fzero();
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; v++) {
        const auto w = exponential<V>(V::add(score[v], V::all(-now)));
        V::store(weight + V::kLanes * v, w);
        sum = V::add(sum, w);
    }
    if (now != before) {
        const float shrink = before == -__builtin_inff() ? 0 : __builtin_expf(before - now);
        job.sum[i] *= shrink;
        for (int d = 0; d < job.dv; d += V::kLanes) {
            float *out = job.out + static_cast<int64_t>(i) * job.dv + d;
            V::store(out, V::mul(V::load_f(out), V::all(shrink)));
        }
        job.max[i] = now;
    }
    job.sum[i] += V::sum_of(sum);
    return true;
}

// attend_rows does n vectors, from the i-th on, with a loaded block.
template <class V, int n>
void attend_rows(const AttendJob &job, int i, int64_t first, const float *keys, const float *values, float *weights) {
    using F = typename V::F;
    constexpr int kVectors = kAttendBlock / V::kLanes;
    F score[n][kVectors];
    for (auto &row : score) {
        for (F &v : row) v = V::fzero();
    }
    panel<V, n>(job.q + i, job.dk, keys, kAttendBlock, score);
    bool any = false;
    const float *rows[n];
#pragma GCC unroll 4
    for (int r = 0; r < n; r++) {
        rows[r] = weights + kAttendBlock * r;
        any |= weigh<V>(job, i + r, first, score[r], weights + kAttendBlock * r);
    }
    if (!any) return;
    for (int d = 0; d < job.dv; d += kAttendBlock) {
        if (d + kAttendBlock > job.dv) {  // half a block is left where dv is an odd multiple of 16
            for (int r = 0; r < n; r++) {
                float *out = job.out + static_cast<int64_t>(i + r) * job.dv;
                for (int at = d; at < job.dv; at += V::kLanes) {
                    F sum = V::load_f(out + at);
                    for (int j = 0; j < kAttendBlock; j++) {
                        sum = V::muladd(V::all(rows[r][j]), V::load_f(values + j * job.dv + at), sum);
                    }
                    V::store(out + at, sum);
                }
            }
            return;
        }
        F sum[n][kVectors];
#pragma GCC unroll 4
        for (int r = 0; r < n; r++) {
            const float *out = job.out + static_cast<int64_t>(i + r) * job.dv + d;
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; v++) sum[r][v] = V::load_f(out + V::kLanes * v);
        }
        panel<V, n>(rows, kAttendBlock, values + d, job.dv, sum);
#pragma GCC unroll 4
        for (int r = 0; r < n; r++) {
            float *out = job.out + static_cast<int64_t>(i + r) * job.dv + d;
#pragma GCC unroll 4
            for (int v = 0; v < kVectors; v++) V::store(out + V::kLanes * v, sum[r][v]);
        }
    }
}

// seen says whether any vector sees a position of the block.
inline bool seen(const AttendJob &job, int64_t first) {
    const int64_t last = first + kAttendBlock < job.last ? first + kAttendBlock : job.last;
    for (int i = 0; i < job.vectors; i++) {
        if (!job.mask[i]) return true;
        for (int64_t j = first; j < last; j++) {
            if (job.mask[i][j] != 0xfc00) return true;  // fp16 -inf
        }
    }
    return false;
}

template <class V>
void attend(const AttendJob &job) {
    constexpr int kRows = V::kLanes == 16 ? 4 : 2;  // as many as registers hold
    float *keys = job.scratch, *values = keys + kAttendBlock * job.dk, *weights = values + kAttendBlock * job.dv;
    for (int i = 0; i < job.vectors; i++) {
        job.max[i] = -__builtin_inff();
        job.sum[i] = 0;
    }
    memset(job.out, 0, sizeof(float) * static_cast<size_t>(job.vectors) * static_cast<size_t>(job.dv));
    for (int64_t first = job.first; first < job.last; first += kAttendBlock) {
        if (!seen(job, first)) continue;
        load_keys<V>(job, first, keys);
        load_values<V>(job, first, values);
        int i = 0;
        for (; i + kRows <= job.vectors; i += kRows) attend_rows<V, kRows>(job, i, first, keys, values, weights);
        for (; i < job.vectors; i++) attend_rows<V, 1>(job, i, first, keys, values, weights);
    }
}

}  // namespace
}  // namespace viscoder
