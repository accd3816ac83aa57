// The vector operations of the kernels in AVX-512 with VNNI: 16 rows at once.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace viscoder {
namespace {

struct Avx512 {
    static constexpr int kLanes = 16;         // rows of a vector
    static constexpr int kMaxTile = 16;       // activation rows of a tile
    static constexpr int kBestTileK = 12;     // for K types: beyond it sums go to memory
    static constexpr int kInterleave = 4;     // of them in one run of instructions
    static constexpr bool kWideBytes = true;  // dot takes all of 0…255
    using I = __m512i;                        // 64 bytes, 32 int16 or 16 int32
    using F = __m512;

    static I zero() { return _mm512_setzero_si512(); }
    static I load(const void *p) { return _mm512_load_si512(p); }
    static I byte(int v) { return _mm512_set1_epi8(static_cast<char>(v)); }
    static I word32(int32_t v) { return _mm512_set1_epi32(v); }
    // four: the 4 bytes at p in each lane.
    static I four(const void *p) { return _mm512_set1_epi32(*static_cast<const int32_t *>(p)); }
    static I both(I a, I b) { return _mm512_and_si512(a, b); }
    static I either(I a, I b) { return _mm512_or_si512(a, b); }
    static I flip(I a, I b) { return _mm512_xor_si512(a, b); }
    // choose: bits of a where mask is set, else of b.
    static I choose(I mask, I a, I b) { return _mm512_ternarylogic_epi32(mask, a, b, 0xca); }
    template <int n>
    static I left16(I a) {
        return _mm512_slli_epi16(a, n);
    }
    template <int n>
    static I right16(I a) {
        return _mm512_srli_epi16(a, n);
    }
    template <int n>
    static I right32(I a) {
        return _mm512_srli_epi32(a, n);
    }
    // dot: sum + Σ u·s over the 4 unsigned and signed bytes of a lane.
    static I dot(I sum, I u, I s) { return _mm512_dpbusd_epi32(sum, u, s); }
    // dot16: sum + Σ a·b over the 2 int16 of a lane.
    static I dot16(I sum, I a, I b) { return _mm512_dpwssd_epi32(sum, a, b); }
    // pair: the low int16 of each lane of a and of b, side by side.
    static I pair(I a, I b) { return _mm512_mask_blend_epi16(0xaaaaaaaa, a, _mm512_slli_epi32(b, 16)); }
    // words: 16 int8 as the low int16 of each lane, with 0 above.
    static I words(const void *p) {
        return _mm512_cvtepu16_epi32(_mm256_cvtepi8_epi16(_mm_load_si128(static_cast<const __m128i *>(p))));
    }

    static F fzero() { return _mm512_setzero_ps(); }
    static F all(float v) { return _mm512_set1_ps(v); }
    static F number(I a) { return _mm512_cvtepi32_ps(a); }
    static F half(const void *p) { return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i *>(p))); }
    static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
    static F muladd(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
    static F submul(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a·b
    static void store(float *p, F a) { _mm512_storeu_ps(p, a); }
    static F load_f(const float *p) { return _mm512_loadu_ps(p); }
    static F add(F a, F b) { return _mm512_add_ps(a, b); }
    static F greater(F a, F b) { return _mm512_max_ps(a, b); }
    static I rounded(F a) { return _mm512_cvtps_epi32(a); }
    // times_power: a · 2^n for results that are normal numbers.
    static F times_power(F a, I n) {
        return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), _mm512_slli_epi32(n, 23)));
    }
    // zero_below: a, or 0 in the lanes where x < bound.
    static F zero_below(F a, F x, float bound) {
        return _mm512_mask_mov_ps(a, _mm512_cmp_ps_mask(x, _mm512_set1_ps(bound), _CMP_LT_OQ), _mm512_setzero_ps());
    }
    static float greatest_of(F a) { return _mm512_reduce_max_ps(a); }
    static float sum_of(F a) { return _mm512_reduce_add_ps(a); }
    // transpose: lane j of row i becomes lane i of row j.
    static void transpose(F (&m)[16]) {
        F a[16];
#pragma GCC unroll 8
        for (int i = 0; i < 16; i += 4) {  // 4 × 4 within each quarter
            const F low0 = _mm512_unpacklo_ps(m[i], m[i + 1]), high0 = _mm512_unpackhi_ps(m[i], m[i + 1]);
            const F low1 = _mm512_unpacklo_ps(m[i + 2], m[i + 3]), high1 = _mm512_unpackhi_ps(m[i + 2], m[i + 3]);
            a[i] = _mm512_shuffle_ps(low0, low1, 0x44);
            a[i + 1] = _mm512_shuffle_ps(low0, low1, 0xee);
            a[i + 2] = _mm512_shuffle_ps(high0, high1, 0x44);
            a[i + 3] = _mm512_shuffle_ps(high0, high1, 0xee);
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {  // then the quarters among each other
            const F x = _mm512_shuffle_f32x4(a[i], a[i + 4], 0x88), y = _mm512_shuffle_f32x4(a[i], a[i + 4], 0xdd);
            const F z = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0x88),
                    w = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0xdd);
            m[i] = _mm512_shuffle_f32x4(x, z, 0x88);
            m[i + 8] = _mm512_shuffle_f32x4(x, z, 0xdd);
            m[i + 4] = _mm512_shuffle_f32x4(y, w, 0x88);
            m[i + 12] = _mm512_shuffle_f32x4(y, w, 0xdd);
        }
    }
    static void prefetch(const void *p) { _mm_prefetch(static_cast<const char *>(p), _MM_HINT_T0); }
};

}  // namespace
}  // namespace viscoder
