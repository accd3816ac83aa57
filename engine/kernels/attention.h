// Attention of a batch of rows over the KV cache, shared out to threads: by heads
// and rows where there are enough of them, else by positions too.
#pragma once

#include "isa.h"

namespace viscoder {

// AttentionArgs are the operands; strides are in bytes. Heads h of the queries
// look at head h / (heads / kv_heads) of keys and values.
struct AttentionArgs {
    const char *q;  // float [row][head][dk]
    size_t q_row, q_head;
    const char *k, *v;  // fp16 [position][kv head][dk or dv]
    size_t k_position, k_head, v_position, v_head;
    const char *mask;  // fp16 [row][position], or nullptr
    size_t mask_row;
    float *out;  // [row][head][dv]
    int64_t rows, heads, kv_heads, positions;
    int dk, dv;  // multiples of 16
    float scale;
};

// Attention is one such product. Each thread takes units, all wait for each
// other, then every thread calls reduce with its share.
class Attention {
  public:
    Attention(const Isa &isa, const AttentionArgs &args, int threads, void *work);

    size_t work_bytes() const;
    int64_t units() const { return tiles_ * splits_; }
    void unit(int64_t i, int thread) const;
    bool needs_reduce() const { return splits_ > 1; }
    void reduce(int i, int n) const;

  private:
    // Results of one unit: out [vectors][dv], then max and sum [vectors].
    int64_t slot_floats() const { return kAttendVectors * (args_.dv + 2); }
    float *slot(int64_t i) const { return slots_ + i * slot_floats(); }
    int vectors_of(int64_t tile) const;
    float *out_of(int64_t tile, int i) const;

    const Isa &isa_;
    const AttentionArgs args_;
    int threads_;
    int64_t group_;          // query heads of a kv head
    int64_t vectors_;        // query vectors of a kv head: row · group + head
    int64_t tiles_of_head_;  // of at most kAttendVectors
    int64_t tiles_, splits_;
    float *scratch_ = nullptr, *slots_ = nullptr;
};

}  // namespace viscoder
