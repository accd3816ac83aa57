#include "simd_portable.h"
#include "table.h"

namespace viscoder {

const Isa &portable_isa() {
    static const Isa isa = make_isa<Portable>("portable");
    return isa;
}

}  // namespace viscoder
