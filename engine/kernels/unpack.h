// From the packed layout back to numbers.
#pragma once

#include "packed.h"

namespace viscoder {

// unpack_row writes the columns values of one row of a packed matrix to out, the
// very floats that ggml gives for the row in the file.
void unpack_row(Type type, const uint8_t *packed, int64_t columns, int64_t row, float *out);

}  // namespace viscoder
