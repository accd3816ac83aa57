// The vector operations of the kernels in AVX-512 with VNNI: 16 rows at once.
#pragma once

#include <immintrin.h>

#include <cstdint>

namespace viscoder {
namespace {

struct Avx512 {
    static constexpr int kLanes = 16;      // rows of a vector
    static constexpr int kMaxTile = 16;    // activation rows of a tile
    static constexpr int kInterleave = 4;  // of them in one run of instructions
    static constexpr bool kWideBytes = true;  // dot takes all of 0…255
    using I = __m512i;  // 64 bytes, 32 int16 or 16 int32
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
    static I left16(I a) { return _mm512_slli_epi16(a, n); }
    template <int n>
    static I right16(I a) { return _mm512_srli_epi16(a, n); }
    template <int n>
    static I right32(I a) { return _mm512_srli_epi32(a, n); }
    // dot: sum + Σ u·s over the 4 unsigned and signed bytes of a lane.
    static I dot(I sum, I u, I s) { return _mm512_dpbusd_epi32(sum, u, s); }
    // dot16: sum + Σ a·b over the 2 int16 of a lane.
    static I dot16(I sum, I a, I b) { return _mm512_dpwssd_epi32(sum, a, b); }
    // words: 16 int8 as the low int16 of each lane, with 0 above.
    static I words(const void *p) {
        return _mm512_cvtepu16_epi32(_mm256_cvtepi8_epi16(_mm_load_si128(static_cast<const __m128i *>(p))));
    }

    static F fzero() { return _mm512_setzero_ps(); }
    static F all(float v) { return _mm512_set1_ps(v); }
    static F number(I a) { return _mm512_cvtepi32_ps(a); }
    static F half(const void *p) { return _mm512_cvtph_ps(_mm256_load_si256(static_cast<const __m256i *>(p))); }
    static F mul(F a, F b) { return _mm512_mul_ps(a, b); }
    static F muladd(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
    static F submul(F a, F b, F c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a·b
    static void store(float *p, F a) { _mm512_storeu_ps(p, a); }
    static void prefetch(const void *p) { _mm_prefetch(static_cast<const char *>(p), _MM_HINT_T0); }
};

}  // namespace
}  // namespace viscoder
