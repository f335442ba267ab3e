// SPDX-License-Identifier: MIT
// Layer normalization of floats against that of doubles, whose formula tests/layers checks.
#include "kernels/layer_norm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/random.h"
#include "every_target.h"

namespace eddy {
namespace {

// What goes in and what comes out, each array with a number behind it that nobody may touch.
template <class Real>
struct Norm {
  static constexpr Real kGuard = 77;
  int64_t rows, width;
  bool has_gamma = true, has_beta = true;
  std::vector<Real> x, dy, gamma, beta, y, dx, dgamma, dbeta, mean, inverse;

  Norm(int64_t rows_, int64_t width_) : rows(rows_), width(width_) {
    Random random(static_cast<uint64_t>(100 * rows + width));
    for (auto* values : {&x, &dy}) *values = random_values(random, rows * width);
    for (auto* values : {&gamma, &beta, &dgamma, &dbeta}) *values = random_values(random, width);
    y = dx = std::vector<Real>(x.size(), kGuard);
    mean = inverse = std::vector<Real>(static_cast<size_t>(rows) + 1, kGuard);
  }

  static std::vector<Real> random_values(Random& random, int64_t n) {
    std::vector<Real> values(static_cast<size_t>(n) + 1, kGuard);
    for (int64_t i = 0; i < n; ++i) {  // the same for every type
      values[static_cast<size_t>(i)] = static_cast<Real>(static_cast<float>(random.uniform(-1, 1)));
    }
    return values;
  }

  // `step` rows at a time
  void run(int64_t step) {
    for (int64_t row = 0; row < rows; row += step) {
      const int64_t count = std::min(step, rows - row), at = row * width;
      const Real* scale = has_gamma ? gamma.data() : nullptr;
      layer_norm_kernels<Real>().forward({.rows = count,
                                          .width = width,
                                          .epsilon = static_cast<Real>(0.25F),
                                          .x = x.data() + at,
                                          .gamma = scale,
                                          .beta = has_beta ? beta.data() : nullptr,
                                          .y = y.data() + at,
                                          .mean = mean.data() + row,
                                          .inverse = inverse.data() + row});
      layer_norm_kernels<Real>().backward({.rows = count,
                                           .width = width,
                                           .x = x.data() + at,
                                           .gamma = scale,
                                           .mean = mean.data() + row,
                                           .inverse = inverse.data() + row,
                                           .dy = dy.data() + at,
                                           .dx = dx.data() + at,
                                           .dgamma = dgamma.data(),
                                           .dbeta = dbeta.data()});
    }
  }

  std::vector<const std::vector<Real>*> results() const {
    return {&y, &dx, &dgamma, &dbeta, &mean, &inverse};
  }
};

constexpr int64_t kWidths[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 40, 131};

// Sums of at most 131 numbers below 1, times an inverse below 2: some roundings of 1e-7.
TEST_P(EveryTarget, LayerNormalizationOfFloatsEqualsThatOfDoubles) {
  for (const int64_t rows : {1, 3, 4, 5, 8, 11}) {
    for (const int64_t width : kWidths) {
      for (const int form : {0, 1, 2, 3}) {
        Norm<float> floats(rows, width);
        Norm<double> doubles(rows, width);
        floats.has_gamma = doubles.has_gamma = (form & 1) != 0;
        floats.has_beta = doubles.has_beta = (form & 2) != 0;
        floats.run(rows);
        doubles.run(rows);
        const auto got = floats.results();
        const auto wanted = doubles.results();
        for (size_t k = 0; k < got.size(); ++k) {
          for (size_t i = 0; i < got[k]->size(); ++i) {
            EXPECT_NEAR((*got[k])[i], (*wanted[k])[i], 4e-6)
                << rows << " x " << width << ", " << k << " at " << i;
          }
        }
      }
    }
  }
}

TEST_P(EveryTarget, LayerNormalizationOfRowsOneByOneHasTheSameBits) {
  for (const int64_t width : kWidths) {
    Norm<float> together(7, width), alone(7, width);
    together.run(7);
    alone.run(1);
    for (size_t k = 0; k < together.results().size(); ++k) {
      EXPECT_EQ(*together.results()[k], *alone.results()[k]) << width << ", " << k;
    }
  }
}

}  // namespace
}  // namespace eddy
