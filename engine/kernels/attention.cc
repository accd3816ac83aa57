#include "attention.h"

#include <algorithm>
#include <cmath>

namespace viscoder {
namespace {

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// A tile is cut into splits of positions only where threads would have nothing to do.
int64_t splits_of(int64_t tiles, int64_t positions, int threads) {
    constexpr int64_t kLeastPositions = 2 * kAttendBlock;
    if (tiles >= threads) return 1;
    return std::clamp<int64_t>(ceil_div(threads, tiles), 1, ceil_div(positions, kLeastPositions));
}

}  // namespace

Attention::Attention(const Isa &isa, const AttentionArgs &args, int threads, void *work)
    : isa_(isa),
      args_(args),
      threads_(threads),
      group_(args.heads / args.kv_heads),
      vectors_(args.rows * group_),
      tiles_of_head_(ceil_div(vectors_, kAttendVectors)),
      tiles_(tiles_of_head_ * args.kv_heads),
      splits_(splits_of(tiles_, args.positions, threads)) {
    if (!work) return;  // to be asked for work_bytes only
    scratch_ = reinterpret_cast<float *>((reinterpret_cast<uintptr_t>(work) + 63) & ~uintptr_t{63});
    slots_ = scratch_ + threads * attend_scratch(args.dk, args.dv);
}

size_t Attention::work_bytes() const {
    const int64_t slots = splits_ > 1 ? units() : threads_;
    const int64_t floats = threads_ * attend_scratch(args_.dk, args_.dv) + slots * slot_floats();
    return static_cast<size_t>(floats) * sizeof(float) + 64;
}

int Attention::vectors_of(int64_t tile) const {
    const int64_t first = tile % tiles_of_head_ * kAttendVectors;
    return static_cast<int>(std::min<int64_t>(kAttendVectors, vectors_ - first));
}

float *Attention::out_of(int64_t tile, int i) const {
    const int64_t vector = tile % tiles_of_head_ * kAttendVectors + i;
    const int64_t head = tile / tiles_of_head_ * group_ + vector % group_;
    return args_.out + (vector / group_ * args_.heads + head) * args_.dv;
}

void Attention::unit(int64_t i, int thread) const {
    const int64_t tile = i / splits_, split = i % splits_, kv_head = tile / tiles_of_head_;
    const int64_t blocks = ceil_div(args_.positions, kAttendBlock);
    float *result = slot(splits_ > 1 ? i : thread);
    AttendJob job = {};
    job.vectors = vectors_of(tile);
    for (int n = 0; n < job.vectors; n++) {
        const int64_t vector = tile % tiles_of_head_ * kAttendVectors + n;
        const auto row = static_cast<size_t>(vector / group_);
        const auto head = static_cast<size_t>(kv_head * group_ + vector % group_);
        job.q[n] = reinterpret_cast<const float *>(args_.q + row * args_.q_row + head * args_.q_head);
        if (args_.mask) job.mask[n] = reinterpret_cast<const uint16_t *>(args_.mask + row * args_.mask_row);
    }
    job.k = args_.k + static_cast<size_t>(kv_head) * args_.k_head;
    job.v = args_.v + static_cast<size_t>(kv_head) * args_.v_head;
    job.k_stride = args_.k_position;
    job.v_stride = args_.v_position;
    job.first = blocks * split / splits_ * kAttendBlock;
    job.last = std::min(args_.positions, blocks * (split + 1) / splits_ * kAttendBlock);
    job.dk = args_.dk;
    job.dv = args_.dv;
    job.scale = args_.scale;
    job.scratch = scratch_ + thread * attend_scratch(args_.dk, args_.dv);
    job.out = result;
    job.max = result + kAttendVectors * args_.dv;
    job.sum = job.max + kAttendVectors;
    isa_.attend(job);
    if (splits_ > 1) return;
    for (int n = 0; n < job.vectors; n++) {
        const float share = job.sum[n] == 0 ? 0 : 1 / job.sum[n];
        float *out = out_of(tile, n);
        for (int d = 0; d < args_.dv; d++) out[d] = share * job.out[n * args_.dv + d];
    }
}

void Attention::reduce(int thread, int n) const {
    for (int64_t item = thread; item < tiles_ * kAttendVectors; item += n) {
        const int64_t tile = item / kAttendVectors;
        const int vector = static_cast<int>(item % kAttendVectors);
        if (vector >= vectors_of(tile)) continue;
        const auto max_of = [&](int64_t s) { return slot(tile * splits_ + s)[kAttendVectors * args_.dv + vector]; };
        float most = -INFINITY, sum = 0;
        for (int64_t s = 0; s < splits_; s++) most = std::max(most, max_of(s));
        float *out = out_of(tile, vector);
        std::fill(out, out + args_.dv, 0.0f);
        for (int64_t s = 0; s < splits_; s++) {
            const float *part = slot(tile * splits_ + s);
            const float part_sum = part[kAttendVectors * (args_.dv + 1) + vector];
            const float share = part_sum == 0 ? 0 : std::exp(max_of(s) - most);
            sum += share * part_sum;
            for (int d = 0; d < args_.dv; d++) out[d] += share * part[vector * args_.dv + d];
        }
        const float share = sum == 0 ? 0 : 1 / sum;
        for (int d = 0; d < args_.dv; d++) out[d] *= share;
    }
}

}  // namespace viscoder
