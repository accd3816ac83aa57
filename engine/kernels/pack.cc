#include "pack.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

namespace viscoder {
namespace {

// Blocks of the file, as in ggml's specification of its types.
struct BlockQ4_0 {
    uint8_t d[2], q[16];
};
struct BlockQ5_0 {
    uint8_t d[2], high[4], q[16];
};
struct BlockQ8_0 {
    uint8_t d[2];
    int8_t q[32];
};
struct BlockQ4_K {
    uint8_t d[2], dmin[2], scales[12], q[128];
};
struct BlockQ5_K {
    uint8_t d[2], dmin[2], scales[12], high[32], q[128];
};
struct BlockQ6_K {
    uint8_t q[128], high[64], scales[16], d[2];
};

// interleave writes row[r] as lines: dword i of all rows becomes line i.
template <int kBytes>
void interleave(const uint8_t (&row)[kGroupRows][kBytes], uint8_t *lines) {
    for (int i = 0; i < kBytes / 4; i++) {
        for (int r = 0; r < kGroupRows; r++) memcpy(lines + 64 * i + 4 * r, row[r] + 4 * i, 4);
    }
}

// Bytes are worked on 4 or 8 at a time, as a little-endian word: shifts cross
// their borders, masks take away what did.
template <class Word>
inline Word load(const void *p) {
    Word w;
    memcpy(&w, p, sizeof w);
    return w;
}

template <class Word>
inline void store(void *p, Word w) {
    memcpy(p, &w, sizeof w);
}

constexpr uint64_t kEach = 0x0101010101010101;  // 1 in each byte

// values takes 32 values from the nibbles of low, shifted down by nibble, and
// the bits of high, shifted down by shift, that mask keeps.
inline void values(const uint8_t *low, int nibble, const uint8_t *high, int shift, unsigned mask, uint8_t *out) {
    for (int i = 0; i < 32; i += 8) {
        const uint64_t bottom = load<uint64_t>(low + i) >> nibble & kEach * 15;
        const uint64_t top = load<uint64_t>(high + i) >> shift & kEach * mask;
        store(out + i, bottom | top << 4);
    }
}

// nibbles joins 32 values below 16 to 16 bytes: dword t low, dword t+4 high.
inline void nibbles(const uint8_t *value, uint8_t *out) {
    for (int i = 0; i < 16; i += 8) {
        const uint64_t low = load<uint64_t>(value + i) & kEach * 15, high = load<uint64_t>(value + i + 16) & kEach * 15;
        store(out + i, low | high << 4);
    }
}

// fifth_bits joins bit 4 of 32 values to 4 bytes.
inline void fifth_bits(const uint8_t *value, uint8_t *out) {
    uint32_t bits = 0;
    for (int t = 0; t < 8; t++) bits |= (load<uint32_t>(value + 4 * t) >> 4 & 0x01010101u) << fifth_bit(t);
    store(out, bits);
}

// sixth_bits joins bits 4-5 of 16 values to 4 bytes.
inline void sixth_bits(const uint8_t *value, uint8_t *out) {
    uint32_t bits = 0;
    for (int t = 0; t < 4; t++) bits |= (load<uint32_t>(value + 4 * t) >> 4 & 0x03030303u) << sixth_shift(t);
    store(out, bits);
}

// spread_fifth_bits is fifth_bits of 32 values whose bits are those of a word.
inline void spread_fifth_bits(const uint8_t *word, uint8_t *out) {
    const auto high = load<uint32_t>(word);
    uint32_t bits = 0;
    for (int t = 0; t < 8; t++) {
        // The product puts bit i of the nibble at bit 8i.
        bits |= ((high >> 4 * t & 15) * 0x00204081u & 0x01010101u) << fifth_bit(t);
    }
    store(out, bits);
}

void pack_q4_0(const uint8_t *const (&file)[kGroupRows], uint8_t *out) {
    for (int b = 0; b < 2; b++) {
        uint8_t row[kGroupRows][16];
        for (int r = 0; r < kGroupRows; r++) {
            const auto *block = reinterpret_cast<const BlockQ4_0 *>(file[r]) + b;
            memcpy(out + q_0::kScale + 32 * b + 2 * r, block->d, 2);
            memcpy(row[r], block->q, 16);  // the file has columns 0-15 low, 16-31 high too
        }
        interleave(row, out + q_0::kQuants + b * q_0::kBlockQ4);
    }
}

void pack_q5_0(const uint8_t *const (&file)[kGroupRows], uint8_t *out) {
    for (int b = 0; b < 2; b++) {
        uint8_t row[kGroupRows][16], high[kGroupRows][4];
        for (int r = 0; r < kGroupRows; r++) {
            const auto *block = reinterpret_cast<const BlockQ5_0 *>(file[r]) + b;
            memcpy(out + q_0::kScale + 32 * b + 2 * r, block->d, 2);
            memcpy(row[r], block->q, 16);
            spread_fifth_bits(block->high, high[r]);
        }
        interleave(row, out + q_0::kQuants + b * q_0::kBlockQ5);
        interleave(high, out + q_0::kQuants + b * q_0::kBlockQ5 + 256);
    }
}

void pack_q8_0(const uint8_t *const (&file)[kGroupRows], uint8_t *out) {
    for (int b = 0; b < 2; b++) {
        uint8_t row[kGroupRows][32];
        for (int r = 0; r < kGroupRows; r++) {
            const auto *block = reinterpret_cast<const BlockQ8_0 *>(file[r]) + b;
            memcpy(out + q_0::kScale + 32 * b + 2 * r, block->d, 2);
            for (int i = 0; i < 32; i++) row[r][i] = static_cast<uint8_t>(block->q[i] ^ 0x80);
        }
        interleave(row, out + q_0::kQuants + b * q_0::kBlockQ8);
    }
}

// pack_mins packs the 6-bit scales and mins of a row's 256 columns.
void pack_mins(const uint8_t *scales, int r, uint8_t *out) {
    uint8_t s[8], m[8];
    for (int j = 0; j < 4; j++) {
        s[j] = scales[j] & 63;
        m[j] = scales[j + 4] & 63;
        s[j + 4] = static_cast<uint8_t>((scales[j + 8] & 15) | (scales[j] >> 6) << 4);
        m[j + 4] = static_cast<uint8_t>(scales[j + 8] >> 4 | (scales[j + 4] >> 6) << 4);
    }
    // Bytes 0 and 2 of a lane are then an int16 pair: (s0, s1), (m0, m1).
    constexpr int kOrder[4] = {0, 2, 1, 3};
    uint8_t *line = out + k_min::kPacked + 4 * r;
    for (int i = 0; i < 4; i++) {
        const unsigned low = m[kOrder[i]], top = m[4 + kOrder[i]];
        line[i] = static_cast<uint8_t>(s[kOrder[i]] | (top & 3) << 6);
        line[64 + i] = static_cast<uint8_t>(s[4 + kOrder[i]] | (top >> 2 & 3) << 6);
        line[128 + i] = static_cast<uint8_t>(low | (top >> 4) << 6);
    }
}

void pack_q4_k(const uint8_t *const (&file)[kGroupRows], uint8_t *out) {
    uint8_t row[kGroupRows][128];
    for (int r = 0; r < kGroupRows; r++) {
        const auto *block = reinterpret_cast<const BlockQ4_K *>(file[r]);
        memcpy(out + k_min::kScale + 2 * r, block->d, 2);
        memcpy(out + k_min::kMin + 2 * r, block->dmin, 2);
        pack_mins(block->scales, r, out);
        for (int pair = 0; pair < 4; pair++) {
            // 32 bytes: low nibbles are one sub-block, high nibbles the next.
            const uint8_t *q = block->q + 32 * pair;
            uint8_t *low = row[r] + 32 * pair, *high = low + 16;
            for (int i = 0; i < 16; i++) {
                low[i] = static_cast<uint8_t>((q[i] & 15) | q[i + 16] << 4);
                high[i] = static_cast<uint8_t>(q[i] >> 4 | (q[i + 16] & 0xf0));
            }
        }
    }
    interleave(row, out + k_min::kNibbles);
}

void pack_q5_k(const uint8_t *const (&file)[kGroupRows], uint8_t *out) {
    uint8_t row[kGroupRows][128], high[kGroupRows][32];
    for (int r = 0; r < kGroupRows; r++) {
        const auto *block = reinterpret_cast<const BlockQ5_K *>(file[r]);
        memcpy(out + k_min::kScale + 2 * r, block->d, 2);
        memcpy(out + k_min::kMin + 2 * r, block->dmin, 2);
        pack_mins(block->scales, r, out);
        for (int j = 0; j < 8; j++) {
            uint8_t value[32];
            values(block->q + 32 * (j / 2), 4 * (j & 1), block->high, j, 1, value);
            nibbles(value, row[r] + 16 * j);
            fifth_bits(value, high[r] + 4 * j);
        }
    }
    interleave(row, out + k_min::kNibbles);
    interleave(high, out + k_min::kHigh);
}

void pack_q6_k(const uint8_t *const (&file)[kGroupRows], uint8_t *out) {
    uint8_t row[8][kGroupRows][24];
    for (int r = 0; r < kGroupRows; r++) {
        const auto *block = reinterpret_cast<const BlockQ6_K *>(file[r]);
        memcpy(out + q6_k::kScale + 2 * r, block->d, 2);
        for (int s = 0; s < 16; s++) out[q6_k::kScales + 16 * s + r] = block->scales[s];
        for (int j = 0; j < 8; j++) {
            // 128 columns share 64 bytes of low bits and 32 of high ones.
            const uint8_t *q = block->q + 64 * (j / 4) + 32 * (j & 1), *top = block->high + 32 * (j / 4);
            uint8_t value[32];
            values(q, (j & 2) * 2, top, 2 * (j & 3), 3, value);
            nibbles(value, row[j][r]);
            sixth_bits(value, row[j][r] + 16);
            sixth_bits(value + 16, row[j][r] + 20);
        }
    }
    memset(out + q6_k::kScale + 32, 0, 32);
    for (int j = 0; j < 8; j++) interleave(row[j], out + q6_k::kQuants + q6_k::kSubBlock * j);
}

using PackStep = void (*)(const uint8_t *const (&file)[kGroupRows], uint8_t *out);
constexpr PackStep kPack[kTypes] = {pack_q4_0, pack_q5_0, pack_q8_0, pack_q4_k, pack_q5_k, pack_q6_k};

}  // namespace

void pack_groups(Type type, const uint8_t *file, int64_t rows, int64_t columns, int64_t first, int64_t last,
                 uint8_t *packed) {
    const Format &f = kFormats[type];
    const int64_t steps = steps_of(f, columns);
    const size_t row_bytes = file_bytes(f, 1, columns);
    const size_t step_bytes = static_cast<size_t>(f.columns / f.block_columns) * static_cast<size_t>(f.block_bytes);
    constexpr size_t kMostBytes = 210;
    static const uint8_t zero[kMostBytes] = {};
    uint8_t tail[kGroupRows][kMostBytes];
    for (int64_t g = first; g < last; g++) {
        uint8_t *out = packed + static_cast<size_t>(g) * group_bytes(f, columns);
        for (int64_t s = 0; s < steps; s++, out += f.weight_bytes) {
            const uint8_t *block[kGroupRows];
            const size_t at = static_cast<size_t>(s) * step_bytes;
            for (int r = 0; r < kGroupRows; r++) {
                const int64_t row = g * kGroupRows + r;
                const uint8_t *source = file + static_cast<size_t>(row) * row_bytes + at;
                if (row >= rows) {
                    block[r] = zero;
                } else if (at + step_bytes > row_bytes) {
                    memset(tail[r], 0, step_bytes);
                    memcpy(tail[r], source, row_bytes - at);
                    block[r] = tail[r];
                } else {
                    block[r] = source;
                }
            }
            kPack[type](block, out);
        }
    }
}

void on_all_cores(int64_t n, size_t bytes, const std::function<void(int64_t first, int64_t last)> &work) {
    constexpr size_t kWorthAThread = 1 << 20;  // bytes
    const int64_t cores = std::max<int64_t>(1, std::thread::hardware_concurrency());
    const int64_t shares = std::min({cores, n, 1 + static_cast<int64_t>(bytes / kWorthAThread)});
    if (shares < 1) return;
    std::vector<std::thread> helpers;
    for (int64_t i = 1; i < shares; i++) helpers.emplace_back(work, n * i / shares, n * (i + 1) / shares);
    work(0, n / shares);
    for (std::thread &h : helpers) h.join();
}

}  // namespace viscoder
