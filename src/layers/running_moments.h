// SPDX-License-Identifier: MIT
// Welford's sums: the mean so far, and the squared distances from it.
// B. P. Welford, Note on a method for calculating corrected sums of squares and products, 1962.
#pragma once

#include <cstdint>

namespace eddy {

// `x` is the value number `count`, from 1 on.
inline void add_value(double x, int64_t count, double& mean, double& squares) {
  const double distance = x - mean;
  mean += distance / static_cast<double>(count);
  squares += distance * (x - mean);
}

}  // namespace eddy
