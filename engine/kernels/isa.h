// The kernels of one instruction set, as a table, and the choice among tables.
#pragma once

#include "packed.h"

namespace viscoder {

// TileJob is the product of one group of 16 weight rows with one tile of
// activation rows: out[n][r] = Σ_k weights[r][k] · activations[n][k].
struct TileJob {
    const uint8_t *weights;  // [steps][Format::weight_bytes]
    int64_t steps;
    const int8_t *quants;  // [steps][columns / 32][tile][32]
    const void *sums;      // [steps][tile][Format::sum_bytes]
    const float *scales;   // [steps][tile][Format::scales]
    int64_t prefetch;      // bytes ahead in the stream of weights, 0 for none
    int rows;              // of the group that exist, 1…16
    float *out[kMaxTile];  // [tile], each at the group's first row
};

// QuantizeJob turns one step of one activation row into int8.
struct QuantizeJob {
    const float *x;  // [columns], of which the first `columns` exist and the rest is zero
    int columns;
    int8_t *quants;  // of the step in its tile, [columns / 32][tile][32]
    void *sums;      // of the step and row
    float *scales;   // of the step and row
    int tile, position;
};

// Kernel of one type.
struct Kernel {
    int max_tile;                                 // most rows of a tile, 1…kMaxTile
    int best_tile;                                // the fastest size for many rows, 1…max_tile
    void (*tile[kMaxTile + 1])(const TileJob &);  // by rows of the tile
    // A step with a NaN or an infinity gets the scale NaN: its row of outputs
    // becomes NaN, and no other. Below 1e-30 all is zero.
    void (*quantize)(const QuantizeJob &);
};

constexpr int kAttendVectors = 64;  // most query vectors of an AttendJob
constexpr int kAttendBlock = 32;    // positions taken at once

// AttendJob is softmax attention of query vectors, all of which look at one head
// of keys and values, over positions [first, last):
//   weight[i][j] = exp(scale · q[i]·k[j] + mask[i][j] - max[i])
//   sum[i] = Σ_j weight[i][j]
//   out[i] = Σ_j weight[i][j] · v[j]
// A vector that sees no position has max -inf, sum 0 and out 0.
struct AttendJob {
    int vectors;
    const float *q[kAttendVectors];        // [dk] each
    const uint16_t *mask[kAttendVectors];  // fp16 by position, or nullptr: no mask
    const char *k, *v;                     // fp16 [position][dk or dv]
    size_t k_stride, v_stride;             // bytes from position to position
    int64_t first, last;
    int dk, dv;  // multiples of 16
    float scale;
    float *scratch;          // attend_scratch floats
    float *out, *max, *sum;  // [vectors][dv], [vectors], [vectors]
};

inline int64_t attend_scratch(int dk, int dv) { return kAttendBlock * (dk + dv + kAttendVectors); }

struct Isa {
    const char *name;
    Kernel kernel[kTypes];
    void (*attend)(const AttendJob &);
};

// Tables of instruction sets; each may be called into only where the CPU has it.
const Isa &portable_isa();
#if defined(__x86_64__)
const Isa &avx2_isa();
const Isa &avxvnni_isa();
const Isa &avx512_isa();
#endif

// isa_by_name is the table called name if this CPU can run it, or nullptr.
const Isa *isa_by_name(const char *name);
// best_isa is the fastest of this CPU; nullptr where only the portable one is
// left, which is there to check the others: ggml's own kernels beat it.
const Isa *best_isa();

}  // namespace viscoder
