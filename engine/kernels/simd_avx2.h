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
    static I left16(I a) { return _mm256_slli_epi16(a, n); }
    template <int n>
    static I right16(I a) { return _mm256_srli_epi16(a, n); }
    template <int n>
    static I right32(I a) { return _mm256_srli_epi32(a, n); }
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
    // signed_dot: sum + Σ a·b over the 4 signed bytes of a lane; b > -128.
    static I signed_dot(I sum, I a, I b) { return dot(sum, _mm256_abs_epi8(a), _mm256_sign_epi8(b, a)); }
    static I words(const void *p) {
        return _mm256_cvtepu16_epi32(_mm_cvtepi8_epi16(_mm_loadl_epi64(static_cast<const __m128i *>(p))));
    }

    static F fzero() { return _mm256_setzero_ps(); }
    static F all(float v) { return _mm256_set1_ps(v); }
    static F number(I a) { return _mm256_cvtepi32_ps(a); }
    static F half(const void *p) { return _mm256_cvtph_ps(_mm_load_si128(static_cast<const __m128i *>(p))); }
    static F mul(F a, F b) { return _mm256_mul_ps(a, b); }
    static F muladd(F a, F b, F c) { return _mm256_fmadd_ps(a, b, c); }
    static F submul(F a, F b, F c) { return _mm256_fnmadd_ps(a, b, c); }
    static void store(float *p, F a) { _mm256_storeu_ps(p, a); }
    static void prefetch(const void *p) { _mm_prefetch(static_cast<const char *>(p), _MM_HINT_T0); }
};

}  // namespace
}  // namespace viscoder
