// SPDX-License-Identifier: MIT
#include "layers/regularizers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

namespace eddy {
namespace {

template <class Real>
double sign(Real x) {
  return x > 0 ? 1 : (x < 0 ? -1 : 0);
}

// Rows of a matrix [rows, columns], or its columns: factor / 2 * sum |u_i . u_j| over i != j,
// divided by the number of pairs, where u are the normalised vectors.
template <class Real>
double orthogonal_penalty(const Regularizer& regularizer, const Shape& shape, const Real* values,
                          double scale, Real* gradient) {
  if (shape.size() != 2) {
    throw Error(ErrorCode::invalid_argument, regularizer.name,
                fmt::format("weight: expected two axes, got {}.", to_string(shape)),
                "use it for kernels, not for biases.");
  }
  const bool by_rows = regularizer.words.at("mode") == "rows";
  const int64_t n = by_rows ? shape[0] : shape[1], length = by_rows ? shape[1] : shape[0];
  const auto at = [&](int64_t i, int64_t k) {
    return static_cast<size_t>(by_rows ? i * length + k : k * n + i);
  };
  std::vector<double> unit(static_cast<size_t>(n * length)), norms(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    double squares = 0;
    for (int64_t k = 0; k < length; ++k) {
      const double x = values[at(i, k)];
      squares += x * x;
    }
    const double norm = std::max(std::sqrt(squares), 1e-7);
    norms[static_cast<size_t>(i)] = norm;
    for (int64_t k = 0; k < length; ++k) {
      unit[static_cast<size_t>(i * length + k)] = values[at(i, k)] / norm;
    }
  }
  const double pairs = static_cast<double>(n) * static_cast<double>(n - 1) / 2;
  const double factor = regularizer.values.at("factor") * 0.5 / pairs;
  double sum = 0;
  std::vector<double> du(static_cast<size_t>(length));
  for (int64_t i = 0; i < n; ++i) {
    const double* u = unit.data() + i * length;
    std::fill(du.begin(), du.end(), 0.0);
    for (int64_t j = 0; j < n; ++j) {
      if (j == i) continue;
      const double* v = unit.data() + j * length;
      const double dot = std::inner_product(u, u + length, v, 0.0);
      sum += std::abs(dot);
      for (int64_t k = 0; k < length; ++k) du[static_cast<size_t>(k)] += 2 * sign(dot) * v[k];
    }
    if (gradient == nullptr) continue;
    const double along = std::inner_product(u, u + length, du.begin(), 0.0);
    for (int64_t k = 0; k < length; ++k) {
      const double d = (du[static_cast<size_t>(k)] - along * u[k]) / norms[static_cast<size_t>(i)];
      gradient[at(i, k)] += static_cast<Real>(scale * factor * d);
    }
  }
  return factor * sum;
}

// A gradient by rows written out for all rows.
template <class Real>
void give_all_rows(Weight<Real>& weight) {
  const int64_t rows = weight.shape[0], width = weight.size() / std::max<int64_t>(rows, 1);
  Buffer<Real> all;
  all.resize_zeroed(static_cast<size_t>(weight.size()));
  for (size_t k = 0; k < weight.rows.size(); ++k) {
    std::copy_n(weight.grad.data() + static_cast<int64_t>(k) * width, width,
                all.data() + weight.rows[k] * width);
  }
  weight.grad = std::move(all);
  weight.rows.resize(static_cast<size_t>(rows));
  std::iota(weight.rows.begin(), weight.rows.end(), 0);
}

}  // namespace

const std::vector<SpecRow>& regularizer_rows() {
  static const std::vector<SpecRow> rows = {
      {"l1", "L1", {}, {{"l1", 0.01}}},
      {"l2", "L2", {}, {{"l2", 0.01}}},
      {"l1_l2", "L1L2", {}, {{"l1", 0}, {"l2", 0}}},
      {"orthogonal_regularizer",
       "OrthogonalRegularizer",
       {"orthogonal"},
       {{"factor", 0.01}},
       {{"mode", {"rows", "columns"}}}},
  };
  return rows;
}

Regularizer resolve_regularizer(const Regularizer& regularizer) {
  const auto& rows = regularizer_rows();
  Regularizer resolved;
  static_cast<Spec&>(resolved) =
      resolve_spec(rows[find_row(rows, regularizer.name, "layer", "regularizer")], regularizer);
  return resolved;
}

template <class Real>
double penalty(const Regularizer& regularizer, const Shape& shape, const Real* values, double scale,
               Real* gradient) {
  if (regularizer.name == "orthogonal_regularizer") {
    return orthogonal_penalty(regularizer, shape, values, scale, gradient);
  }
  const double l1 = number_or(regularizer, "l1", 0), l2 = number_or(regularizer, "l2", 0);
  const int64_t n = element_count(shape);
  double absolutes = 0, squares = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double x = values[i];
    absolutes += std::abs(x);
    squares += x * x;
    if (gradient != nullptr) {
      gradient[i] += static_cast<Real>(scale * (l1 * sign(x) + 2 * l2 * x));
    }
  }
  return l1 * absolutes + l2 * squares;
}

template <class Real>
double weight_penalties(const std::vector<Weight<Real>*>& weights, bool into_gradients) {
  double sum = 0;
  for (Weight<Real>* weight : weights) {
    if (!weight->regularizer || !weight->trainable) continue;
    if (into_gradients && weight->by_rows) give_all_rows(*weight);
    sum += penalty(*weight->regularizer, weight->shape, weight->value.data(), 1,
                   into_gradients ? weight->grad.data() : nullptr);
  }
  return sum;
}

template <class Real>
double activity_penalty_of(const Regularizer& regularizer, const Signal<Real>& out) {
  const double sum = penalty(regularizer, out.shape, out.value);
  return sum / static_cast<double>(out.batch());
}

template <class Real>
void add_activity_gradient(const Regularizer& regularizer, const Signal<Real>& out,
                           Gradient<Real>& dout) {
  const double scale = 1 / static_cast<double>(out.batch());
  if (!dout.at_logits) {
    penalty(regularizer, out.shape, out.value, scale, dout.dense.data());
    return;
  }
  // y = sigmoid(z): dz = y (1 - y) dy. y = softmax(z): dz = y (dy - sum y dy).
  Buffer<Real> dy;
  dy.resize_zeroed(static_cast<size_t>(out.size()));
  penalty(regularizer, out.shape, out.value, scale, dy.data());
  const bool softmax = std::string_view(out.logits_activation) == "softmax";
  const int64_t K = softmax ? out.shape.back() : 1;
  for (int64_t row = 0; row < out.size() / K; ++row) {
    const Real *y = out.value + row * K, *d = dy.data() + row * K;
    Real* dz = dout.dense.data() + row * K;
    const Real dot = std::inner_product(y, y + K, d, Real{0});
    for (int64_t j = 0; j < K; ++j)
      dz[j] += softmax ? y[j] * (d[j] - dot) : y[j] * (1 - y[j]) * d[j];
  }
}

template double activity_penalty_of<float>(const Regularizer&, const Signal<float>&);
template double activity_penalty_of<double>(const Regularizer&, const Signal<double>&);
template void add_activity_gradient<float>(const Regularizer&, const Signal<float>&,
                                           Gradient<float>&);
template void add_activity_gradient<double>(const Regularizer&, const Signal<double>&,
                                            Gradient<double>&);
template double penalty<float>(const Regularizer&, const Shape&, const float*, double, float*);
template double penalty<double>(const Regularizer&, const Shape&, const double*, double, double*);
template double weight_penalties<float>(const std::vector<Weight<float>*>&, bool);
template double weight_penalties<double>(const std::vector<Weight<double>*>&, bool);

}  // namespace eddy
