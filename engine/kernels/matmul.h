// out[n][r] = Σ_k weights[r][k] · x[n][k], for quantized weights in the packed
// layout and float activations, over several threads and without allocation.
#pragma once

#include "isa.h"

namespace viscoder {

// Rows are the rows of a tensor of up to 4 dimensions, numbered through.
struct Rows {
    char *data;
    int64_t count1, count2;            // of dimensions 1 and 2
    size_t stride1, stride2, stride3;  // bytes

    float *at(int64_t i) const {
        // Mostly there are two dimensions, and divisions cost more than the rest.
        if (i < count1) return reinterpret_cast<float *>(data + static_cast<size_t>(i) * stride1);
        const int64_t i1 = i % count1, i2 = i / count1 % count2, i3 = i / (count1 * count2);
        return reinterpret_cast<float *>(data + static_cast<size_t>(i1) * stride1 + static_cast<size_t>(i2) * stride2 +
                                         static_cast<size_t>(i3) * stride3);
    }
};

// Matmul is one product. Every thread calls quantize with its share, all wait
// for each other, then every thread calls multiply with shares of the groups.
class Matmul {
  public:
    // work_bytes is what a product of `batch` rows of activations needs as work,
    // whatever the instruction set.
    static size_t work_bytes(Type type, int64_t columns, int64_t batch);

    // weights and work are aligned to 64 bytes.
    Matmul(const Isa &isa, Type type, const uint8_t *weights, int64_t rows, int64_t columns, Rows x, Rows out,
           int64_t batch, void *work);

    // quantize does share i of n.
    void quantize(int i, int n) const;
    // multiply does groups [first, last) for all of the batch.
    void multiply(int64_t first, int64_t last) const;
    int64_t groups() const { return groups_of(rows_); }

  private:
    // Tile i of the batch begins at row start(i): tiles differ by one row at most.
    int64_t start(int64_t i) const { return i * small_ + (i < larger_ ? i : larger_); }
    int64_t tile_of(int64_t row) const;
    void tile(int64_t group, int64_t i, int64_t prefetch) const;

    const Format &format_;
    const Kernel &kernel_;
    const uint8_t *weights_;
    int64_t rows_, columns_, steps_, batch_;
    Rows x_, out_;
    int64_t tiles_, small_, larger_;  // the first larger_ tiles have small_ + 1 rows
    int8_t *quants_;
    char *sums_;
    float *scales_;
};

}  // namespace viscoder
