#include "matmul.h"

#include <algorithm>

namespace viscoder {
namespace {

// Tiles of a large batch are taken in chunks whose activations stay in the
// second-level cache while the weights stream by.
constexpr int64_t kChunkBytes = 512 << 10;
// While one tile follows the stream of weights, this far ahead.
constexpr int64_t kStreamAhead = 4096;

size_t line(size_t bytes) { return (bytes + 63) & ~size_t{63}; }

// tiles_of: one tile where it holds the batch, so that weights are read once.
int64_t tiles_of(const Kernel &kernel, int64_t batch) {
    return batch <= kernel.max_tile ? 1 : (batch + kernel.best_tile - 1) / kernel.best_tile;
}

size_t quant_bytes(const Format &f, int64_t steps, int64_t batch) {
    return line(static_cast<size_t>(batch * steps * f.columns));
}

size_t sum_bytes(const Format &f, int64_t steps, int64_t batch) {
    return line(static_cast<size_t>(batch * steps * f.sum_bytes));
}

}  // namespace

size_t Matmul::work_bytes(Type type, int64_t columns, int64_t batch) {
    const Format &f = kFormats[type];
    const int64_t steps = steps_of(f, columns);
    const auto scales = static_cast<size_t>(batch * steps * f.scales) * sizeof(float);
    // 64 more, because the owner of the work buffer promises no alignment.
    return quant_bytes(f, steps, batch) + sum_bytes(f, steps, batch) + line(scales) + 64;
}

Matmul::Matmul(const Isa &isa, Type type, const uint8_t *weights, int64_t rows, int64_t columns, Rows x, Rows out,
               int64_t batch, void *work)
    : format_(kFormats[type]),
      kernel_(isa.kernel[type]),
      weights_(weights),
      rows_(rows),
      columns_(columns),
      steps_(steps_of(format_, columns)),
      batch_(batch),
      x_(x),
      out_(out),
      tiles_(tiles_of(kernel_, batch)),
      small_(batch / tiles_),
      larger_(batch % tiles_) {
    const uintptr_t base = (reinterpret_cast<uintptr_t>(work) + 63) & ~uintptr_t{63};
    quants_ = reinterpret_cast<int8_t *>(base);
    sums_ = reinterpret_cast<char *>(base + quant_bytes(format_, steps_, batch));
    scales_ = reinterpret_cast<float *>(sums_ + sum_bytes(format_, steps_, batch));
}

int64_t Matmul::tile_of(int64_t row) const {
    const int64_t boundary = larger_ * (small_ + 1);
    return row < boundary ? row / (small_ + 1) : larger_ + (row - boundary) / small_;
}

void Matmul::quantize(int i, int n) const {
    // Steps are shared out, not rows: a single row has work for all threads.
    const int64_t last = batch_ * steps_ * (i + 1) / n;
    for (int64_t item = batch_ * steps_ * i / n; item < last; item++) {
        const int64_t row = item / steps_, step = item % steps_;
        const int64_t t = tile_of(row), first = start(t), size = start(t + 1) - first, position = row - first;
        const int64_t at = first * steps_ + step * size;  // rows × steps before this step of the tile
        const int64_t column = step * format_.columns;
        QuantizeJob job = {};
        job.x = x_.at(row) + column;
        job.columns = static_cast<int>(std::min<int64_t>(format_.columns, columns_ - column));
        job.quants = quants_ + at * format_.columns;
        job.sums = sums_ + (at + position) * format_.sum_bytes;
        job.scales = scales_ + (at + position) * format_.scales;
        job.tile = static_cast<int>(size);
        job.position = static_cast<int>(position);
        kernel_.quantize(job);
    }
}

void Matmul::tile(int64_t group, int64_t i, int64_t prefetch) const {
    const int64_t first = start(i), size = start(i + 1) - first, at = first * steps_;
    TileJob job = {};
    job.weights = weights_ + static_cast<size_t>(group) * group_bytes(format_, columns_);
    job.steps = steps_;
    job.quants = quants_ + at * format_.columns;
    job.sums = sums_ + at * format_.sum_bytes;
    job.scales = scales_ + at * format_.scales;
    job.prefetch = prefetch;
    job.rows = static_cast<int>(std::min<int64_t>(kGroupRows, rows_ - group * kGroupRows));
    for (int64_t n = 0; n < size; n++) job.out[n] = out_.at(first + n) + group * kGroupRows;
    kernel_.tile[size](job);
}

void Matmul::multiply(int64_t first, int64_t last) const {
    const int64_t row_bytes = steps_ * format_.columns;
    const int64_t chunk = std::max<int64_t>(1, kChunkBytes / (row_bytes * (small_ + 1)));
    const auto stride = static_cast<int64_t>(group_bytes(format_, columns_));
    for (int64_t c = 0; c < tiles_; c += chunk) {
        const int64_t end = std::min(c + chunk, tiles_);
        for (int64_t g = first; g < last; g++) {
            // The first tile of several finds the group in memory, the others in
            // the cache; the last one fetches the next group.
            for (int64_t i = c; i < end; i++) tile(g, i, end - c == 1 ? kStreamAhead : i == end - 1 ? stride : 0);
        }
    }
}

}  // namespace viscoder
