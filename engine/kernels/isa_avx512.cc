#include "simd_avx512.h"
#include "table.h"

namespace viscoder {

const Isa &avx512_isa() {
    static const Isa isa = make_isa<Avx512>("avx512");
    return isa;
}

}  // namespace viscoder
