// SPDX-License-Identifier: MIT
#include "core/ranks.h"

#include <bit>

namespace eddy {

Ranks::Ranks(const std::vector<std::string>& words)
    : words_(words.data()), slots_(std::bit_ceil(2 * words.size() + 1)) {
  for (size_t i = 0; i < words.size(); ++i) {
    int32_t& rank = slots_[slot_of(words[i])];
    if (rank == 0) {
      rank = static_cast<int32_t>(i) + 1;
    } else if (repeated_ < 0) {
      repeated_ = static_cast<int64_t>(i);
    }
  }
}

}  // namespace eddy
