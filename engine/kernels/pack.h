// From the blocks of a GGUF file to the packed layout.
#pragma once

#include <functional>

#include "packed.h"

namespace viscoder {

// pack_groups packs groups [first, last) of a matrix of the file, [rows,
// columns] row by row, to where they lie in packed, the whole packed matrix.
// Any bytes are valid blocks; calls on distinct groups may run concurrently.
void pack_groups(Type type, const uint8_t *file, int64_t rows, int64_t columns, int64_t first, int64_t last,
                 uint8_t *packed);

// on_all_cores calls work(first, last) for shares of n groups, from threads of
// its own where there are bytes enough to be worth them, and waits.
void on_all_cores(int64_t n, size_t bytes, const std::function<void(int64_t first, int64_t last)> &work);

}  // namespace viscoder
