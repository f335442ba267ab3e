// SPDX-License-Identifier: MIT
// The places in an HDF5 file where many small things stand together: heaps of names, strings,
// links and attributes, and the trees that list them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "files/hdf5_image.h"

namespace eddy::files {

// III.E: global heaps, where strings of any length stand.
class GlobalHeaps {
 public:
  explicit GlobalHeaps(Image& image) : image_(image) {}
  // `id`  [16]  length, address, index: an element of type "text"
  std::string text(std::string_view id);

 private:
  using Collection = std::map<uint64_t, std::string_view>;  // by index
  const Collection& collection(uint64_t address);

  Image& image_;
  std::map<uint64_t, Collection> collections_;  // by address
};

// III.A.2: calls `use` for every record of a version 2 B-tree, in order.
void walk_btree(Image& image, uint64_t address, uint64_t type,
                const std::function<void(std::string_view record)>& use);

// III.G: a fractal heap, where links and attributes stand once an object has many or large ones.
class FractalHeap {
 public:
  FractalHeap(Image& image, uint64_t address);
  // `id`  as a tree's record holds it; longer is no harm
  std::string_view object(std::string_view id);

 private:
  std::string_view managed(uint64_t offset, uint64_t length);
  std::string_view in_indirect(uint64_t address, uint64_t rows, uint64_t begin, uint64_t offset,
                               uint64_t length, int depth);
  std::string_view huge(uint64_t key);

  Image& image_;
  uint64_t id_length_ = 0, offset_width_ = 0, length_width_ = 0;
  uint64_t width_ = 0, start_ = 0, max_direct_ = 0, root_ = 0, rows_ = 0;
  uint64_t huge_tree_ = 0;
  bool huge_read_ = false;
  std::map<uint64_t, std::string_view> huge_;
};

}  // namespace eddy::files
