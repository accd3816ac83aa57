// Which of our types a tensor of ggml has.
#pragma once

#include "ggml.h"
#include "packed.h"

namespace viscoder {

// type_of is our type of a weight, kTypes if we have none for it.
inline Type type_of(const ggml_tensor *t) {
    if (t->ne[2] != 1 || t->ne[3] != 1 || !ggml_is_contiguous(t)) return kTypes;
    switch (t->type) {
        case GGML_TYPE_Q4_0:
            return kQ4_0;
        case GGML_TYPE_Q5_0:
            return kQ5_0;
        case GGML_TYPE_Q8_0:
            return kQ8_0;
        case GGML_TYPE_Q4_K:
            return kQ4_K;
        case GGML_TYPE_Q5_K:
            return kQ5_K;
        case GGML_TYPE_Q6_K:
            return kQ6_K;
        default:
            return kTypes;
    }
}

}  // namespace viscoder
