#include "isa.h"

#include <cstring>
#include <initializer_list>

namespace viscoder {

const Isa *isa_by_name(const char *name) {
    if (strcmp(name, "portable") == 0) return &portable_isa();
#if defined(__x86_64__)
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    if (strcmp(name, "avx2") == 0 && avx2) return &avx2_isa();
    if (strcmp(name, "avxvnni") == 0 && avx2 && __builtin_cpu_supports("avxvnni")) return &avxvnni_isa();
    if (strcmp(name, "avx512") == 0 && avx2 && __builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")) {
        return &avx512_isa();
    }
#endif
    return nullptr;
}

const Isa *best_isa() {
    for (const char *name : {"avx512", "avxvnni", "avx2"}) {
        if (const Isa *isa = isa_by_name(name)) return isa;
    }
    return nullptr;
}

}  // namespace viscoder
