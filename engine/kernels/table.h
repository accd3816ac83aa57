// Builds the table of an instruction set from its vector operations.
#pragma once

#include <initializer_list>

#include "attend.h"
#include "quantize.h"
#include "tile_min.h"
#include "tile_q6_k.h"
#include "tile_q_0.h"

namespace viscoder {
namespace {

template <class V, int N>
void add_tiles(Isa &isa) {
    isa.kernel[kQ4_0].tile[N] = tile_q_0<V, 4, N>;
    isa.kernel[kQ5_0].tile[N] = tile_q_0<V, 5, N>;
    isa.kernel[kQ8_0].tile[N] = tile_q_0<V, 8, N>;
    isa.kernel[kQ4_K].tile[N] = tile_min<V, false, N>;
    isa.kernel[kQ5_K].tile[N] = tile_min<V, true, N>;
    isa.kernel[kQ6_K].tile[N] = tile_q6_k<V, N>;
    if constexpr (N > 1) add_tiles<V, N - 1>(isa);
}

template <class V>
Isa make_isa(const char *name) {
    Isa isa = {};
    isa.name = name;
    for (Kernel &k : isa.kernel) {
        k.max_tile = V::kMaxTile;
        k.best_tile = V::kMaxTile;
    }
    for (Type type : {kQ4_K, kQ5_K, kQ6_K}) isa.kernel[type].best_tile = V::kBestTileK;
    add_tiles<V, V::kMaxTile>(isa);
    isa.attend = attend<V>;
    isa.kernel[kQ4_0].quantize = quantize_q_0<8>;
    isa.kernel[kQ5_0].quantize = quantize_q_0<16>;
    isa.kernel[kQ8_0].quantize = quantize_q_0<128>;
    isa.kernel[kQ4_K].quantize = quantize_q4_k;
    isa.kernel[kQ5_K].quantize = quantize_q5_k;
    isa.kernel[kQ6_K].quantize = quantize_q6_k;
    return isa;
}

}  // namespace
}  // namespace viscoder
