#include "simd_avx2.h"
#include "table.h"

namespace viscoder {

const Isa &avx2_isa() {
    static const Isa isa = make_isa<Avx2>("avx2");
    return isa;
}

}  // namespace viscoder
