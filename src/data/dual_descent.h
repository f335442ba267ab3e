// SPDX-License-Identifier: MIT
// A linear support vector machine with squared hinge loss over sets of weighted features.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace eddy::data {

// Rows of features: row i holds features[begin[i] ... begin[i + 1]), each once.
struct FeatureRows {
  std::vector<int64_t> begin = {0};
  std::vector<int32_t> features;
  int64_t size() const { return static_cast<int64_t>(begin.size()) - 1; }
  std::span<const int32_t> row(int64_t i) const {
    const auto at = static_cast<size_t>(i);
    return std::span(features).subspan(static_cast<size_t>(begin[at]),
                                       static_cast<size_t>(begin[at + 1] - begin[at]));
  }
};

struct DualProblem {
  const FeatureRows& rows;
  std::span<const int32_t> chosen;  // rows to train on
  std::span<const int8_t> sides;    // of all rows: 1 or -1
  std::span<const float> scales;    // of all features: x_f = scales[f] in rows that hold f
  double C;
  int64_t max_iter;
  double tolerance = 0.1;  // of projected gradients, as in LIBLINEAR
};

struct LinearWeights {
  std::vector<float> weights;  // [features]  w_f scales[f]: a row's answer is their sum + bias
  double bias = 0;
};

// Hsieh, Chang, Lin, Keerthi, Sundararajan: "A Dual Coordinate Descent Method for Large-scale
// Linear SVM", ICML 2008, algorithm 1 with D = 1 / (2 C), in an order that is always the same.
LinearWeights dual_descent(const DualProblem& problem);

}  // namespace eddy::data
