#include "parts.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace viscoder {

PartFile::PartFile(const vc_part *parts, int count) : parts_(parts), start_{0} {
    for (int i = 0; i < count; i++) start_.push_back(start_.back() + parts[i].bytes);
    stream_ = fopencookie(this, "rb", {read, nullptr, seek, nullptr});
    if (!stream_) throw std::runtime_error("cannot make a stream of a model file");
    setvbuf(stream_, buffer_, _IOFBF, sizeof buffer_);
}

PartFile::~PartFile() { fclose(stream_); }

int PartFile::part_at(uint64_t at) const {
    return static_cast<int>(std::upper_bound(start_.begin(), start_.end(), at) - start_.begin()) - 1;
}

// read returns what one part has of the bytes; stdio asks again for the rest.
ssize_t PartFile::read(void *cookie, char *to, size_t bytes) {
    auto *f = static_cast<PartFile *>(cookie);
    if (f->at_ >= f->start_.back() || bytes == 0) return 0;
    const int i = f->part_at(f->at_);
    const vc_part &part = f->parts_[i];
    if (!part.memory) {
        errno = EIO;
        return -1;
    }
    const uint64_t within = f->at_ - f->start_[static_cast<size_t>(i)];
    const auto n = static_cast<size_t>(std::min<uint64_t>(bytes, part.bytes - within));
    memcpy(to, static_cast<const char *>(part.memory) + within, n);
    f->at_ += n;
    return static_cast<ssize_t>(n);
}

int PartFile::seek(void *cookie, off64_t *offset, int whence) {
    auto *f = static_cast<PartFile *>(cookie);
    const auto end = static_cast<off64_t>(f->start_.back());
    const off64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? static_cast<off64_t>(f->at_) : end;
    off64_t target = from + *offset;
    if (target < 0 || target > end) {
        errno = EINVAL;
        return -1;
    }
    if (target < end && !f->parts_[f->part_at(static_cast<uint64_t>(target))].memory) target = end;
    f->at_ = static_cast<uint64_t>(target);
    *offset = target;
    return 0;
}

}  // namespace viscoder
