#include "simd_avx2.h"
#include "table.h"

namespace viscoder {

const Isa &avxvnni_isa() {
    static const Isa isa = make_isa<Avx2>("avxvnni");
    return isa;
}

}  // namespace viscoder
