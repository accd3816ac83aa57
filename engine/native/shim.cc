// The C surface of shim.h over llama.cpp: thin, no policy, no exception leaves.
#include "shim.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "ggml-cpu.h"
#include "image.h"
#include "kernels.h"
#include "llama.h"
#include "parts.h"
#include "peak.h"

struct vc_model {
    llama_model *weights = nullptr;
    const llama_vocab *vocab = nullptr;
    bool ours = false;  // our kernels, where there are
    std::vector<viscoder::Section> sections;

    ~vc_model() {
        if (weights) llama_model_free(weights);
    }
};

struct vc_context {
    const vc_model *model = nullptr;
    llama_context *decoder = nullptr;
    ggml_threadpool *threads = nullptr;
    std::atomic<bool> abort{false};
    // The batch points into these, so that a decode step allocates nothing.
    std::vector<int32_t> seq_count;
    std::vector<llama_seq_id *> seq_row;
    int32_t capacity = 0;

    ~vc_context() {
        if (decoder) llama_free(decoder);
        if (threads) ggml_threadpool_free(threads);
    }
};

namespace {

vc_log_fn g_log = nullptr;  // set once by vc_init, before any model is loaded

int fail(char *err, const std::string &text) {
    snprintf(err, VC_ERR_BYTES, "%s", text.c_str());
    return VC_FAILED;
}

// guarded runs body and turns an exception into VC_FAILED.
template <class Body>
int guarded(char *err, Body body) {
    try {
        return body();
    } catch (const std::exception &e) {
        return fail(err, e.what());
    } catch (...) {
        return fail(err, "unknown C++ exception");
    }
}

viscoder::Image::Place ask_place(size_t bytes, uintptr_t user) {
    const auto *params = reinterpret_cast<const vc_model_params *>(user);
    vc_place place = {nullptr, -1, 0};
    params->place(bytes, params->user, &place);
    return {place.base, place.file, place.at};
}

bool abort_requested(void *data) { return static_cast<vc_context *>(data)->abort.load(std::memory_order_relaxed); }

}  // namespace

void vc_init(vc_log_fn log) {
    g_log = log;
    // A failed assertion must end the process, not start a debugger on it.
    setenv("GGML_NO_BACKTRACE", "1", 1);
    llama_log_set([](ggml_log_level level, const char *text, void *) { g_log(static_cast<int>(level), text); },
                  nullptr);
    llama_backend_init();
    viscoder::register_lazy_memory();
    viscoder::register_kernels();
}

const char *vc_version(void) { return llama_version(); }

const char *vc_system_info(void) { return llama_print_system_info(); }

const char *vc_kernels_isa(void) { return viscoder::kernels_isa(); }

int vc_model_load(const char *path, const vc_model_params *params, vc_model **out, char *err) {
    return guarded(err, [&] {
        llama_model_params mp = llama_model_default_params();
        mp.use_extra_bufts = params->repack != 0;
        if (params->progress) {
            mp.progress_callback = [](float share, void *data) {
                auto *p = static_cast<const vc_model_params *>(data);
                return p->progress(share, p->user) != 0;
            };
            mp.progress_callback_user_data = const_cast<vc_model_params *>(params);
        }
        auto model = std::make_unique<vc_model>();
        model->ours = params->kernels == VC_KERNELS_OURS && params->repack != 0;
        viscoder::Image image(ask_place, reinterpret_cast<uintptr_t>(params));
        const viscoder::Offer offer(model->ours, params->place ? &image : nullptr);
        if (params->parts) {
            const viscoder::PartFile file(params->parts, params->part_count);
            // Mapped, all of the file would be read, though most of it is not needed.
            mp.load_mode = LLAMA_LOAD_MODE_NONE;
            model->weights = llama_model_load_from_file_ptr(file.stream(), mp);
        } else {
            model->weights = llama_model_load_from_file(path, mp);
        }
        if (!model->weights) return fail(err, "llama.cpp refused the file; its log has the reason");
        if (image.error() != 0) {
            fail(err, strerror(image.error()));
            return static_cast<int>(VC_UNKEPT);
        }
        model->sections = image.sections();
        model->vocab = llama_model_get_vocab(model->weights);
        *out = model.release();
        return static_cast<int>(VC_OK);
    });
}

int32_t vc_model_sections(const vc_model *model, vc_section *out, int32_t cap) {
    const auto n = static_cast<int32_t>(model->sections.size());
    for (int32_t i = 0; i < std::min(n, cap); i++) {
        const viscoder::Section &s = model->sections[static_cast<size_t>(i)];
        memcpy(out[i].name, s.name, sizeof out[i].name);
        out[i].type = s.type;
        out[i].rows = s.rows;
        out[i].columns = s.columns;
        out[i].offset = s.offset;
        out[i].bytes = s.bytes;
    }
    return n;
}

const char *vc_layout_key(void) { return viscoder::layout_key(); }

void vc_model_free(vc_model *model) { delete model; }

void vc_model_describe(const vc_model *model, vc_model_info *out) {
    out->vocab = llama_vocab_n_tokens(model->vocab);
    out->train_context = llama_model_n_ctx_train(model->weights);
    out->layers = llama_model_n_layer(model->weights);
    out->params = llama_model_n_params(model->weights);
    out->bytes = llama_model_size(model->weights);
}

const char *vc_model_chat_template(const vc_model *model) { return llama_model_chat_template(model->weights, nullptr); }

int32_t vc_tokenize(const vc_model *model, const char *text, int32_t bytes, int add_special, int parse_special,
                    int32_t *out, int32_t cap) {
    try {
        return llama_tokenize(model->vocab, text, bytes, out, cap, add_special != 0, parse_special != 0);
    } catch (...) {
        return INT32_MIN;
    }
}

int32_t vc_piece(const vc_model *model, int32_t token, int special, char *out, int32_t cap) {
    return llama_token_to_piece(model->vocab, token, out, cap, 0, special != 0);
}

int vc_is_eog(const vc_model *model, int32_t token) { return llama_vocab_is_eog(model->vocab, token) ? 1 : 0; }

int32_t vc_chat(const char *tmpl, const char *const *roles, const char *const *texts, int32_t n, int open_assistant,
                char *out, int32_t cap) {
    char err[VC_ERR_BYTES];
    return guarded(err, [&]() -> int {
        std::vector<llama_chat_message> turns(static_cast<size_t>(n));
        for (int32_t i = 0; i < n; i++) turns[static_cast<size_t>(i)] = {roles[i], texts[i]};
        return llama_chat_apply_template(tmpl, turns.data(), turns.size(), open_assistant != 0, out, cap);
    });
}

int vc_context_new(vc_model *model, const vc_context_params *params, vc_context **out, char *err) {
    return guarded(err, [&] {
        auto ctx = std::make_unique<vc_context>();
        ctx->model = model;
        ctx->capacity = params->batch;
        ctx->seq_count.assign(static_cast<size_t>(params->batch), 1);
        ctx->seq_row.resize(static_cast<size_t>(params->batch) + 1, nullptr);

        llama_context_params cp = llama_context_default_params();
        cp.n_ctx = static_cast<uint32_t>(params->context);
        cp.n_batch = static_cast<uint32_t>(params->batch);
        cp.n_ubatch = static_cast<uint32_t>(params->microbatch);
        cp.n_outputs_max = static_cast<uint32_t>(params->outputs);
        cp.n_seq_max = static_cast<uint32_t>(params->sequences);
        cp.n_threads = params->threads;
        cp.n_threads_batch = params->threads;
        cp.flash_attn_type = params->flash == VC_FLASH_ON    ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                             : params->flash == VC_FLASH_OFF ? LLAMA_FLASH_ATTN_TYPE_DISABLED
                                                             : LLAMA_FLASH_ATTN_TYPE_AUTO;
        cp.kv_unified = true;  // sequences share a prefix: copying one is bookkeeping only
        cp.no_perf = true;
        cp.abort_callback = abort_requested;
        cp.abort_callback_data = ctx.get();
        ctx->decoder = llama_init_from_model(model->weights, cp);
        if (!ctx->decoder) return fail(err, "llama.cpp could not make a context; its log has the reason");

        ggml_threadpool_params tp = ggml_threadpool_params_default(params->threads);
        // Threads wait for the next graph by spinning: for some 2 ms, which is more
        // than sampling takes, not the default's 100, which take a core from whoever
        // works in between: the sandbox, or another context.
        tp.poll = 1;
        ctx->threads = ggml_threadpool_new(&tp);
        if (!ctx->threads) return fail(err, "cannot start " + std::to_string(params->threads) + " threads");
        llama_attach_threadpool(ctx->decoder, ctx->threads, ctx->threads);
        *out = ctx.release();
        return static_cast<int>(VC_OK);
    });
}

void vc_context_free(vc_context *ctx) { delete ctx; }

int vc_decode(vc_context *ctx, const int32_t *token, const int32_t *pos, const int32_t *seq, const int8_t *want,
              int32_t n, char *err) {
    if (n < 1 || n > ctx->capacity) {
        return fail(err, "batch of " + std::to_string(n) + " tokens, capacity " + std::to_string(ctx->capacity));
    }
    return guarded(err, [&] {
        for (int32_t i = 0; i < n; i++) ctx->seq_row[static_cast<size_t>(i)] = const_cast<llama_seq_id *>(seq + i);
        llama_batch batch = {};
        batch.n_tokens = n;
        batch.token = const_cast<llama_token *>(token);
        batch.pos = const_cast<llama_pos *>(pos);
        batch.n_seq_id = ctx->seq_count.data();
        batch.seq_id = ctx->seq_row.data();
        batch.logits = const_cast<int8_t *>(want);
        const viscoder::Offer offer(ctx->model->ours);
        const int32_t rc = llama_decode(ctx->decoder, batch);
        if (rc == 0 || rc == VC_KV_FULL || rc == VC_ABORTED) return static_cast<int>(rc);
        return fail(err, "llama_decode returned " + std::to_string(rc));
    });
}

const float *vc_logits(vc_context *ctx, int32_t i) { return llama_get_logits_ith(ctx->decoder, i); }

void vc_context_abort(vc_context *ctx, int on) { ctx->abort.store(on != 0, std::memory_order_relaxed); }

int vc_kv_remove(vc_context *ctx, int32_t seq, int32_t from, int32_t to) {
    return llama_memory_seq_rm(llama_get_memory(ctx->decoder), seq, from, to) ? VC_OK : VC_FAILED;
}

void vc_kv_copy(vc_context *ctx, int32_t source, int32_t target, int32_t from, int32_t to) {
    llama_memory_seq_cp(llama_get_memory(ctx->decoder), source, target, from, to);
}

int32_t vc_kv_last(vc_context *ctx, int32_t seq) {
    return llama_memory_seq_pos_max(llama_get_memory(ctx->decoder), seq);
}

size_t vc_kv_state_size(vc_context *ctx, int32_t seq) { return llama_state_seq_get_size(ctx->decoder, seq); }

size_t vc_kv_state_get(vc_context *ctx, int32_t seq, uint8_t *out, size_t cap) {
    return llama_state_seq_get_data(ctx->decoder, out, cap, seq);
}

int vc_kv_state_set(vc_context *ctx, int32_t seq, const uint8_t *state, size_t bytes) {
    return llama_state_seq_set_data(ctx->decoder, state, bytes, seq) == bytes ? VC_OK : VC_FAILED;
}

uint64_t vc_peak_read(const uint64_t *data, size_t words) { return viscoder::peak_read(data, words); }

int64_t vc_peak_int8(int64_t rounds, double *sum) {
    const viscoder::Peak p = viscoder::peak_int8(rounds);
    *sum = p.sum;
    return p.macs;
}

int64_t vc_peak_f32(int64_t rounds, double *sum) {
    const viscoder::Peak p = viscoder::peak_f32(rounds);
    *sum = p.sum;
    return p.macs;
}
