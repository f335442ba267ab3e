// SPDX-License-Identifier: MIT
#include "training/orthonormal.h"

#include <algorithm>
#include <cmath>

#include "core/threads.h"
#include "kernels/projections.h"

namespace eddy {
namespace {

// Vectors that are finished together and then taken away from those behind them, of which a task
// has as many: both stay in the second cache up to a thousand units.
constexpr int64_t kPanel = 16;

int64_t filled_up(int64_t length) {
  return (length + kProjectionLanes - 1) / kProjectionLanes * kProjectionLanes;
}

}  // namespace

Orthonormal::Orthonormal(int64_t count, int64_t length)
    : count_(count), length_(filled_up(length)) {
  numbers_.resize_zeroed(static_cast<size_t>(count_ * length_));
}

void Orthonormal::make() {
  sweep();
  sweep();
}

void Orthonormal::normalize(int64_t vector) {
  double* x = numbers_.data() + start(vector);
  double squares = 0;
  for (int64_t i = 0; i < length_; ++i) squares += x[i] * x[i];
  const double norm = std::sqrt(squares);
  for (int64_t i = 0; i < length_; ++i) x[i] /= norm;
}

void Orthonormal::sweep() {
  double* x = numbers_.data();
  for (int64_t first = 0; first < count_; first += kPanel) {
    const int64_t end = std::min(first + kPanel, count_);
    for (int64_t k = first; k < end; ++k) {
      normalize(k);
      remove_projections(length_, 1, x + start(k), end - k - 1, x + start(k + 1));
    }
    parallel_for((count_ - end + kPanel - 1) / kPanel, [&](int64_t task, int64_t) {
      const int64_t from = end + task * kPanel;
      remove_projections(length_, end - first, x + start(first), std::min(kPanel, count_ - from),
                         x + start(from));
    });
  }
}

}  // namespace eddy
