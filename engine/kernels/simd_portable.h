// The vector operations of the kernels in plain C++: the reference that says
// what each of them means. 16 rows at once.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

// Inlined into each other these loops take the compiler minutes.
#define VISCODER_INLINE inline

namespace viscoder {
namespace {

struct Portable {
    static constexpr int kLanes = 16;
    static constexpr int kMaxTile = 3;
    static constexpr int kBestTileK = 2;
    static constexpr int kInterleave = 2;
    static constexpr bool kWideBytes = true;
    struct I {
        uint32_t lane[kLanes];
    };
    struct F {
        float lane[kLanes];
    };

    // map computes each lane by itself.
    template <class Out, class Lane>
    static Out map(Lane lane) {
        Out out;
        for (int r = 0; r < kLanes; r++) out.lane[r] = lane(r);
        return out;
    }
    static int32_t signed_byte(uint32_t v, int i) { return static_cast<int8_t>(v >> 8 * i); }
    static int32_t unsigned_byte(uint32_t v, int i) { return static_cast<uint8_t>(v >> 8 * i); }
    static int32_t signed_word(uint32_t v, int i) { return static_cast<int16_t>(v >> 16 * i); }

    static I zero() { return word32(0); }
    static I load(const void *p) {
        I out;
        memcpy(&out, p, sizeof out);
        return out;
    }
    static I word32(int32_t v) {
        return map<I>([&](int) { return static_cast<uint32_t>(v); });
    }
    static I byte(int v) { return word32(static_cast<int32_t>(static_cast<uint8_t>(v) * 0x01010101u)); }
    static I four(const void *p) {
        int32_t v;
        memcpy(&v, p, 4);
        return word32(v);
    }
    static I both(I a, I b) {
        return map<I>([&](int r) { return a.lane[r] & b.lane[r]; });
    }
    static I either(I a, I b) {
        return map<I>([&](int r) { return a.lane[r] | b.lane[r]; });
    }
    static I flip(I a, I b) {
        return map<I>([&](int r) { return a.lane[r] ^ b.lane[r]; });
    }
    static I choose(I mask, I a, I b) {
        return map<I>([&](int r) { return (mask.lane[r] & a.lane[r]) | (~mask.lane[r] & b.lane[r]); });
    }
    template <int n>
    static I left16(I a) {
        return map<I>([&](int r) { return a.lane[r] << n & (0xffffu << n & 0xffffu) * 0x10001u; });
    }
    template <int n>
    static I right16(I a) {
        return map<I>([&](int r) { return a.lane[r] >> n & (0xffffu >> n) * 0x10001u; });
    }
    template <int n>
    static I right32(I a) {
        return map<I>([&](int r) { return a.lane[r] >> n; });
    }
    static I dot(I sum, I u, I s) {
        return map<I>([&](int r) {
            int32_t v = static_cast<int32_t>(sum.lane[r]);
            for (int i = 0; i < 4; i++) v += unsigned_byte(u.lane[r], i) * signed_byte(s.lane[r], i);
            return static_cast<uint32_t>(v);
        });
    }
    static I dot16(I sum, I a, I b) {
        return map<I>([&](int r) {
            int32_t v = static_cast<int32_t>(sum.lane[r]);
            for (int i = 0; i < 2; i++) v += signed_word(a.lane[r], i) * signed_word(b.lane[r], i);
            return static_cast<uint32_t>(v);
        });
    }
    static I pair(I a, I b) {
        return map<I>([&](int r) { return (a.lane[r] & 0xffff) | b.lane[r] << 16; });
    }
    static I words(const void *p) {
        return map<I>([&](int r) { return static_cast<uint16_t>(static_cast<const int8_t *>(p)[r]); });
    }

    static F fzero() { return all(0); }
    static F all(float v) {
        return map<F>([&](int) { return v; });
    }
    static F number(I a) {
        return map<F>([&](int r) { return static_cast<float>(static_cast<int32_t>(a.lane[r])); });
    }
    static float half_value(uint16_t h) {
        // An fp16 with 8 more bits of exponent range is its value times 2^112,
        // denormals included; only infinity and NaN need their own exponent.
        uint32_t bits = (h & 0x7fffu) << 13;
        const uint32_t sign = (h & 0x8000u) << 16;
        float value;
        if ((h & 0x7c00u) == 0x7c00u) {
            bits |= 0x7f800000u;
            memcpy(&value, &bits, 4);
        } else {
            memcpy(&value, &bits, 4);
            value *= 0x1p112f;
            memcpy(&bits, &value, 4);
        }
        bits |= sign;
        memcpy(&value, &bits, 4);
        return value;
    }
    static F half(const void *p) {
        return map<F>([&](int r) {
            uint16_t h;
            memcpy(&h, static_cast<const uint8_t *>(p) + 2 * r, 2);
            return half_value(h);
        });
    }
    static F mul(F a, F b) {
        return map<F>([&](int r) { return a.lane[r] * b.lane[r]; });
    }
    static F muladd(F a, F b, F c) {
        return map<F>([&](int r) { return a.lane[r] * b.lane[r] + c.lane[r]; });
    }
    static F submul(F a, F b, F c) {
        return map<F>([&](int r) { return c.lane[r] - a.lane[r] * b.lane[r]; });
    }
    static void store(float *p, F a) { memcpy(p, a.lane, sizeof a.lane); }
    static F load_f(const float *p) {
        F out;
        memcpy(&out, p, sizeof out);
        return out;
    }
    static F add(F a, F b) {
        return map<F>([&](int r) { return a.lane[r] + b.lane[r]; });
    }
    static F greater(F a, F b) {
        return map<F>([&](int r) { return a.lane[r] > b.lane[r] ? a.lane[r] : b.lane[r]; });
    }
    static I rounded(F a) {
        return map<I>([&](int r) {
            // As the CPU's conversion does, with what does not fit.
            const bool fits = std::fabs(a.lane[r]) < 2147483648.0f;
            return fits ? static_cast<uint32_t>(static_cast<int32_t>(std::nearbyintf(a.lane[r]))) : 0x80000000u;
        });
    }
    static F times_power(F a, I n) {
        return map<F>([&](int r) {
            uint32_t bits;
            memcpy(&bits, &a.lane[r], 4);
            bits += n.lane[r] << 23;
            float out;
            memcpy(&out, &bits, 4);
            return out;
        });
    }
    static F zero_below(F a, F x, float bound) {
        return map<F>([&](int r) { return x.lane[r] < bound ? 0.0f : a.lane[r]; });
    }
    static float greatest_of(F a) {
        float most = a.lane[0];
        for (float v : a.lane) most = v > most ? v : most;
        return most;
    }
    static float sum_of(F a) {
        float sum = 0;
        for (float v : a.lane) sum += v;
        return sum;
    }
    static void transpose(F (&m)[kLanes]) {
        for (int i = 0; i < kLanes; i++) {
            for (int j = 0; j < i; j++) {
                const float t = m[i].lane[j];
                m[i].lane[j] = m[j].lane[i];
                m[j].lane[i] = t;
            }
        }
    }
    static void prefetch(const void *) {}
};

}  // namespace
}  // namespace viscoder
