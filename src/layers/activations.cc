// SPDX-License-Identifier: MIT
#include "layers/activations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/nearest.h"

namespace eddy {

std::vector<std::string> row_activation_names() {
  auto names = activation_names();
  names.emplace_back("softmax");
  return names;
}

RowActivation::RowActivation(const std::string& name, const std::string& layer) {
  if (name == "softmax") {
    softmax_ = true;
  } else if (const auto kind = find_activation(name)) {
    kind_ = *kind;
  } else {
    throw Error(ErrorCode::invalid_argument, layer,
                fmt::format("activation: expected a known activation, got '{}'.", name),
                suggest(name, row_activation_names()));
  }
}

const char* RowActivation::stable_name() const {
  if (softmax_) return "softmax";
  return kind_ == ActivationKind::sigmoid ? "sigmoid" : "";
}

template <class Real>
void RowActivation::forward(const Kernels<Real>& kernel, const Real* x, int64_t rows, int64_t width,
                            Real* y) const {
  if (!softmax_) return kernel.activate(kind_, rows * width, x, y);
  for (int64_t r = 0; r < rows; ++r, x += width, y += width) {
    const Real largest = *std::max_element(x, x + width);
    Real sum = 0;
    for (int64_t j = 0; j < width; ++j) sum += y[j] = std::exp(x[j] - largest);
    for (int64_t j = 0; j < width; ++j) y[j] /= sum;
  }
}

template <class Real>
void RowActivation::backward(const Kernels<Real>& kernel, const Real* y, const Real* dy,
                             int64_t rows, int64_t width, Real* dx) const {
  if (!softmax_) return kernel.activate_backward(kind_, rows * width, y, dy, dx);
  for (int64_t r = 0; r < rows; ++r, y += width, dy += width, dx += width) {
    Real dot = 0;  // dx = y (dy - sum(y dy))
    for (int64_t j = 0; j < width; ++j) dot += y[j] * dy[j];
    for (int64_t j = 0; j < width; ++j) dx[j] = y[j] * (dy[j] - dot);
  }
}

template void RowActivation::forward(const Kernels<float>&, const float*, int64_t, int64_t,
                                     float*) const;
template void RowActivation::forward(const Kernels<double>&, const double*, int64_t, int64_t,
                                     double*) const;
template void RowActivation::backward(const Kernels<float>&, const float*, const float*, int64_t,
                                      int64_t, float*) const;
template void RowActivation::backward(const Kernels<double>&, const double*, const double*, int64_t,
                                      int64_t, double*) const;

}  // namespace eddy
