// SPDX-License-Identifier: MIT
// By the "HDF5 File Format Specification Version 3.0", whose sections the comments name.
#include "files/hdf5_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace eddy::files {
namespace {

constexpr int kMaxTree = 16;

class ChunkReader {
 public:
  ChunkReader(Image& image, const Where& where, const Layout& layout,
              const std::vector<Filter>& filters, const Shape& shape, uint64_t size)
      : image_(image), where_(where), layout_(layout), filters_(filters), size_(size) {
    if (layout_.chunk.size() != shape.size()) {
      bad_file(where_, "chunks with the axes of the array", "others");
    }
    chunk_bytes_ = size_;
    uint64_t whole = size_, cells = 1;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      const auto length = static_cast<uint64_t>(shape[axis]);
      shape_.push_back(length);
      grid_.push_back((length + layout_.chunk[axis] - 1) / layout_.chunk[axis]);
      multiply(chunk_bytes_, layout_.chunk[axis]);
      multiply(whole, length);
      multiply(cells, grid_.back());
    }
    cells_ = cells;
    multiply(cells, chunk_bytes_);
    image_.unpack(whole);
    image_.unpack(cells);  // at most this is unpacked on the way
    array_.resize(whole);  // what no chunk holds is zero
  }

  std::string read() {
    if (array_.empty() || layout_.address == kUndefined) return std::move(array_);
    if (layout_.version == 3) {
      read_tree(layout_.address, 0);
    } else if (layout_.index == 1) {
      const uint64_t stored = layout_.filtered_single ? layout_.single_size : chunk_bytes_;
      read_chunk(0, layout_.address, stored, layout_.single_mask);
    } else if (layout_.index == 2) {
      for (uint64_t cell = 0; cell < cells_; ++cell) {
        read_chunk(cell, layout_.address + cell * chunk_bytes_, chunk_bytes_, 0);
      }
    } else {
      read_fixed_array();
    }
    return std::move(array_);
  }

 private:
  static void multiply(uint64_t& product, uint64_t factor) {
    if (__builtin_mul_overflow(product, factor, &product) || product > kUndefined / 256) {
      product = kUndefined / 256;
    }
  }

  // III.A.1, node type 1: keys are size, mask and the first element of each chunk.
  void read_tree(uint64_t address, int depth) {
    image_.visit(address);
    image_.expect(address, "TREE");
    const auto head = image_.slice(address, 24);
    const auto level = number(image_, head, 5, 1), used = number(image_, head, 6, 2);
    if (number(image_, head, 4, 1) != 1 || depth > kMaxTree) {
      bad_file(where_, "a tree of chunks", "another");
    }
    const uint64_t axes = shape_.size(), key = 8 + 8 * (axes + 1);
    const auto entries = image_.slice(address + 24, used * (key + 8) + key);
    for (uint64_t i = 0; i < used; ++i) {
      const auto entry = entries.substr(i * (key + 8), key + 8);
      const auto child = number(image_, entry, key, 8);
      if (level > 0) {
        if (number(image_, image_.slice(child, 24), 5, 1) != level - 1) {
          bad_file(where_, fmt::format("a tree node of level {}", level - 1), "another");
        }
        read_tree(child, depth + 1);
        continue;
      }
      uint64_t cell = 0;
      for (uint64_t axis = 0; axis < axes; ++axis) {
        const auto first = number(image_, entry, 8 + 8 * axis, 8);
        if (first >= shape_[axis] || first % layout_.chunk[axis] != 0) {
          bad_file(where_, "chunks inside the array", fmt::format("one at {}", first));
        }
        cell = cell * grid_[axis] + first / layout_.chunk[axis];
      }
      read_chunk(cell, child, number(image_, entry, 0, 4), number(image_, entry, 4, 4));
    }
  }

  // VII.C: one entry a chunk, in pages where there are many.
  void read_fixed_array() {
    image_.visit(layout_.address);
    image_.expect(layout_.address, "FAHD");
    const auto head = image_.slice(layout_.address, 28);
    const bool filtered = number(image_, head, 5, 1) == 1;
    const auto entry = number(image_, head, 6, 1), page_bits = number(image_, head, 7, 1);
    const auto count = number(image_, head, 8, 8), block = number(image_, head, 16, 8);
    if (count != cells_ || page_bits > 32 || entry < 8 || (filtered && entry < 13) || entry > 20) {
      bad_file(where_, fmt::format("a list of {} chunks", cells_), fmt::format("{}", count));
    }
    if (block == kUndefined) return;
    image_.visit(block);
    image_.expect(block, "FADB");
    const uint64_t page = uint64_t{1} << page_bits;
    uint64_t at = block + 14;
    std::string_view initialized;
    const bool paged = count > page;
    if (paged) {
      const uint64_t bytes = ((count + page - 1) / page + 7) / 8;
      initialized = image_.slice(at, bytes);
      at += bytes + 4;
    }
    for (uint64_t first = 0; first < count; first += page) {
      const uint64_t here = std::min(page, count - first);
      const uint64_t number_of_page = first / page;
      const bool used =
          !paged || (initialized[number_of_page / 8] >> (7 - number_of_page % 8) & 1) != 0;
      for (uint64_t i = 0; used && i < here; ++i) {
        const auto item = image_.slice(at + i * entry, entry);
        const auto address = number(image_, item, 0, 8);
        if (address == kUndefined) continue;
        const uint64_t stored =
            filtered ? number(image_, item, 8, entry - 12) : uint64_t{chunk_bytes_};
        read_chunk(first + i, address, stored, filtered ? number(image_, item, entry - 4, 4) : 0);
      }
      at += page * entry + 4;
    }
  }

  void read_chunk(uint64_t cell, uint64_t address, uint64_t stored, uint64_t mask) {
    if (!cells_read_.insert(cell).second) bad_file(where_, "every chunk once", "one again");
    image_.spend(stored);
    std::string bytes(image_.slice(address, stored));
    for (size_t i = filters_.size(); i > 0; --i) {
      if ((mask >> (i - 1) & 1) != 0) continue;
      bytes = filters_[i - 1] == Filter::deflate ? inflated(bytes) : unshuffled(bytes);
    }
    if (bytes.size() != chunk_bytes_) {
      bad_file(where_, fmt::format("chunks of {} bytes", chunk_bytes_),
               fmt::format("one of {}", bytes.size()));
    }
    place(cell, bytes);
  }

  std::string inflated(const std::string& packed) const {
    std::string bytes(chunk_bytes_, '\0');
    uLongf length = bytes.size();
    const int result = uncompress(reinterpret_cast<Bytef*>(bytes.data()), &length,
                                  reinterpret_cast<const Bytef*>(packed.data()),
                                  static_cast<uLong>(packed.size()));
    if (result != Z_OK) bad_file(where_, "gzipped data", "damaged ones");
    bytes.resize(length);
    return bytes;
  }

  // Byte k of every element stands together with its likes.
  std::string unshuffled(const std::string& shuffled) const {
    const uint64_t count = shuffled.size() / size_;
    std::string bytes = shuffled;  // a rest that is no whole element stays
    for (uint64_t i = 0; i < count; ++i) {
      for (uint64_t k = 0; k < size_; ++k) bytes[i * size_ + k] = shuffled[k * count + i];
    }
    return bytes;
  }

  // Row by row of the last axis; what is beyond the array's edge is left out.
  void place(uint64_t cell, const std::string& bytes) {
    const size_t axes = shape_.size();
    std::vector<uint64_t> first(axes), length(axes), at(axes, 0);
    for (size_t axis = axes; axis > 0; --axis) {
      const size_t a = axis - 1;
      first[a] = cell % grid_[a] * layout_.chunk[a];
      cell /= grid_[a];
      length[a] = std::min(layout_.chunk[a], shape_[a] - first[a]);
    }
    for (bool more = true; more;) {
      uint64_t from = 0, to = 0;
      for (size_t a = 0; a < axes; ++a) {
        from = from * layout_.chunk[a] + at[a];
        to = to * shape_[a] + first[a] + at[a];
      }
      std::memcpy(array_.data() + to * size_, bytes.data() + from * size_,
                  length[axes - 1] * size_);
      more = false;
      for (size_t a = axes - 1; a > 0 && !more; --a) {
        if (++at[a - 1] < length[a - 1]) {
          more = true;
        } else {
          at[a - 1] = 0;
        }
      }
    }
  }

  Image& image_;
  const Where& where_;
  const Layout& layout_;
  const std::vector<Filter>& filters_;
  uint64_t size_ = 0, chunk_bytes_ = 0, cells_ = 0;
  std::vector<uint64_t> shape_, grid_;
  std::set<uint64_t> cells_read_;
  std::string array_;
};

}  // namespace

std::string read_chunks(Image& image, const Where& where, const Layout& layout,
                        const std::vector<Filter>& filters, const Shape& shape, uint64_t size) {
  return ChunkReader(image, where, layout, filters, shape, size).read();
}

}  // namespace eddy::files
