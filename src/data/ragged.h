// SPDX-License-Identifier: MIT
// Lists of ids end to end, and the bounds within which files are believed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace eddy::data {

// IMDB has 25,000 reviews and 6 million ids a split. Ten times as much is believed; beyond that a
// file is taken for damaged before it can eat the memory.
inline constexpr size_t kMaxLists = 1'000'000;
inline constexpr size_t kMaxIds = size_t{1} << 26;

// List i is values[start of i, end of i).
struct Ragged {
  struct Part {
    size_t first = 0, count = 0;
  };
  std::vector<int32_t> values;
  std::vector<Part> parts;

  size_t size() const { return parts.size(); }
  std::span<const int32_t> operator[](size_t i) const {
    return std::span(values).subspan(parts[i].first, parts[i].count);
  }
};

}  // namespace eddy::data
