#include "peak.h"

#include <cstring>

#include "kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace viscoder {
namespace {

// As many accumulators as hide the latency of a multiplication on two ports.
constexpr int kChains = 12;

inline __attribute__((always_inline)) uint64_t read_words(const uint64_t *data, size_t words) {
    uint64_t part[64] = {};
    for (size_t i = 0; i < words; i += 64) {
        for (size_t j = 0; j < 64; j++) part[j] += data[i + j];
    }
    uint64_t sum = 0;
    for (uint64_t p : part) sum += p;
    return sum;
}

template <class Lane>
Peak total(const Lane *lanes, int n, int64_t macs) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += static_cast<double>(lanes[i]);
    return {macs, sum};
}

uint64_t read_portable(const uint64_t *data, size_t words) { return read_words(data, words); }

// The portable loops take their factors from memory that the compiler does not
// know, or it would multiply ahead of time.
volatile int8_t g_one_int8 = 1;
volatile float g_one_f32 = 1;

template <class Lane>
Peak multiply_portable(int64_t rounds, Lane a, Lane b) {
    Lane acc[64] = {};
    for (int64_t r = 0; r < rounds; r++) {
        for (Lane &lane : acc) lane = a * b + lane;
        asm volatile("" : : "r"(acc) : "memory");  // not one multiplication by rounds
    }
    return total(acc, 64, rounds * 64);
}

Peak int8_portable(int64_t rounds) { return multiply_portable<int32_t>(rounds, g_one_int8, g_one_int8); }
Peak f32_portable(int64_t rounds) { return multiply_portable<float>(rounds, g_one_f32, g_one_f32); }

#if defined(__x86_64__)
#define VC_AVX2 __attribute__((target("avx2,fma")))
#define VC_AVXVNNI __attribute__((target("avx2,fma,avxvnni")))
#define VC_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

VC_AVX512 uint64_t read_avx512(const uint64_t *data, size_t words) { return read_words(data, words); }

VC_AVX512 Peak int8_avx512(int64_t rounds) {
    const __m512i one = _mm512_set1_epi8(1);
    __m512i acc[kChains];
    for (auto &a : acc) a = _mm512_setzero_si512();
    for (int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
        for (int i = 0; i < kChains; i++) acc[i] = _mm512_dpbusd_epi32(acc[i], one, one);
    }
    int32_t lanes[16 * kChains];
    memcpy(lanes, acc, sizeof lanes);
    return total(lanes, 16 * kChains, rounds * kChains * 64);
}

VC_AVX512 Peak f32_avx512(int64_t rounds) {
    const __m512 one = _mm512_set1_ps(g_one_f32);
    __m512 acc[kChains];
    for (auto &a : acc) a = _mm512_setzero_ps();
    for (int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
        for (int i = 0; i < kChains; i++) acc[i] = _mm512_fmadd_ps(one, one, acc[i]);
    }
    float lanes[16 * kChains];
    memcpy(lanes, acc, sizeof lanes);
    return total(lanes, 16 * kChains, rounds * kChains * 16);
}

VC_AVX2 uint64_t read_avx2(const uint64_t *data, size_t words) { return read_words(data, words); }

VC_AVX2 Peak f32_avx2(int64_t rounds) {
    const __m256 one = _mm256_set1_ps(g_one_f32);
    __m256 acc[kChains];
    for (auto &a : acc) a = _mm256_setzero_ps();
    for (int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
        for (int i = 0; i < kChains; i++) acc[i] = _mm256_fmadd_ps(one, one, acc[i]);
    }
    float lanes[8 * kChains];
    memcpy(lanes, acc, sizeof lanes);
    return total(lanes, 8 * kChains, rounds * kChains * 8);
}

VC_AVXVNNI Peak int8_avxvnni(int64_t rounds) {
    const __m256i one = _mm256_set1_epi8(1);
    __m256i acc[kChains];
    for (auto &a : acc) a = _mm256_setzero_si256();
    for (int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
        for (int i = 0; i < kChains; i++) acc[i] = _mm256_dpbusd_avx_epi32(acc[i], one, one);
    }
    int32_t lanes[8 * kChains];
    memcpy(lanes, acc, sizeof lanes);
    return total(lanes, 8 * kChains, rounds * kChains * 32);
}

// Without VNNI a product of int8 takes three instructions.
VC_AVX2 Peak int8_avx2(int64_t rounds) {
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i factor = _mm256_set1_epi8(g_one_int8);
    __m256i acc[kChains];
    for (auto &a : acc) a = _mm256_setzero_si256();
    for (int64_t r = 0; r < rounds; r++) {
#pragma GCC unroll 12
        for (int i = 0; i < kChains; i++) {
            asm volatile("" : "+x"(factor));  // or the products would leave the loop
            acc[i] = _mm256_add_epi32(acc[i], _mm256_madd_epi16(_mm256_maddubs_epi16(factor, factor), ones));
        }
    }
    int32_t lanes[8 * kChains];
    memcpy(lanes, acc, sizeof lanes);
    return total(lanes, 8 * kChains, rounds * kChains * 32);
}
#endif

struct Loops {
    const char *isa;
    uint64_t (*read)(const uint64_t *, size_t);
    Peak (*int8)(int64_t);
    Peak (*f32)(int64_t);
};

const Loops kLoops[] = {
#if defined(__x86_64__)
    {"avx512", read_avx512, int8_avx512, f32_avx512},
    {"avxvnni", read_avx2, int8_avxvnni, f32_avx2},
    {"avx2", read_avx2, int8_avx2, f32_avx2},
#endif
    {"portable", read_portable, int8_portable, f32_portable},
};

// loops are those of the instruction set in use.
const Loops &loops() {
    const Loops *last = nullptr;
    for (const Loops &l : kLoops) {
        last = &l;
        if (strcmp(l.isa, kernels_isa()) == 0) break;
    }
    return *last;
}

}  // namespace

uint64_t peak_read(const uint64_t *data, size_t words) { return loops().read(data, words); }
Peak peak_int8(int64_t rounds) { return loops().int8(rounds); }
Peak peak_f32(int64_t rounds) { return loops().f32(rounds); }

}  // namespace viscoder
