// The packed layouts of quantized weights, and of the activations they meet.
//
// A matrix [rows, columns] is cut into groups of 16 rows. A group is one linear
// stream of steps: 256 columns of the K types, 64 of the others (two blocks of
// the file; a last single block is padded with zeros). Lines are 64 bytes; lane r
// of a line, 4 bytes, belongs to row r of the group, so that one instruction
// which multiplies 4 bytes in each lane serves 16 rows. Missing rows of the last
// group are zero.
//
// Within 32 columns, "dword t" are columns 4t…4t+3. Nibble line t (t < 4) holds
// dword t in its low nibbles and dword t+4 in its high ones.
//
// The layout depends on nothing but the weights: no addresses, no CPU features.
#pragma once

#include <cstddef>
#include <cstdint>

namespace viscoder {

constexpr int kGroupRows = 16;
constexpr int kMaxTile = 16;  // activation rows that share one pass over the weights

// Type indexes the tables of formats and kernels.
enum Type { kQ4_0, kQ5_0, kQ8_0, kQ4_K, kQ5_K, kQ6_K, kTypes };

// Format gives the sizes of one step: of 16 rows of weights, and of one row of
// activations (columns quants, their sums, and scales).
struct Format {
    const char *name;
    int columns;        // of a step
    int block_columns;  // of a block in the file
    int block_bytes;    // of a block in the file
    int weight_bytes;   // 16 rows × columns, a multiple of 64
    int sum_bytes;      // what a kernel wants to know of the quants besides themselves
    int scales;         // floats
};

// Byte offsets within a step of weights.
namespace q_0 {  // Q4_0, Q5_0, Q8_0: two blocks of 32 columns
constexpr int kColumns = 64;
constexpr int kScale = 0;           // fp16 [2][16]
constexpr int kQuants = 64;         // [2][block]
constexpr int kBlockQ4 = 256;       // 4 nibble lines
constexpr int kBlockQ5 = 256 + 64;  // and a line of fifth bits
constexpr int kBlockQ8 = 512;       // 8 lines of q + 128
}  // namespace q_0

namespace k_min {  // Q4_K, Q5_K: w = d·s·q - dmin·m by 32 columns
// Three lines of 6-bit values, [16][4] bytes: s0 s2 s1 s3, s4 s6 s5 s7, m0 m2 m1 m3.
// Their top bits are bits 0-1, 2-3 and 4-5 of m4 m6 m5 m7.
constexpr int kPacked = 0;
constexpr int kScale = 192;    // fp16 d[16]
constexpr int kMin = 224;      // fp16 dmin[16]
constexpr int kNibbles = 256;  // [8][4] lines
constexpr int kHigh = 2304;    // Q5_K: fifth bits, [8] lines
constexpr int kBytesQ4 = 2304, kBytesQ5 = 2304 + 512;
}  // namespace k_min

namespace q6_k {              // w = d·s·(q - 32) by 16 columns
constexpr int kScales = 0;    // int8 s[16 of 16 columns][16]
constexpr int kScale = 256;   // fp16 d[16], then 32 bytes of padding
constexpr int kQuants = 320;  // [8][sub-block]: 4 nibble lines, 2 lines of bits 4-5
constexpr int kHigh = 256;    // of a sub-block
constexpr int kSubBlock = 384;
constexpr int kBytes = kQuants + 8 * kSubBlock;
}  // namespace q6_k

// Bit of the fifth-bit byte i that belongs to column 4t+i of 32.
constexpr int fifth_bit(int t) { return t < 4 ? t + 4 : t - 4; }
// Shift of the two bits, in byte i of line t/4 of bits 4-5, that belong to column 4t+i.
constexpr int sixth_shift(int t) { return (t & 1) * 4 + (t >> 1 & 1) * 2; }

constexpr Format kFormats[kTypes] = {
    {"Q4_0", q_0::kColumns, 32, 18, 64 + 2 * q_0::kBlockQ4, 8, 2},
    {"Q5_0", q_0::kColumns, 32, 22, 64 + 2 * q_0::kBlockQ5, 8, 2},
    {"Q8_0", q_0::kColumns, 32, 34, 64 + 2 * q_0::kBlockQ8, 8, 2},
    {"Q4_K", 256, 256, 144, k_min::kBytesQ4, 16, 1},
    {"Q5_K", 256, 256, 176, k_min::kBytesQ5, 16, 1},
    {"Q6_K", 256, 256, 210, q6_k::kBytes, 64, 1},
};

inline int64_t steps_of(const Format &f, int64_t columns) { return (columns + f.columns - 1) / f.columns; }
inline int64_t groups_of(int64_t rows) { return (rows + kGroupRows - 1) / kGroupRows; }
// file_bytes is what rows of a matrix take in the file.
inline size_t file_bytes(const Format &f, int64_t rows, int64_t columns) {
    return static_cast<size_t>(rows) * static_cast<size_t>(columns / f.block_columns) *
           static_cast<size_t>(f.block_bytes);
}
inline size_t group_bytes(const Format &f, int64_t columns) {
    return static_cast<size_t>(steps_of(f, columns)) * static_cast<size_t>(f.weight_bytes);
}
inline size_t packed_bytes(const Format &f, int64_t rows, int64_t columns) {
    return static_cast<size_t>(groups_of(rows)) * group_bytes(f, columns);
}

}  // namespace viscoder
