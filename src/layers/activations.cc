// SPDX-License-Identifier: MIT
#include "layers/activations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/nearest.h"

namespace eddy {
namespace {

const std::vector<std::string>& names_over_rows() {
  static const std::vector<std::string> names = {"softmax", "log_softmax", "sparsemax"};
  return names;
}

template <class Real>
void softmax(const Real* x, int64_t width, Real* y) {
  const Real largest = *std::max_element(x, x + width);
  Real sum = 0;
  for (int64_t j = 0; j < width; ++j) sum += y[j] = std::exp(x[j] - largest);
  for (int64_t j = 0; j < width; ++j) y[j] /= sum;
}

template <class Real>
void log_softmax(const Real* x, int64_t width, Real* y) {
  const Real largest = *std::max_element(x, x + width);
  Real sum = 0;
  for (int64_t j = 0; j < width; ++j) sum += std::exp(x[j] - largest);
  const Real norm = largest + std::log(sum);
  for (int64_t j = 0; j < width; ++j) y[j] = x[j] - norm;
}

// What Keras 3.15.1 computes: values above a threshold, less the threshold. It sums the partial
// sums of all K values of the support, where the projection onto the simplex (Martins and Astudillo
// 2016) takes the last of them; the two are the same for K = 1.
struct Sparsemax {
  std::vector<int64_t> order;  // by value, largest first
  int64_t support = 0;         // K
  double threshold = 0;

  template <class Real>
  Sparsemax(const Real* x, int64_t width) : order(static_cast<size_t>(width)) {
    std::iota(order.begin(), order.end(), int64_t{0});
    std::stable_sort(order.begin(), order.end(), [x](int64_t a, int64_t b) { return x[a] > x[b]; });
    double sum = 0, sums = 0;
    for (int64_t k = 0; k < width; ++k) {
      const auto value = static_cast<double>(x[order[static_cast<size_t>(k)]]);
      sum += value;
      if (!(value - (sum - 1) / static_cast<double>(k + 1) > 0)) continue;
      sums += sum;
      ++support;
    }
    threshold = (sums - 1) / static_cast<double>(support);
  }
};

template <class Real>
void sparsemax(const Real* x, int64_t width, Real* y) {
  const auto threshold = static_cast<Real>(Sparsemax(x, width).threshold);
  for (int64_t j = 0; j < width; ++j) y[j] = x[j] <= threshold ? 0 : x[j] - threshold;
}

// The i-th largest value of the support stands in K - i + 1 of the partial sums.
template <class Real>
void sparsemax_backward(const Real* x, const Real* y, const Real* dy, int64_t width, Real* dx) {
  const Sparsemax found(x, width);
  Real sum = 0;
  for (int64_t j = 0; j < width; ++j) sum += y[j] > 0 ? dy[j] : 0;
  for (int64_t j = 0; j < width; ++j) dx[j] = y[j] > 0 ? dy[j] : 0;
  const auto K = static_cast<Real>(found.support);
  for (int64_t i = 0; i < found.support; ++i) {
    dx[found.order[static_cast<size_t>(i)]] -= sum * (K - static_cast<Real>(i)) / K;
  }
}

}  // namespace

std::vector<std::string> row_activation_names() {
  auto names = activation_names();
  names.insert(names.end(), names_over_rows().begin(), names_over_rows().end());
  return names;
}

RowActivation::RowActivation(const std::string& name, const std::string& layer) {
  const auto& rows = names_over_rows();
  const auto over = std::find(rows.begin(), rows.end(), name);
  if (over != rows.end()) {
    over_ = static_cast<Over>(over - rows.begin() + 1);
  } else if (const auto kind = find_activation(name)) {
    kind_ = *kind;
  } else if (name == "glu" || name == "threshold") {
    throw Error(ErrorCode::not_supported, layer,
                fmt::format("activation: expected one that keeps the number of features and needs "
                            "no numbers of its own, got '{}'.",
                            name),
                name == "glu" ? "put Activation(\"glu\") behind a linear layer."
                              : "use relu or hard_shrink; Keras cannot call threshold by name.");
  } else {
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("activation: expected a known activation, got '{}'.", name),
                suggest(name, row_activation_names()));
  }
}

const char* RowActivation::stable_name() const {
  if (over_ == Over::softmax) return "softmax";
  return over_ == Over::number && kind_ == ActivationKind::sigmoid ? "sigmoid" : "";
}

template <class Real>
void RowActivation::forward(const Kernels<Real>& kernel, const Real* x, int64_t rows, int64_t width,
                            Real* y) const {
  if (over_ == Over::number) return kernel.activate(kind_, rows * width, x, y);
  for (int64_t r = 0; r < rows; ++r, x += width, y += width) {
    if (over_ == Over::softmax) softmax(x, width, y);
    if (over_ == Over::log_softmax) log_softmax(x, width, y);
    if (over_ == Over::sparsemax) sparsemax(x, width, y);
  }
}

template <class Real>
void RowActivation::backward(const Kernels<Real>& kernel, const Real* x, const Real* y,
                             const Real* dy, int64_t rows, int64_t width, Real* dx) const {
  if (over_ == Over::number) {
    const Real* kept = slope_needs_argument(kind_) ? x : y;
    return kernel.activate_backward(kind_, rows * width, kept, dy, dx);
  }
  for (int64_t r = 0; r < rows; ++r, x += width, y += width, dy += width, dx += width) {
    if (over_ == Over::sparsemax) {
      sparsemax_backward(x, y, dy, width, dx);
      continue;
    }
    Real dot = 0, sum = 0;
    for (int64_t j = 0; j < width; ++j) {
      dot += y[j] * dy[j];
      sum += dy[j];
    }
    for (int64_t j = 0; j < width; ++j) {
      if (over_ == Over::softmax) dx[j] = y[j] * (dy[j] - dot);
      if (over_ == Over::log_softmax) dx[j] = dy[j] - std::exp(y[j]) * sum;
    }
  }
}

template void RowActivation::forward(const Kernels<float>&, const float*, int64_t, int64_t,
                                     float*) const;
template void RowActivation::forward(const Kernels<double>&, const double*, int64_t, int64_t,
                                     double*) const;
template void RowActivation::backward(const Kernels<float>&, const float*, const float*,
                                      const float*, int64_t, int64_t, float*) const;
template void RowActivation::backward(const Kernels<double>&, const double*, const double*,
                                      const double*, int64_t, int64_t, double*) const;

}  // namespace eddy
