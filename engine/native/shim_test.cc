// Drives the C surface under the sanitizers: load, tokenize, chat, decode, rewind,
// copy, abort, and every error path, on a model file given as the argument.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "shim.h"

#define CHECK(what)                                                        \
    do {                                                                   \
        if (!(what)) {                                                     \
            fprintf(stderr, "shim_test:%d: %s failed\n", __LINE__, #what); \
            exit(1);                                                       \
        }                                                                  \
    } while (0)

static std::vector<float> row(vc_context *ctx, int32_t i, int32_t vocab) {
    const float *p = vc_logits(ctx, i);
    CHECK(p != nullptr);
    return std::vector<float>(p, p + vocab);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    char err[VC_ERR_BYTES] = "";
    vc_init([](int, const char *) {});
    CHECK(strlen(vc_version()) > 0);

    vc_model_params mp = {};
    vc_model *model = nullptr;
    CHECK(vc_model_load("/nonexistent.gguf", &mp, &model, err) == VC_FAILED && strlen(err) > 0);
    float seen = 0;
    mp.user = reinterpret_cast<uintptr_t>(&seen);
    mp.progress = [](float, uintptr_t) { return 0; };
    CHECK(vc_model_load(argv[1], &mp, &model, err) == VC_FAILED);
    mp.progress = [](float share, uintptr_t user) {
        *reinterpret_cast<float *>(user) = share;
        return 1;
    };
    CHECK(vc_model_load(argv[1], &mp, &model, err) == VC_OK && seen > 0);

    vc_model_info info;
    vc_model_describe(model, &info);
    CHECK(info.vocab > 0 && info.layers > 0);

    const std::string text = "plot monthly sales";
    int32_t need = -vc_tokenize(model, text.data(), static_cast<int32_t>(text.size()), 0, 0, nullptr, 0);
    CHECK(need > 2);
    std::vector<int32_t> tokens(static_cast<size_t>(need));
    CHECK(vc_tokenize(model, text.data(), static_cast<int32_t>(text.size()), 0, 0, tokens.data(), need) == need);
    std::string back;
    for (int32_t t : tokens) {
        char piece[64];
        int32_t n = vc_piece(model, t, 0, piece, sizeof piece);
        CHECK(n > 0);
        back.append(piece, static_cast<size_t>(n));
    }
    CHECK(back == text);

    const char *roles[] = {"system", "user"};
    const char *texts[] = {"be short", "hello"};
    std::vector<char> rendered(4096);
    CHECK(vc_model_chat_template(model) != nullptr);
    int32_t bytes = vc_chat(vc_model_chat_template(model), roles, texts, 2, 1, rendered.data(), 4096);
    CHECK(bytes > 0 && std::string(rendered.data(), static_cast<size_t>(bytes)).find("hello") != std::string::npos);
    CHECK(vc_chat("no such template", roles, texts, 2, 1, rendered.data(), 4096) < 0);

    vc_context_params cp = {256, 64, 32, 64, 2, 2, VC_FLASH_AUTO};
    vc_context *ctx = nullptr;
    CHECK(vc_context_new(model, &cp, &ctx, err) == VC_OK);
    std::vector<int32_t> pos, seq(tokens.size(), 0);
    for (int32_t i = 0; i < need; i++) pos.push_back(i);
    std::vector<int8_t> want(tokens.size(), 0);
    want.back() = 1;
    CHECK(vc_decode(ctx, tokens.data(), pos.data(), seq.data(), want.data(), 0, err) == VC_FAILED);
    CHECK(vc_decode(ctx, tokens.data(), pos.data(), seq.data(), want.data(), 65, err) == VC_FAILED);
    CHECK(vc_decode(ctx, tokens.data(), pos.data(), seq.data(), want.data(), need, err) == VC_OK);
    CHECK(vc_kv_last(ctx, 0) == need - 1);
    const auto first = row(ctx, need - 1, info.vocab);

    // Rewind by one and replay gives the same row.
    CHECK(vc_kv_remove(ctx, 0, need - 1, -1) == VC_OK && vc_kv_last(ctx, 0) == need - 2);
    CHECK(vc_decode(ctx, &tokens.back(), &pos.back(), seq.data(), &want.back(), 1, err) == VC_OK);
    const auto replayed = row(ctx, 0, info.vocab);
    for (size_t i = 0; i < first.size(); i++) CHECK(std::abs(first[i] - replayed[i]) < 1e-2f);

    vc_kv_copy(ctx, 0, 1, 0, -1);
    CHECK(vc_kv_last(ctx, 1) == need - 1);

    vc_context_abort(ctx, 1);
    int32_t next = need, target = 1;
    CHECK(vc_decode(ctx, tokens.data(), &next, &target, want.data(), 1, err) == VC_ABORTED);
    vc_context_abort(ctx, 0);
    CHECK(vc_kv_remove(ctx, 1, need, -1) == VC_OK);
    CHECK(vc_decode(ctx, tokens.data(), &next, &target, want.data(), 1, err) == VC_OK);

    // More tokens than the KV cache holds.
    int full = 0;
    for (int32_t p = need; p < 400 && !full; p++) {
        int32_t s = 0;
        full = vc_decode(ctx, tokens.data(), &p, &s, want.data(), 1, err);
    }
    CHECK(full == VC_KV_FULL);

    vc_context_free(ctx);
    vc_model_free(model);
    puts("shim_test: passed");
    return 0;
}
