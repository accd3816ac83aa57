// Memory of ggml's CPU buffers that costs nothing until it is used. llama.cpp
// sets a whole KV cache to zero before the first token, a tenth of a second for
// 8192 tokens of a 1.5B model; pages fresh from the kernel are zero already.
#include <sys/mman.h>

#include <cstring>

#include "ggml-backend-impl.h"
#include "kernels.h"

namespace viscoder {
namespace {

constexpr size_t kWorthAMapping = 4 << 20;  // bytes

ggml_backend_buffer_t (*g_alloc)(ggml_backend_buffer_type_t, size_t) = nullptr;  // ggml's own

void release(ggml_backend_buffer_t buffer) { munmap(buffer->context, buffer->size); }

void clear(ggml_backend_buffer_t buffer, uint8_t value) {
    // The kernel gives the pages of private memory anew, as zeros.
    if (value == 0 && madvise(buffer->context, buffer->size, MADV_DONTNEED) == 0) return;
    memset(buffer->context, value, buffer->size);
}

ggml_backend_buffer_t alloc(ggml_backend_buffer_type_t type, size_t size) {
    if (size < kWorthAMapping) return g_alloc(type, size);
    void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return g_alloc(type, size);
    ggml_backend_buffer_t buffer = ggml_backend_cpu_buffer_from_ptr(memory, size);
    buffer->buft = type;
    buffer->iface.free_buffer = release;
    buffer->iface.clear = clear;
    return buffer;
}

}  // namespace

void register_lazy_memory() {
    ggml_backend_buffer_type_t cpu = ggml_backend_cpu_buffer_type();
    if (cpu->iface.alloc_buffer == alloc) return;
    g_alloc = cpu->iface.alloc_buffer;
    cpu->iface.alloc_buffer = alloc;
}

}  // namespace viscoder
