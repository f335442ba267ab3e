// SPDX-License-Identifier: MIT
// Metric: accuracy by Keras' rule, mean squared and mean absolute error.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/nearest.h"
#include "training/losses.h"

namespace eddy {

Metric::Metric(std::string name, const Shape& prediction, const Shape& targets)
    : name_(std::move(name)) {
  std::string lower = name_;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "accuracy" || lower == "acc") {
    if (prediction.back() == 1) {
      kind_ = Kind::binary_accuracy;
    } else if (targets.size() < prediction.size() || targets.back() == 1) {
      kind_ = Kind::sparse_accuracy;
    } else {
      kind_ = Kind::categorical_accuracy;
    }
  } else if (lower == "binary_accuracy") {
    kind_ = Kind::binary_accuracy;
  } else if (lower == "mse" || lower == "mean_squared_error") {
    kind_ = Kind::mse;
  } else if (lower == "mae" || lower == "mean_absolute_error") {
    kind_ = Kind::mae;
  } else {
    throw Error(ErrorCode::invalid_argument, "compile",
                fmt::format("metrics: expected a known metric, got '{}'.", name_),
                suggest(name_, {"accuracy", "acc", "binary_accuracy", "mean_squared_error", "mse",
                                "mean_absolute_error", "mae"}));
  }
}

template <class Real>
void Metric::add(const Signal<Real>& prediction, const Targets& targets) {
  const int64_t K = prediction.shape.back(), samples = prediction.size() / K;
  for (int64_t i = 0; i < samples; ++i) {
    if (prediction.mask != nullptr && prediction.mask[i] == 0) continue;
    const Real* p = prediction.value + i * K;
    const float* y = targets.values + (kind_ == Kind::sparse_accuracy ? i : i * K);
    double value = 0;
    switch (kind_) {
      case Kind::binary_accuracy:
        for (int64_t j = 0; j < K; ++j) value += (p[j] > Real{0.5} ? 1.0F : 0.0F) == y[j] ? 1 : 0;
        value /= static_cast<double>(K);
        break;
      case Kind::categorical_accuracy:
        value = std::max_element(p, p + K) - p == std::max_element(y, y + K) - y ? 1 : 0;
        break;
      case Kind::sparse_accuracy:
        value = std::max_element(p, p + K) - p == static_cast<int64_t>(*y) ? 1 : 0;
        break;
      case Kind::mse:
        for (int64_t j = 0; j < K; ++j) value += (p[j] - y[j]) * (p[j] - y[j]);
        value /= static_cast<double>(K);
        break;
      case Kind::mae:
        for (int64_t j = 0; j < K; ++j) value += std::abs(p[j] - y[j]);
        value /= static_cast<double>(K);
        break;
    }
    sum_ += value;
    count_ += 1;
  }
}

template void Metric::add(const Signal<float>&, const Targets&);
template void Metric::add(const Signal<double>&, const Targets&);

}  // namespace eddy
