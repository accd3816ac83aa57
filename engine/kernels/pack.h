// From the blocks of a GGUF file to the packed layout.
#pragma once

#include "packed.h"

namespace viscoder {

// pack_groups packs groups [first, last) of a matrix of the file, [rows,
// columns] row by row, to where they lie in packed, the whole packed matrix.
// Any bytes are valid blocks; calls on distinct groups may run concurrently.
void pack_groups(Type type, const uint8_t *file, int64_t rows, int64_t columns, int64_t first, int64_t last,
                 uint8_t *packed);

}  // namespace viscoder
