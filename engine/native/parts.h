// A model file as llama.cpp is to see it: a stream made of pieces of memory, and
// of gaps whose bytes are in place already. A seek into a gap ends at the end of
// the stream: llama.cpp, which cuts its reads there, then reads nothing. Whoever
// reads a gap all the same gets an error.
#pragma once

#include <cstdio>
#include <vector>

#include "shim.h"

namespace viscoder {

class PartFile {
  public:
    // Throws std::runtime_error where a stream cannot be made. Parts must live as
    // long as this.
    PartFile(const vc_part *parts, int count);
    ~PartFile();
    PartFile(const PartFile &) = delete;
    PartFile &operator=(const PartFile &) = delete;

    FILE *stream() const { return stream_; }

  private:
    // stdio seeks to multiples of its buffer's size and reads up to the place it
    // wants: gaps begin and end at such multiples.
    static constexpr int kBuffer = 32;

    int part_at(uint64_t at) const;
    static ssize_t read(void *cookie, char *to, size_t bytes);
    static int seek(void *cookie, off64_t *offset, int whence);

    const vc_part *parts_;
    std::vector<uint64_t> start_;  // of each part in the stream, and its end
    uint64_t at_ = 0;
    FILE *stream_ = nullptr;
    char buffer_[kBuffer];
};

}  // namespace viscoder
