// SPDX-License-Identifier: MIT
#include "data/dual_descent.h"

#include <algorithm>
#include <limits>
#include <random>

namespace eddy::data {
LinearWeights dual_descent(const DualProblem& problem) {
  struct Feature {
    float w = 0, scale;
  };
  std::vector<Feature> features;  // side by side: one miss of the cache instead of two
  features.reserve(problem.scales.size());
  for (const float scale : problem.scales) features.push_back({0, scale});
  double bias = 0;  // the weight of a feature that every row holds with 1

  const double D = 0.5 / problem.C;
  std::vector<int32_t> order(problem.chosen.begin(), problem.chosen.end());
  std::vector<double> alpha(static_cast<size_t>(problem.rows.size()));
  std::vector<double> diagonal(alpha.size());
  for (const int32_t i : order) {
    double sum = 1 + D;
    for (const int32_t f : problem.rows.row(i)) {
      const double scale = features[static_cast<size_t>(f)].scale;
      sum += scale * scale;
    }
    diagonal[static_cast<size_t>(i)] = sum;
  }
  std::mt19937_64 random(1);  // its values are the same everywhere, those of std::shuffle are not
  for (int64_t pass = 0; pass < problem.max_iter; ++pass) {
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
    double most = -std::numeric_limits<double>::infinity(), least = -most;
    for (const int32_t i : order) {
      const auto at = static_cast<size_t>(i);
      const double y = problem.sides[at];
      const auto row = problem.rows.row(i);
      double answer = bias;
      for (const int32_t f : row) {
        const Feature& feature = features[static_cast<size_t>(f)];
        answer += static_cast<double>(feature.w) * feature.scale;
      }
      const double gradient = y * answer - 1 + D * alpha[at];
      const double projected = alpha[at] > 0 ? gradient : std::min(gradient, 0.0);
      most = std::max(most, projected);
      least = std::min(least, projected);
      if (projected == 0) continue;
      const double before = alpha[at];
      alpha[at] = std::max(before - gradient / diagonal[at], 0.0);
      const double step = (alpha[at] - before) * y;
      for (const int32_t f : row) {
        Feature& feature = features[static_cast<size_t>(f)];
        feature.w += static_cast<float>(step * feature.scale);
      }
      bias += step;
    }
    if (most - least < problem.tolerance) break;
  }
  LinearWeights result{.weights = {}, .bias = bias};
  result.weights.reserve(features.size());
  for (const Feature& feature : features) result.weights.push_back(feature.w * feature.scale);
  return result;
}

}  // namespace eddy::data
