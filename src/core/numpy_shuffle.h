// SPDX-License-Identifier: MIT
// numpy's RandomState.shuffle of 0 ... count - 1 (numpy/random/mtrand.pyx; random_interval() in
// distributions.c): masked rejection over the 32-bit words of MT19937, whose recurrence and seeding
// std::mt19937 shares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace eddy {

inline std::vector<uint32_t> numpy_shuffled(size_t count, std::mt19937& random) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0U);
  for (size_t i = count; i-- > 1;) {
    uint32_t mask = static_cast<uint32_t>(i);
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    auto j = static_cast<uint32_t>(random()) & mask;
    while (j > i) j = static_cast<uint32_t>(random()) & mask;
    std::swap(order[i], order[j]);
  }
  return order;
}

}  // namespace eddy
