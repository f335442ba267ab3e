// SPDX-License-Identifier: MIT
// Masks of dropout (Srivastava et al. 2014), inverted as in Keras: what is kept grows by
// 1 / (1 - rate).
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/random.h"

namespace eddy {

// n factors, each 0 with probability `rate` in [0, 1]. The same `random` gives the same mask.
template <class Real>
void draw_dropout_mask(double rate, const Random& random, size_t n, Real* mask) {
  const Real kept = rate < 1 ? static_cast<Real>(1 / (1 - rate)) : Real{0};
  const auto limit = static_cast<uint64_t>(rate * 0x1.0p32);
  for (size_t i = 0; i < n; i += 4) {
    const auto words = random.block(i / 4);
    for (size_t j = i; j < std::min(i + 4, n); ++j) mask[j] = words[j - i] < limit ? Real{0} : kept;
  }
}

}  // namespace eddy
