#include "image.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ggml.h"
#include "pack.h"
#include "type_of.h"

namespace viscoder {

void *Image::claim(size_t bytes) {
    if (asked_ || bytes == 0) return nullptr;
    asked_ = true;
    place_ = ask_(bytes, user_);
    bytes_ = place_.base ? bytes : 0;
    return place_.base;
}

bool Image::holds(const ggml_tensor *t) const {
    const auto base = reinterpret_cast<uintptr_t>(place_.base), at = reinterpret_cast<uintptr_t>(t->data);
    return place_.base && at >= base && at < base + bytes_;
}

void Image::write(const void *data, size_t bytes, uint64_t offset) {
    const char *from = static_cast<const char *>(data);
    while (bytes > 0 && error_ == 0) {
        const ssize_t n = pwrite(place_.file, from, bytes, static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            error_ = n < 0 ? errno : EIO;
            return;
        }
        from += n;
        offset += static_cast<uint64_t>(n);
        bytes -= static_cast<size_t>(n);
    }
}

void Image::note(const ggml_tensor *t) {
    const Type type = type_of(t);
    Section s = {};
    memcpy(s.name, t->name, std::min(sizeof s.name, sizeof t->name));  // ended by a NUL
    s.type = t->type;
    s.rows = t->ne[1];
    s.columns = t->ne[0];
    s.offset = offset(t);
    s.bytes = type == kTypes ? ggml_nbytes(t) : packed_bytes(kFormats[type], s.rows, s.columns);
    sections_.push_back(s);
}

void Image::set(const ggml_tensor *t, const void *blocks) {
    const Type type = type_of(t);
    const int64_t rows = t->ne[1], columns = t->ne[0];
    const uint64_t at = place_.at + offset(t);
    if (type == kTypes) return write(blocks, ggml_nbytes(t), at);

    // Large writes give the file large pages in the page cache; writing through
    // the mapping would take a fault for each small one.
    const size_t group = group_bytes(kFormats[type], columns);
    const int64_t at_once = std::max<int64_t>(1, static_cast<int64_t>(kWriteBytes / group));
    on_all_cores(groups_of(rows), packed_bytes(kFormats[type], rows, columns), [&](int64_t first, int64_t last) {
        std::vector<uint8_t> packed(static_cast<size_t>(std::min(at_once, last - first)) * group);
        for (int64_t g = first; g < last; g += at_once) {
            const int64_t n = std::min(at_once, last - g);
            pack_groups(type,
                        static_cast<const uint8_t *>(blocks) + file_bytes(kFormats[type], g * kGroupRows, columns),
                        rows - g * kGroupRows, columns, 0, n, packed.data());
            write(packed.data(), static_cast<size_t>(n) * group, at + static_cast<size_t>(g) * group);
        }
    });
}

}  // namespace viscoder
