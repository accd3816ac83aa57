// The glue to ggml: a buffer type, its buffers, and the product of a graph node.
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "attention.h"
#include "ggml-backend-impl.h"
#include "ggml-cpu-impl.h"
#include "ggml-cpu.h"
#include "image.h"
#include "kernels.h"
#include "matmul.h"
#include "pack.h"
#include "traits.h"
#include "type_of.h"
#include "unpack.h"

namespace viscoder {
namespace {

thread_local bool offered = false;
thread_local Image *keeping = nullptr;  // where the weights go that this thread loads

const Isa *chosen_isa() {
    static const Isa *const isa = [] {
        const char *name = getenv("VISCODER_ISA");
        return name && *name ? isa_by_name(name) : best_isa();
    }();
    return isa;
}

Rows rows_of(const ggml_tensor *t) {
    return {static_cast<char *>(t->data), t->ne[1], t->ne[2], t->nb[1], t->nb[2], t->nb[3]};
}

// Product computes GGML_OP_MUL_MAT nodes whose weights are ours.
class Product : public ggml::cpu::tensor_traits {
  public:
    bool work_size(int, const ggml_tensor *op, size_t &size) override {
        if (op->op != GGML_OP_MUL_MAT) return false;
        size = Matmul::work_bytes(type_of(op->src[0]), op->src[0]->ne[0], ggml_nrows(op->src[1]));
        return true;
    }

    bool compute_forward(ggml_compute_params *params, ggml_tensor *op) override {
        if (op->op != GGML_OP_MUL_MAT) return false;
        const ggml_tensor *w = op->src[0], *x = op->src[1];
        GGML_ASSERT(x->nb[0] == sizeof(float) && op->nb[0] == sizeof(float));
        const Matmul product(*chosen_isa(), type_of(w), static_cast<const uint8_t *>(w->data), w->ne[1], w->ne[0],
                             rows_of(x), rows_of(op), ggml_nrows(x), params->wdata);
        product.quantize(params->ith, params->nth);
        // Chunks of groups go to whoever is free: another process may have a core.
        const int64_t groups = product.groups(), size = std::max<int64_t>(1, groups / (8 * params->nth));
        if (params->ith == 0) ggml_threadpool_chunk_set(params->threadpool, params->nth);
        ggml_barrier(params->threadpool);
        for (int64_t c = params->ith; c * size < groups; c = ggml_threadpool_chunk_add(params->threadpool, 1)) {
            product.multiply(c * size, std::min((c + 1) * size, groups));
        }
        return true;
    }
};

Product *product() {
    static Product instance;
    return &instance;
}

// Lookup computes GGML_OP_GET_ROWS nodes whose weights are ours, so that a model
// whose embedding is its output matrix too holds it once.
class Lookup : public ggml::cpu::tensor_traits {
  public:
    bool work_size(int, const ggml_tensor *op, size_t &size) override {
        size = 0;
        return op->op == GGML_OP_GET_ROWS;
    }

    bool compute_forward(ggml_compute_params *params, ggml_tensor *op) override {
        if (op->op != GGML_OP_GET_ROWS) return false;
        const ggml_tensor *w = op->src[0], *rows = op->src[1];
        const int64_t n = ggml_nelements(rows);
        for (int64_t i = n * params->ith / params->nth; i < n * (params->ith + 1) / params->nth; i++) {
            const int32_t row = static_cast<const int32_t *>(rows->data)[i];
            GGML_ASSERT(row >= 0 && row < w->ne[1]);
            unpack_row(type_of(w), static_cast<const uint8_t *>(w->data), w->ne[0], row,
                       reinterpret_cast<float *>(static_cast<char *>(op->data) + static_cast<size_t>(i) * op->nb[1]));
        }
        return true;
    }
};

Lookup *lookup() {
    static Lookup instance;
    return &instance;
}

// Softmax computes GGML_OP_FLASH_ATTN_EXT nodes. No buffer says whose they are:
// work_size, which ggml calls before each computation, in the thread that asked
// for it, marks the nodes of models with our kernels.
class Softmax : public ggml::cpu::tensor_traits {
  public:
    bool work_size(int threads, const ggml_tensor *op, size_t &size) override {
        const bool mine = offered && can(op);
        const_cast<ggml_tensor *>(op)->extra = mine ? this : nullptr;
        if (mine) size = Attention(*chosen_isa(), args_of(op), threads, nullptr).work_bytes();
        return mine;
    }

    bool compute_forward(ggml_compute_params *params, ggml_tensor *op) override {
        if (op->extra != this) return false;
        const Attention attention(*chosen_isa(), args_of(op), params->nth, params->wdata);
        if (params->ith == 0) ggml_threadpool_chunk_set(params->threadpool, params->nth);
        ggml_barrier(params->threadpool);
        for (int64_t i = params->ith; i < attention.units(); i = ggml_threadpool_chunk_add(params->threadpool, 1)) {
            attention.unit(i, params->ith);
        }
        if (!attention.needs_reduce()) return true;
        ggml_barrier(params->threadpool);
        attention.reduce(params->ith, params->nth);
        return true;
    }

  private:
    static float param(const ggml_tensor *op, int i) {
        float value;
        memcpy(&value, op->op_params + i, sizeof value);
        return value;
    }

    // One sequence dimension, an fp16 cache, no ALiBi, soft cap or sinks.
    static bool can(const ggml_tensor *op) {
        const ggml_tensor *q = op->src[0], *k = op->src[1], *v = op->src[2], *mask = op->src[3];
        const bool types = q->type == GGML_TYPE_F32 && k->type == GGML_TYPE_F16 && v->type == GGML_TYPE_F16;
        const bool shapes = q->ne[3] == 1 && k->ne[3] == 1 && k->ne[2] == v->ne[2] && k->ne[0] % 16 == 0 &&
                            v->ne[0] % 16 == 0 && q->ne[2] % k->ne[2] == 0 && k->nb[0] == 2 && v->nb[0] == 2 &&
                            q->nb[0] == sizeof(float);
        const bool masked = !mask || (mask->type == GGML_TYPE_F16 && mask->ne[2] == 1 && mask->ne[3] == 1);
        return types && shapes && masked && param(op, 1) == 0 && param(op, 2) == 0 && !op->src[4];
    }

    static AttentionArgs args_of(const ggml_tensor *op) {
        const ggml_tensor *q = op->src[0], *k = op->src[1], *v = op->src[2], *mask = op->src[3];
        AttentionArgs a = {};
        a.q = static_cast<const char *>(q->data);
        a.q_row = q->nb[1];
        a.q_head = q->nb[2];
        a.k = static_cast<const char *>(k->data);
        a.k_position = k->nb[1];
        a.k_head = k->nb[2];
        a.v = static_cast<const char *>(v->data);
        a.v_position = v->nb[1];
        a.v_head = v->nb[2];
        a.mask = mask ? static_cast<const char *>(mask->data) : nullptr;
        a.mask_row = mask ? mask->nb[1] : 0;
        a.out = static_cast<float *>(op->data);
        a.rows = q->ne[1];
        a.heads = q->ne[2];
        a.kv_heads = k->ne[2];
        a.positions = k->ne[1];
        a.dk = static_cast<int>(k->ne[0]);
        a.dv = static_cast<int>(v->ne[0]);
        a.scale = param(op, 0);
        return a;
    }
};

Softmax *softmax() {
    static Softmax instance;
    return &instance;
}

ggml_status init_tensor(ggml_backend_buffer_t, ggml_tensor *t) {
    t->extra = type_of(t) == kTypes ? nullptr : product();
    if (keeping && keeping->holds(t)) keeping->note(t);
    return GGML_STATUS_SUCCESS;
}

// set_tensor packs a whole weight.
void set_tensor(ggml_backend_buffer_t, ggml_tensor *t, const void *data, size_t offset, size_t size) {
    GGML_ASSERT(offset == 0 && size == ggml_nbytes(t));
    if (keeping && keeping->holds(t)) return keeping->set(t, data);
    on_all_cores(groups_of(t->ne[1]), size, [=](int64_t first, int64_t last) {
        pack_groups(type_of(t), static_cast<const uint8_t *>(data), t->ne[1], t->ne[0], first, last,
                    static_cast<uint8_t *>(t->data));
    });
}

const char *buffer_type_name(ggml_backend_buffer_type_t) { return "CPU_VISCODER"; }

// Weights are streamed once a token: large pages save the walks. Advice only.
void advise_huge_pages(ggml_backend_buffer_t buffer) {
#if defined(MADV_HUGEPAGE)
    constexpr uintptr_t kHuge = 2 << 20;
    const auto base = reinterpret_cast<uintptr_t>(ggml_backend_buffer_get_base(buffer));
    const size_t size = ggml_backend_buffer_get_size(buffer);
    const uintptr_t first = (base + kHuge - 1) & ~(kHuge - 1), last = (base + size) & ~(kHuge - 1);
    if (size > 0 && first < last) madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE);
#endif
}

ggml_backend_buffer_t alloc_buffer(ggml_backend_buffer_type_t type, size_t size) {
    void *kept = keeping ? keeping->claim(size) : nullptr;
    ggml_backend_buffer_t buffer = kept ? ggml_backend_cpu_buffer_from_ptr(kept, size)
                                        : ggml_backend_buft_alloc_buffer(ggml_backend_cpu_buffer_type(), size);
    if (!buffer) return nullptr;
    buffer->buft = type;
    buffer->iface.init_tensor = init_tensor;
    buffer->iface.set_tensor = set_tensor;
    buffer->iface.get_tensor = nullptr;
    buffer->iface.cpy_tensor = nullptr;
    if (!kept) advise_huge_pages(buffer);
    return buffer;
}

// is_host: llama.cpp reads a file right into the memory of host buffers. While it
// loads weights that are there already, this spares it a second place for them;
// the stream that it reads from has no bytes for these.
bool is_host(ggml_backend_buffer_type_t) { return keeping && keeping->ready(); }

size_t alignment(ggml_backend_buffer_type_t) { return 64; }

size_t alloc_size(ggml_backend_buffer_type_t, const ggml_tensor *t) {
    const Type type = type_of(t);
    return type == kTypes ? ggml_nbytes(t) : packed_bytes(kFormats[type], t->ne[1], t->ne[0]);
}

class BufferType : public ggml::cpu::extra_buffer_type {
  public:
    // llama.cpp asks with a weight in an empty buffer, to choose; ggml asks
    // with loaded weights, which must stay supported whatever is offered now.
    bool supports_op(ggml_backend_dev_t, const ggml_tensor *op) override {
        const ggml_tensor *w = op->src[0], *x = op->src[1];
        if ((op->op != GGML_OP_MUL_MAT && op->op != GGML_OP_GET_ROWS) || !ours(w) || type_of(w) == kTypes) return false;
        if (w->extra != product() && !offered) return false;
        if (x->buffer && !ggml_backend_buft_is_host(x->buffer->buft)) return false;
        if (op->op == GGML_OP_GET_ROWS) return x->type == GGML_TYPE_I32 && ggml_is_contiguous(x);
        return x->type == GGML_TYPE_F32;
    }

    ggml::cpu::tensor_traits *get_tensor_traits(const ggml_tensor *op) override {
        if (op->op == GGML_OP_FLASH_ATTN_EXT) return softmax();
        if (!ours(op->src[0]) || !op->src[0]->extra) return nullptr;
        if (op->op == GGML_OP_GET_ROWS) return lookup();
        return op->op == GGML_OP_MUL_MAT ? product() : nullptr;
    }

  private:
    static bool ours(const ggml_tensor *w);
};

ggml_backend_buffer_type_t buffer_type() {
    static BufferType context;
    static ggml_backend_buffer_type type = {
        {buffer_type_name, alloc_buffer, alignment, nullptr, alloc_size, is_host},
        ggml_backend_reg_dev_get(ggml_backend_cpu_reg(), 0),
        static_cast<ggml::cpu::extra_buffer_type *>(&context),
    };
    return &type;
}

bool BufferType::ours(const ggml_tensor *w) { return w && w->buffer && w->buffer->buft == buffer_type(); }

}  // namespace

void register_kernels() {
    if (!chosen_isa()) return;
    auto &types = ggml_backend_cpu_get_extra_buffer_types();
    if (std::find(types.begin(), types.end(), buffer_type()) == types.end()) types.insert(types.begin(), buffer_type());
}

const char *kernels_isa() { return chosen_isa() ? chosen_isa()->name : ""; }

const char *layout_key() { return VISCODER_LAYOUT_KEY; }

Offer::Offer(bool on, Image *image) : before_(offered), image_before_(keeping) {
    offered = on;
    keeping = image;
}

Offer::~Offer() {
    offered = before_;
    keeping = image_before_;
}

}  // namespace viscoder
