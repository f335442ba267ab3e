// SPDX-License-Identifier: MIT
#include "kernels/row_activation.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/kernels.h"

namespace eddy {
namespace {

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

// The product with the Jacobian of one row.
template <class Real>
void row_backward(ActivationKind kind, const Real* x, const Real* y, const Real* dy, int64_t width,
                  Real* dx) {
  if (kind == ActivationKind::sparsemax) return sparsemax_backward(x, y, dy, width, dx);
  Real dot = 0, sum = 0;
  for (int64_t j = 0; j < width; ++j) {
    dot += y[j] * dy[j];
    sum += dy[j];
  }
  for (int64_t j = 0; j < width; ++j) {
    dx[j] = kind == ActivationKind::softmax ? y[j] * (dy[j] - dot) : dy[j] - std::exp(y[j]) * sum;
  }
}

// Calls body(offset, n) for all numbers, in as long pieces as stand together.
template <class Body>
void for_pieces(const Rows& rows, const Body& body) {
  if (rows.stride == rows.width) return body(int64_t{0}, rows.count * rows.width);
  for (int64_t r = 0; r < rows.count; ++r) body(r * rows.stride, rows.width);
}

}  // namespace

template <class Real>
void activate_rows(ActivationKind kind, const Rows& rows, const Real* x, Real* y) {
  if (!is_over_rows(kind)) {
    for_pieces(rows,
               [&](int64_t at, int64_t n) { kernels<Real>().activate(kind, n, x + at, y + at); });
    return;
  }
  for (int64_t r = 0; r < rows.count; ++r, x += rows.stride, y += rows.stride) {
    if (kind == ActivationKind::softmax) softmax(x, rows.width, y);
    if (kind == ActivationKind::log_softmax) log_softmax(x, rows.width, y);
    if (kind == ActivationKind::sparsemax) sparsemax(x, rows.width, y);
  }
}

template <class Real>
void activate_rows_backward(ActivationKind kind, const Rows& rows, const Real* x, const Real* y,
                            const Real* dy, Real* dx) {
  if (!is_over_rows(kind)) {
    const Real* kept = slope_needs_argument(kind) ? x : y;
    for_pieces(rows, [&](int64_t at, int64_t n) {
      kernels<Real>().activate_backward(kind, n, kept + at, dy + at, dx + at);
    });
    return;
  }
  for (int64_t r = 0; r < rows.count; ++r) {
    const int64_t at = r * rows.stride;
    row_backward(kind, x + at, y + at, dy + at, rows.width, dx + at);
  }
}

#define EDDY_INSTANTIATE(Real)                                                                \
  template void activate_rows(ActivationKind, const Rows&, const Real*, Real*);               \
  template void activate_rows_backward(ActivationKind, const Rows&, const Real*, const Real*, \
                                       const Real*, Real*);
EDDY_INSTANTIATE(float)
EDDY_INSTANTIATE(double)
#undef EDDY_INSTANTIATE

}  // namespace eddy
