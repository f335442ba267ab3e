// SPDX-License-Identifier: MIT
// By the "HDF5 File Format Specification Version 3.0", whose sections the comments name.
#include "files/hdf5_index.h"

#include <algorithm>
#include <bit>

namespace eddy::files {
namespace {

constexpr int kMaxDepth = 16;

// III.A.2: sizes that follow from the header of a version 2 B-tree.
class BTree {
 public:
  BTree(Image& image, uint64_t address, uint64_t type,
        const std::function<void(std::string_view)>& use)
      : image_(image), use_(use) {
    image_.visit(address);
    image_.expect(address, "BTHD");
    const auto head = image_.slice(address, 38);
    type_ = number(image_, head, 5, 1);
    node_size_ = number(image_, head, 6, 4);
    record_ = number(image_, head, 10, 2);
    depth_ = number(image_, head, 12, 2);
    root_ = number(image_, head, 16, 8);
    root_records_ = number(image_, head, 24, 2);
    if (type_ != type || record_ == 0 || node_size_ < kPrefix + record_ || depth_ > kMaxDepth) {
      bad_file(image_.where(), fmt::format("a tree of records of type {}", type), "another");
    }
    // How many records fit below a node of each level, which decides the width of their counts.
    const uint64_t leaf = (node_size_ - kPrefix) / record_;
    count_width_ = width_of(leaf);
    uint64_t below = leaf;
    for (uint64_t level = 1; level <= depth_; ++level) {
      totals_.push_back(level == 1 ? 0 : width_of(below));
      const uint64_t pointer = 8 + count_width_ + totals_.back();
      const uint64_t most = node_size_ < kPrefix + pointer
                                ? 0
                                : (node_size_ - kPrefix - pointer) / (record_ + pointer);
      if (__builtin_mul_overflow(most + 1, below, &below)) below = kUndefined / 2;
      below = std::min(below + most, kUndefined / 2);
    }
  }

  void walk() {
    if (root_ != kUndefined && root_records_ > 0) node(root_, root_records_, depth_);
  }

 private:
  static constexpr uint64_t kPrefix = 10;  // signature, version, type and checksum

  void node(uint64_t address, uint64_t records, uint64_t level) {
    image_.visit(address);
    image_.expect(address, level == 0 ? "BTLF" : "BTIN");
    const uint64_t pointer = level == 0 ? 0 : 8 + count_width_ + totals_[level - 1];
    const auto body =
        image_.slice(address + 6, records * record_ + (level == 0 ? 0 : (records + 1) * pointer));
    const auto child = [&](uint64_t i) {
      const uint64_t at = records * record_ + i * pointer;
      node(number(image_, body, at, 8), number(image_, body, at + 8, count_width_), level - 1);
    };
    for (uint64_t i = 0; i < records; ++i) {
      if (level > 0) child(i);
      use_(body.substr(i * record_, record_));
    }
    if (level > 0) child(records);
  }

  Image& image_;
  const std::function<void(std::string_view)>& use_;
  uint64_t type_ = 0, node_size_ = 0, record_ = 0, depth_ = 0, root_ = 0, root_records_ = 0;
  uint64_t count_width_ = 0;
  std::vector<uint64_t> totals_;  // [depth]  width of the counts below a child, level 1 first
};

}  // namespace

std::string GlobalHeaps::text(std::string_view id) {
  const auto length = number(image_, id, 0, 4), address = number(image_, id, 4, 8);
  if (length == 0) return {};
  const Collection& heap = collection(address);
  const auto found = heap.find(number(image_, id, 12, 4));
  if (found == heap.end() || length > found->second.size()) {
    bad_file(image_.where(), fmt::format("a string of {} bytes", length), "none in its heap");
  }
  image_.spend(length);
  return std::string(found->second.substr(0, length));
}

const GlobalHeaps::Collection& GlobalHeaps::collection(uint64_t address) {
  if (const auto known = collections_.find(address); known != collections_.end()) {
    return known->second;
  }
  image_.visit(address);
  image_.expect(address, "GCOL");
  const auto size = number(image_, image_.slice(address, 16), 8, 8);
  auto rest = after(image_, image_.slice(address, size), 16);
  Collection& heap = collections_[address];
  while (rest.size() >= 16) {
    const auto index = number(image_, rest, 0, 2), length = number(image_, rest, 8, 8);
    if (index == 0) break;  // free space up to the end
    if (length > rest.size() - 16) bad_file(image_.where(), "a whole heap object", "a part");
    image_.visit(address + size - rest.size() + 8);  // inside the object: nobody else's address
    heap[index] = rest.substr(16, length);
    rest = after(image_, rest, std::min<uint64_t>(16 + (length + 7) / 8 * 8, rest.size()));
  }
  return heap;
}

void walk_btree(Image& image, uint64_t address, uint64_t type,
                const std::function<void(std::string_view record)>& use) {
  BTree(image, address, type, use).walk();
}

FractalHeap::FractalHeap(Image& image, uint64_t address) : image_(image) {
  image_.visit(address);
  image_.expect(address, "FRHP");
  const auto head = image_.slice(address, 142);
  if (number(image_, head, 7, 2) != 0) {
    not_supported(image_.where(), "links and attributes as they are", "filtered ones",
                  kOtherLayout);
  }
  id_length_ = number(image_, head, 5, 2);
  const auto largest = number(image_, head, 10, 4);
  huge_tree_ = number(image_, head, 22, 8);
  width_ = number(image_, head, 110, 2);
  start_ = number(image_, head, 112, 8);
  max_direct_ = number(image_, head, 120, 8);
  const auto bits = number(image_, head, 128, 2);
  root_ = number(image_, head, 132, 8);
  rows_ = number(image_, head, 140, 2);
  const bool sane = std::has_single_bit(width_) && std::has_single_bit(start_) &&
                    std::has_single_bit(max_direct_) && start_ <= max_direct_ && bits <= 64 &&
                    max_direct_ <= (uint64_t{1} << 32) && rows_ <= 64;
  if (!sane) bad_file(image_.where(), "a heap with blocks of powers of 2", "others");
  offset_width_ = (bits + 7) / 8;
  length_width_ =
      std::min((static_cast<uint64_t>(std::bit_width(max_direct_)) + 7) / 8, width_of(largest));
}

std::string_view FractalHeap::object(std::string_view id) {
  const auto kind = number(image_, id, 0, 1);
  if (id.size() < id_length_ || (kind & 0xC0) != 0) {
    bad_file(image_.where(), "a heap id of version 0", "another");
  }
  std::string_view bytes;
  if ((kind & 0x30) == 0) {
    bytes = managed(number(image_, id, 1, offset_width_),
                    number(image_, id, 1 + offset_width_, length_width_));
  } else if ((kind & 0x30) == 0x10) {
    if (id_length_ >= 17) {
      not_supported(image_.where(), "heap ids of 8 bytes or less", "longer ones", kOtherLayout);
    }
    bytes = huge(number(image_, id, 1, std::min<uint64_t>(8, id_length_ - 1)));
  } else {
    bytes = after(image_, id, 1).substr(0, (kind & 15) + 1);
  }
  image_.spend(bytes.size());
  return bytes;
}

// III.G: offsets count the blocks' own heads.
std::string_view FractalHeap::managed(uint64_t offset, uint64_t length) {
  if (rows_ > 0) return in_indirect(root_, rows_, 0, offset, length, 0);
  if (offset > start_ || length > start_ - offset) {
    bad_file(image_.where(), fmt::format("a heap of {} bytes", start_), fmt::format("{}", offset));
  }
  image_.expect(root_, "FHDB");
  return image_.slice(root_, start_).substr(offset, length);
}

// Rows of `width_` blocks; the first two have blocks of `start_`, every further one twice as long.
std::string_view FractalHeap::in_indirect(uint64_t address, uint64_t rows, uint64_t begin,
                                          uint64_t offset, uint64_t length, int depth) {
  if (depth > kMaxDepth) bad_file(image_.where(), "a flat heap", "a deep one");
  image_.expect(address, "FHIB");
  uint64_t block = start_, entry = 0;
  for (uint64_t row = 0; row < rows && row < 60; ++row, entry += width_) {
    if (row > 1 && __builtin_mul_overflow(block, uint64_t{2}, &block)) break;
    uint64_t span = 0;
    if (__builtin_mul_overflow(block, width_, &span)) break;
    if (offset - begin >= span) {
      begin += span;
      continue;
    }
    const uint64_t column = (offset - begin) / block;
    const uint64_t at = address + 5 + 8 + offset_width_ + 8 * (entry + column);
    const auto child = number(image_, image_.slice(at, 8), 0, 8);
    begin += column * block;
    if (block > max_direct_) {
      const auto below = static_cast<uint64_t>(std::bit_width(block / (start_ * width_)));
      return in_indirect(child, below, begin, offset, length, depth + 1);
    }
    const uint64_t inside = offset - begin;
    if (length > block - inside) bad_file(image_.where(), "a whole heap object", "a part");
    image_.expect(child, "FHDB");
    return image_.slice(child, block).substr(inside, length);
  }
  bad_file(image_.where(), "an offset in the heap", fmt::format("{}", offset));
}

std::string_view FractalHeap::huge(uint64_t key) {
  if (!huge_read_ && huge_tree_ != kUndefined) {
    walk_btree(image_, huge_tree_, 1, [&](std::string_view record) {
      huge_[number(image_, record, 16, 8)] =
          image_.slice(number(image_, record, 0, 8), number(image_, record, 8, 8));
    });
  }
  huge_read_ = true;
  const auto found = huge_.find(key);
  if (found == huge_.end()) bad_file(image_.where(), "a large heap object", "none");
  return found->second;
}

}  // namespace eddy::files
