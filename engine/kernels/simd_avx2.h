// The vector operations of the kernels in AVX2, and with AVX-VNNI where the
// compiler may use it: 8 rows at once.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace viscoder {
namespace {

struct Avx2 {
    static constexpr int kLanes = 8;
    static constexpr int kMaxTile = 8;
    static constexpr int kBestTileK = 8;
    using I = __m256i;  // 32 bytes, 16 int16 or 8 int32
    using F = __m256;

    static I zero() { return _mm256_setzero_si256(); }
    static I load(const void *p) { return _mm256_load_si256(static_cast<const __m256i *>(p)); }
    static I byte(int v) { return _mm256_set1_epi8(static_cast<char>(v)); }
    static I word32(int32_t v) { return _mm256_set1_epi32(v); }
    static I four(const void *p) { return _mm256_set1_epi32(*static_cast<const int32_t *>(p)); }
    static I both(I a, I b) { return _mm256_and_si256(a, b); }
    static I either(I a, I b) { return _mm256_or_si256(a, b); }
    static I flip(I a, I b) { return _mm256_xor_si256(a, b); }
    static I choose(I mask, I a, I b) { return either(both(mask, a), _mm256_andnot_si256(mask, b)); }
    template <int n>
    static I left16(I a) {
        return _mm256_slli_epi16(a, n);
    }
    template <int n>
    static I right16(I a) {
        return _mm256_srli_epi16(a, n);
    }
    template <int n>
    static I right32(I a) {
        return _mm256_srli_epi32(a, n);
    }
#if defined(__AVXVNNI__)
    static constexpr int kInterleave = 4;
    static constexpr bool kWideBytes = true;
    static I dot(I sum, I u, I s) { return _mm256_dpbusd_avx_epi32(sum, u, s); }
    static I dot16(I sum, I a, I b) { return _mm256_dpwssd_avx_epi32(sum, a, b); }
#else
    static constexpr int kInterleave = 2;
    // vpmaddubsw saturates: two products of 255·127 do not fit int16, of 128·127 they do.
    static constexpr bool kWideBytes = false;
    static I dot(I sum, I u, I s) { return dot16(sum, _mm256_maddubs_epi16(u, s), _mm256_set1_epi16(1)); }
    static I dot16(I sum, I a, I b) { return _mm256_add_epi32(sum, _mm256_madd_epi16(a, b)); }
#endif
    static I pair(I a, I b) { return _mm256_blend_epi16(a, _mm256_slli_epi32(b, 16), 0xaa); }
    // signed_dot: sum + Σ a·b over the 4 signed bytes of a lane; b > -128.
    static I signed_dot(I sum, I a, I b) { return dot(sum, _mm256_abs_epi8(a), _mm256_sign_epi8(b, a)); }
    static I words(const void *p) {
        return _mm256_cvtepu16_epi32(_mm_cvtepi8_epi16(_mm_loadl_epi64(static_cast<const __m128i *>(p))));
    }

    static F fzero() { return _mm256_setzero_ps(); }
    static F all(float v) { return _mm256_set1_ps(v); }
    static F number(I a) { return _mm256_cvtepi32_ps(a); }
    static F half(const void *p) { return _mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i *>(p))); }
    static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
    static F muladd(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
    static F submul(F a, F b, F c) { return _mm256_fnmadd_ps(a, b, c); }
    static void store(float *p, F a) { _mm256_storeu_ps(p, a); }
    static F load_f(const float *p) { return _mm256_loadu_ps(p); }
    static F add(F a, F b) { return _mm256_add_ps(a, b); }
    static F greater(F a, F b) { return _mm256_max_ps(a, b); }
    static I rounded(F a) { return _mm256_cvtps_epi32(a); }
    static F times_power(F a, I n) {
        return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), _mm256_slli_epi32(n, 23)));
    }
    static F zero_below(F a, F x, float bound) {
        return _mm256_andnot_ps(_mm256_cmp_ps(x, _mm256_set1_ps(bound), _CMP_LT_OQ), a);
    }
    static float greatest_of(F a) {
        const __m128 x = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
        const __m128 y = _mm_max_ps(x, _mm_movehl_ps(x, x));
        return _mm_cvtss_f32(_mm_max_ss(y, _mm_shuffle_ps(y, y, 1)));
    }
    static float sum_of(F a) {
        const __m128 x = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
        const __m128 y = _mm_add_ps(x, _mm_movehl_ps(x, x));
        return _mm_cvtss_f32(_mm_add_ss(y, _mm_shuffle_ps(y, y, 1)));
    }
    static void transpose(F (&m)[8]) {
        F a[8];
#pragma GCC unroll 2
        for (int i = 0; i < 8; i += 4) {  // 4 × 4 within each half
            const F low0 = _mm256_unpacklo_ps(m[i], m[i + 1]), high0 = _mm256_unpackhi_ps(m[i], m[i + 1]);
            const F low1 = _mm256_unpacklo_ps(m[i + 2], m[i + 3]), high1 = _mm256_unpackhi_ps(m[i + 2], m[i + 3]);
            a[i] = _mm256_shuffle_ps(low0, low1, 0x44);
            a[i + 1] = _mm256_shuffle_ps(low0, low1, 0xee);
            a[i + 2] = _mm256_shuffle_ps(high0, high1, 0x44);
            a[i + 3] = _mm256_shuffle_ps(high0, high1, 0xee);
        }
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) {
            m[i] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x20);
            m[i + 4] = _mm256_permute2f128_ps(a[i], a[i + 4], 0x31);
        }
    }
    static void prefetch(const void *p) { _mm_prefetch(static_cast<const char *>(p), _MM_HINT_T0); }
};

}  // namespace
}  // namespace viscoder
