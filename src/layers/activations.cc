// SPDX-License-Identifier: MIT
#include "layers/activations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

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

// The nearest point of the simplex (Martins and Astudillo 2016).
template <class Real>
void sparsemax(const Real* x, int64_t width, Real* y) {
  std::vector<Real> sorted(x, x + width);
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  Real sum = 0, threshold = 0;
  for (int64_t k = 0; k < width; ++k) {
    sum += sorted[static_cast<size_t>(k)];
    const auto count = static_cast<Real>(k + 1);
    if (1 + count * sorted[static_cast<size_t>(k)] > sum) threshold = (sum - 1) / count;
  }
  for (int64_t j = 0; j < width; ++j) {
    const Real above = x[j] - threshold;
    y[j] = above <= 0 ? 0 : above;
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
  for (int64_t r = 0; r < rows; ++r, y += width, dy += width, dx += width) {
    Real dot = 0, sum = 0, inside = 0;
    for (int64_t j = 0; j < width; ++j) {
      dot += y[j] * dy[j];
      if (over_ == Over::log_softmax || y[j] > 0) sum += dy[j], inside += 1;
    }
    for (int64_t j = 0; j < width; ++j) {
      if (over_ == Over::softmax) dx[j] = y[j] * (dy[j] - dot);
      if (over_ == Over::log_softmax) dx[j] = dy[j] - std::exp(y[j]) * sum;
      if (over_ == Over::sparsemax) dx[j] = y[j] > 0 ? dy[j] - sum / inside : 0;
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
