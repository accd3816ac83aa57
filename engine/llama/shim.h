// The whole surface through which Go sees llama.cpp. It includes nothing of
// llama.cpp's, so that the Go package can be vetted and edited before any
// native library is built. Implemented in engine/native/shim.cc.
//
// Conventions: functions that can fail return 0 or a VC_ code; text of an error
// goes to err, which holds VC_ERR_BYTES. No exception leaves the shim.
#ifndef VISCODER_SHIM_H
#define VISCODER_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VC_ERR_BYTES 512

enum {
    VC_OK = 0,
    VC_FAILED = -1,  // see err
    VC_KV_FULL = 1,  // no room in the KV cache for the batch
    VC_ABORTED = 2,  // stopped by vc_context_abort; evaluated micro-batches remain in KV
    VC_UNKEPT = 3,   // packed weights could not be written to the file of vc_place
};

typedef struct vc_model vc_model;      // weights and vocabulary, immutable
typedef struct vc_context vc_context;  // KV cache, threads and batch of one decoder

// vc_log_fn receives llama.cpp's log: ggml level (1 debug … 4 error, 5 continuation).
typedef void (*vc_log_fn)(int level, const char* text);
// vc_progress_fn receives the share loaded, 0…1; returning 0 stops the load.
typedef int (*vc_progress_fn)(float share, uintptr_t user);

void vc_init(vc_log_fn log);
const char* vc_version(void);      // llama.cpp's version
const char* vc_system_info(void);  // compiled-in CPU features
const char* vc_kernels_isa(void);  // instruction set of our kernels, "" where there are none

enum {
    VC_KERNELS_OURS = 0,  // ggml's where ours lack a weight type or this CPU
    VC_KERNELS_GGML = 1,
};

// Where weights in our packed layout go, asked for once in a load.
typedef struct {
    void* base;    // page-aligned memory of the bytes asked for; NULL: memory of ggml's, kept nowhere
    int32_t file;  // descriptor of a file that base shows, into which weights are packed; -1: base has them
    uint64_t at;   // offset of base in the file
} vc_place;
typedef void (*vc_place_fn)(size_t bytes, uintptr_t user, vc_place* out);

// A part of a model file as llama.cpp is to see it; parts follow one another.
typedef struct {
    uint64_t bytes;      // a multiple of 32
    const void* memory;  // NULL: weights that vc_place has already
} vc_part;

typedef struct {
    int32_t repack;           // convert weights to an interleaved layout while loading
    int32_t kernels;          // VC_KERNELS_…: whose layout that is, and whose products
    vc_progress_fn progress;  // may be NULL
    vc_place_fn place;        // may be NULL
    const vc_part* parts;     // what to show instead of the file at path; NULL: that file
    int32_t part_count;
    uintptr_t user;
} vc_model_params;

int vc_model_load(const char* path, const vc_model_params* params, vc_model** out, char* err);
void vc_model_free(vc_model* model);

// A weight in the memory of vc_place.
typedef struct {
    char name[64];
    int32_t type;  // ggml's number of the type that the model file has
    int64_t rows, columns;
    uint64_t offset, bytes;  // from vc_place.base
} vc_section;
// vc_model_sections returns how many weights lie there, and writes up to cap of them.
int32_t vc_model_sections(const vc_model* model, vc_section* out, int32_t cap);
// vc_layout_key names the packed layout: equal keys, equal bytes for equal weights.
const char* vc_layout_key(void);

typedef struct {
    int32_t vocab;          // tokens
    int32_t train_context;  // tokens
    int32_t layers;
    uint64_t params;
    uint64_t bytes;
} vc_model_info;

void vc_model_describe(const vc_model* model, vc_model_info* out);
const char* vc_model_chat_template(const vc_model* model);  // NULL where the file has none

// vc_tokenize returns the number of tokens, or minus the number needed when
// that is more than cap; INT32_MIN on overflow and for text that is no UTF-8.
int32_t vc_tokenize(const vc_model* model, const char* text, int32_t bytes, int add_special, int parse_special,
                    int32_t* out, int32_t cap);
// vc_piece returns the number of bytes of a token, or minus the number needed.
int32_t vc_piece(const vc_model* model, int32_t token, int special, char* out, int32_t cap);
int vc_is_eog(const vc_model* model, int32_t token);

// vc_chat renders n turns by the template; returns bytes, which may exceed cap
// (then call again), or a negative number for an unknown template.
int32_t vc_chat(const char* tmpl, const char* const* roles, const char* const* texts, int32_t n, int open_assistant,
                char* out, int32_t cap);

// Whether attention is one fused step.
enum {
    VC_FLASH_AUTO = 0,
    VC_FLASH_ON = 1,
    VC_FLASH_OFF = 2,
};

typedef struct {
    int32_t context;     // tokens of KV over all sequences
    int32_t batch;       // most tokens of one vc_decode
    int32_t microbatch;  // tokens evaluated at once
    int32_t outputs;     // most rows of logits of one vc_decode
    int32_t sequences;
    int32_t threads;
    int32_t flash;  // VC_FLASH_…
} vc_context_params;

int vc_context_new(vc_model* model, const vc_context_params* params, vc_context** out, char* err);
void vc_context_free(vc_context* ctx);

// vc_decode evaluates n tokens; token i stands at position pos[i] of sequence
// seq[i], and gets a row of logits where want[i] is not 0.
int vc_decode(vc_context* ctx, const int32_t* token, const int32_t* pos, const int32_t* seq, const int8_t* want,
              int32_t n, char* err);
// vc_logits points at the row of batch position i of the last vc_decode:
// vc_model_info.vocab floats, valid until the next vc_decode. NULL if not asked for.
const float* vc_logits(vc_context* ctx, int32_t i);
// vc_context_abort makes a running vc_decode return VC_ABORTED (on != 0), from any thread.
void vc_context_abort(vc_context* ctx, int on);

// KV positions [from, to) of a sequence; to < 0 means the end.
int vc_kv_remove(vc_context* ctx, int32_t seq, int32_t from, int32_t to);
void vc_kv_copy(vc_context* ctx, int32_t source, int32_t target, int32_t from, int32_t to);
int32_t vc_kv_last(vc_context* ctx, int32_t seq);  // highest position held, -1 if none

// The KV of a sequence as bytes. vc_kv_state_get returns how many it wrote, 0 if
// cap is too small; vc_kv_state_set replaces what the sequence holds.
size_t vc_kv_state_size(vc_context* ctx, int32_t seq);
size_t vc_kv_state_get(vc_context* ctx, int32_t seq, uint8_t* out, size_t cap);
int vc_kv_state_set(vc_context* ctx, int32_t seq, const uint8_t* state, size_t bytes);

// Loops that measure the limits of this CPU, in the instruction set of
// vc_kernels_isa; what they return shows that they did it.
uint64_t vc_peak_read(const uint64_t* data, size_t words);  // sum of the words, a multiple of 64
int64_t vc_peak_int8(int64_t rounds, double* sum);          // multiplications done; each adds 1 to sum
int64_t vc_peak_f32(int64_t rounds, double* sum);

#ifdef __cplusplus
}
#endif
#endif
