#include "unpack.h"

#include <algorithm>
#include <cstring>

#include "ggml.h"

namespace viscoder {
namespace {

float half(const uint8_t *p) {
    ggml_fp16_t h;
    memcpy(&h, p, sizeof h);
    return ggml_fp16_to_fp32(h);
}

// byte is byte i of lane r of line t.
inline uint8_t byte(const uint8_t *lines, int t, int r, int i) { return lines[64 * t + 4 * r + i]; }

// nibble is the low four bits of column 4t+i of 32.
inline int nibble(const uint8_t *lines, int t, int r, int i) { return byte(lines, t & 3, r, i) >> (t & 4) & 15; }

// each calls value(t, i), for column 4t+i, and writes 32 results.
template <class Value>
inline void each(float *out, Value value) {
    for (int t = 0; t < 8; t++) {
        for (int i = 0; i < 4; i++) out[4 * t + i] = value(t, i);
    }
}

void unpack_q_0(Type type, const uint8_t *step, int r, float *out) {
    const int size = type == kQ4_0 ? q_0::kBlockQ4 : type == kQ5_0 ? q_0::kBlockQ5 : q_0::kBlockQ8;
    for (int b = 0; b < 2; b++, out += 32) {
        const float d = half(step + q_0::kScale + 32 * b + 2 * r);
        const uint8_t *lines = step + q_0::kQuants + b * size, *high = lines + 256;
        if (type == kQ8_0) {
            each(out, [=](int t, int i) { return d * static_cast<float>(byte(lines, t, r, i) - 128); });
        } else if (type == kQ4_0) {
            each(out, [=](int t, int i) { return d * static_cast<float>(nibble(lines, t, r, i) - 8); });
        } else {
            each(out, [=](int t, int i) {
                const int fifth = byte(high, 0, r, i) >> fifth_bit(t) & 1;
                return d * static_cast<float>((nibble(lines, t, r, i) | fifth << 4) - 16);
            });
        }
    }
}

void unpack_k_min(Type type, const uint8_t *step, int r, float *out) {
    const float d = half(step + k_min::kScale + 2 * r), dmin = half(step + k_min::kMin + 2 * r);
    const uint8_t *packed = step + k_min::kPacked;
    int scale[8], min[8];
    constexpr int kOrder[4] = {0, 2, 1, 3};
    for (int i = 0; i < 4; i++) {
        const int a = byte(packed, 0, r, i), b = byte(packed, 1, r, i), c = byte(packed, 2, r, i);
        scale[kOrder[i]] = a & 63;
        scale[4 + kOrder[i]] = b & 63;
        min[kOrder[i]] = c & 63;
        min[4 + kOrder[i]] = a >> 6 | (b >> 6) << 2 | (c >> 6) << 4;
    }
    for (int j = 0; j < 8; j++, out += 32) {
        const float s = d * static_cast<float>(scale[j]), m = dmin * static_cast<float>(min[j]);
        const uint8_t *lines = step + k_min::kNibbles + 256 * j, *high = step + k_min::kHigh + 64 * j;
        each(out, [=](int t, int i) {
            const int fifth = type == kQ5_K ? byte(high, 0, r, i) >> fifth_bit(t) & 1 : 0;
            return s * static_cast<float>(nibble(lines, t, r, i) | fifth << 4) - m;
        });
    }
}

void unpack_q6_k(const uint8_t *step, int r, float *out) {
    const float d = half(step + q6_k::kScale + 2 * r);
    for (int j = 0; j < 8; j++, out += 32) {
        const uint8_t *lines = step + q6_k::kQuants + q6_k::kSubBlock * j, *high = lines + q6_k::kHigh;
        const auto scale = [=](int half_block) {
            return d * static_cast<float>(static_cast<int8_t>(step[q6_k::kScales + 16 * (2 * j + half_block) + r]));
        };
        const float s[2] = {scale(0), scale(1)};
        each(out, [&](int t, int i) {
            const int top = byte(high, t / 4, r, i) >> sixth_shift(t & 3) & 3;
            return s[t / 4] * static_cast<float>((nibble(lines, t, r, i) | top << 4) - 32);
        });
    }
}

}  // namespace

void unpack_row(Type type, const uint8_t *packed, int64_t columns, int64_t row, float *out) {
    const Format &f = kFormats[type];
    const uint8_t *step = packed + static_cast<size_t>(row / kGroupRows) * group_bytes(f, columns);
    const int r = static_cast<int>(row % kGroupRows);
    float all[256];
    for (int64_t k = 0; k < columns; k += f.columns, step += f.weight_bytes) {
        switch (type) {
            case kQ4_0:
            case kQ5_0:
            case kQ8_0:
                unpack_q_0(type, step, r, all);
                break;
            case kQ4_K:
            case kQ5_K:
                unpack_k_min(type, step, r, all);
                break;
            default:
                unpack_q6_k(step, r, all);
        }
        // A last single block stands in a step of two.
        const auto n = static_cast<size_t>(std::min<int64_t>(f.columns, columns - k));
        memcpy(out + k, all, n * sizeof(float));
    }
}

}  // namespace viscoder
