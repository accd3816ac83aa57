// Where the packed weights of one model lie when its owner wants to keep them:
// memory that shows a file. A first load packs into the file, a later one finds
// them there.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "ggml.h"

namespace viscoder {

// Section is one tensor of an image.
struct Section {
    char name[64];
    int32_t type;  // ggml's
    int64_t rows, columns;
    uint64_t offset, bytes;  // within the image
};

class Image {
  public:
    // Place is what the owner answers to a request for memory.
    struct Place {
        void *base = nullptr;  // page-aligned; nullptr: the image keeps nothing
        int file = -1;         // what base shows, or -1: base holds packed weights
        uint64_t at = 0;       // offset of base in the file
    };
    using Ask = Place (*)(size_t bytes, uintptr_t user);

    Image(Ask ask, uintptr_t user) : ask_(ask), user_(user) {}

    // claim asks for the memory of all weights, once; nullptr where the image
    // does not take them.
    void *claim(size_t bytes);
    // holds says whether the tensor lies in this image.
    bool holds(const ggml_tensor *t) const;
    // note lists a tensor that lies in this image.
    void note(const ggml_tensor *t);
    // set packs a tensor from the blocks of its file into the image's file, on
    // all cores.
    void set(const ggml_tensor *t, const void *blocks);
    // ready says whether the image has its weights already, so that set must not
    // be called.
    bool ready() const { return place_.base && place_.file < 0; }

    const std::vector<Section> &sections() const { return sections_; }
    int error() const { return error_; }  // errno of a write that failed, else 0

  private:
    static constexpr size_t kWriteBytes = 2 << 20;
    uint64_t offset(const ggml_tensor *t) const {
        return static_cast<uint64_t>(static_cast<const char *>(t->data) - static_cast<const char *>(place_.base));
    }
    void write(const void *data, size_t bytes, uint64_t offset);

    Ask ask_;
    uintptr_t user_;
    bool asked_ = false;
    Place place_;
    size_t bytes_ = 0;
    std::vector<Section> sections_;
    std::atomic<int> error_{0};
};

}  // namespace viscoder
