// SPDX-License-Identifier: MIT
// Keras' losses of one row of K predictions and their gradients.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "training/epsilon.h"

namespace eddy {

// Arguments of a loss and what is known about the batch.
struct RowOptions {
  double smoothing = 0, alpha = 0.25, gamma = 2, delta = 1, q = 0.5;
  bool balanced = false;
  bool binary_labels = false;  // every target of the batch is 0 or 1
};

// K predictions p, or the logits z when they are known, and the targets: K numbers or one class.
// d receives d(loss)/dp, or with logits d(loss)/dz.
template <class Real>
struct Row {
  const Real* p;
  const Real* z;  // null: unknown
  const float* y;
  int64_t K;
  Real* d;
};

template <class Real>
using RowLoss = double (*)(const Row<Real>& row, const RowOptions& options);

// The bounds of Keras' clip in the working precision: in float32 the upper one is 0.99999988.
template <class Real>
double clipped(Real p) {
  return std::clamp(p, static_cast<Real>(kEpsilon), static_cast<Real>(1 - kEpsilon));
}
template <class Real>
bool is_clipped(Real p) {
  return p < static_cast<Real>(kEpsilon) || p > static_cast<Real>(1 - kEpsilon);
}

// Mean over K of f(p, y) -> {value, derivative}.
template <class Real, class F>
double mean_of(const Row<Real>& row, const F& f) {
  double sum = 0;
  const auto K = static_cast<double>(row.K);
  for (int64_t j = 0; j < row.K; ++j) {
    const std::pair<double, double> result =
        f(static_cast<double>(row.p[j]), static_cast<double>(row.y[j]));
    sum += result.first;
    row.d[j] = static_cast<Real>(result.second / K);
  }
  return sum / K;
}

inline double sign_of(double x) { return x > 0 ? 1 : (x < 0 ? -1 : 0); }
inline double sigmoid_of(double z) { return 1 / (1 + std::exp(-z)); }

// One element: {loss, its derivative}. max(z, 0) - z y + log(1 + e^-|z|), or clipped logarithms.
template <class Real>
std::pair<double, double> binary_element(const Real* p, const Real* z, double y) {
  if (z != nullptr) {
    const double x = *z;
    const double value = std::max(x, 0.0) - x * y + std::log1p(std::exp(-std::abs(x)));
    return {value, sigmoid_of(x) - y};
  }
  if (std::isnan(*p)) return {static_cast<double>(*p), 0};
  const double q = clipped(*p);
  const double value = -(y * std::log(q) + (1 - y) * std::log(1 - q));
  return {value, is_clipped(*p) ? 0 : (q - y) / (q * (1 - q))};
}

template <class Real>
double binary_crossentropy(const Row<Real>& row, const RowOptions& o) {
  double sum = 0;
  const auto K = static_cast<double>(row.K);
  for (int64_t j = 0; j < row.K; ++j) {
    const double y = row.y[j] * (1 - o.smoothing) + 0.5 * o.smoothing;
    const auto [value, slope] =
        binary_element(row.p + j, row.z != nullptr ? row.z + j : nullptr, y);
    sum += value;
    row.d[j] = static_cast<Real>(slope / K);
  }
  return sum / K;
}

// The crossentropy times (1 - p_t)^gamma (Lin et al. 2017).
template <class Real>
double binary_focal_crossentropy(const Row<Real>& row, const RowOptions& o) {
  double sum = 0;
  const auto K = static_cast<double>(row.K);
  for (int64_t j = 0; j < row.K; ++j) {
    const Real* z = row.z != nullptr ? row.z + j : nullptr;
    const double y = row.y[j] * (1 - o.smoothing) + 0.5 * o.smoothing;
    const double p = z != nullptr ? sigmoid_of(*z) : static_cast<double>(row.p[j]);
    const auto [value, slope] = binary_element(row.p + j, z, y);
    const double rest = 1 - (y * p + (1 - y) * (1 - p));
    const double focus = std::pow(rest, o.gamma);
    double bend = o.gamma == 0 ? 0 : -o.gamma * std::pow(rest, o.gamma - 1) * (2 * y - 1);
    if (z != nullptr) bend *= p * (1 - p);
    const double weight = o.balanced ? y * o.alpha + (1 - y) * (1 - o.alpha) : 1;
    sum += weight * focus * value;
    row.d[j] = static_cast<Real>(weight * (focus * slope + bend * value) / K);
  }
  return sum / K;
}

template <class Real>
double log_sum_exp(const Real* z, int64_t K) {
  const double largest = *std::max_element(z, z + K);
  double sum = 0;
  for (int64_t j = 0; j < K; ++j) sum += std::exp(z[j] - largest);
  return largest + std::log(sum);
}

// d(loss)/dp from d(loss)/dq in d, where q = p / sum p.
template <class Real>
void through_normalisation(const Row<Real>& row, double total) {
  double dot = 0;
  for (int64_t j = 0; j < row.K; ++j) dot += static_cast<double>(row.d[j]) * row.p[j] / total;
  for (int64_t j = 0; j < row.K; ++j) row.d[j] = static_cast<Real>((row.d[j] - dot) / total);
}

template <class Real>
double sum_of(const Real* p, int64_t K) {
  double total = 0;
  for (int64_t j = 0; j < K; ++j) total += p[j];
  return total;
}

// -sum y log p with p normalised and clipped, or from the logits.
template <class Real>
double categorical_crossentropy(const Row<Real>& row, const RowOptions& o) {
  const double each = o.smoothing / static_cast<double>(row.K);
  const auto target = [&](int64_t j) { return row.y[j] * (1 - o.smoothing) + each; };
  double sum = 0;
  if (row.z != nullptr) {
    const double norm = log_sum_exp(row.z, row.K);
    double total_y = 0;
    for (int64_t j = 0; j < row.K; ++j) total_y += target(j);
    for (int64_t j = 0; j < row.K; ++j) {
      sum -= target(j) * (row.z[j] - norm);
      row.d[j] = static_cast<Real>(total_y * std::exp(row.z[j] - norm) - target(j));
    }
    return sum;
  }
  const double total = sum_of(row.p, row.K);
  for (int64_t j = 0; j < row.K; ++j) {
    const Real q = static_cast<Real>(row.p[j] / total);
    sum -= target(j) * std::log(clipped(q));
    row.d[j] = static_cast<Real>(is_clipped(q) ? 0 : -target(j) / clipped(q));
  }
  through_normalisation(row, total);
  return sum;
}

// sum alpha (1 - p)^gamma (-y log p), p normalised and clipped.
template <class Real>
double categorical_focal_crossentropy(const Row<Real>& row, const RowOptions& o) {
  const double each = o.smoothing / static_cast<double>(row.K);
  const double norm = row.z != nullptr ? log_sum_exp(row.z, row.K) : 0;
  const double total = row.z != nullptr ? 1 : sum_of(row.p, row.K);
  const auto share = [&](int64_t j) {
    return static_cast<Real>(row.z != nullptr ? std::exp(row.z[j] - norm) : row.p[j] / total);
  };
  double sum = 0, dot = 0;
  for (int64_t j = 0; j < row.K; ++j) {
    const Real p = share(j);
    const double q = clipped(p), y = row.y[j] * (1 - o.smoothing) + each;
    const double focus = std::pow(1 - q, o.gamma);
    sum -= o.alpha * focus * y * std::log(q);
    const double bend = o.gamma == 0 ? 0 : o.gamma * std::pow(1 - q, o.gamma - 1) * std::log(q);
    row.d[j] = static_cast<Real>(is_clipped(p) ? 0 : o.alpha * y * (bend - focus / q));
    dot += static_cast<double>(row.d[j]) * p;
  }
  if (row.z == nullptr) {
    through_normalisation(row, total);
  } else {
    for (int64_t j = 0; j < row.K; ++j) row.d[j] = static_cast<Real>(share(j) * (row.d[j] - dot));
  }
  return sum;
}

// -log p of class y[0] from the logits; without them, as Keras on TensorFlow, the clipped
// probabilities are normalised.
template <class Real>
double sparse_categorical_crossentropy(const Row<Real>& row, const RowOptions&) {
  const auto label = static_cast<int64_t>(row.y[0]);
  if (row.z != nullptr) {
    const double norm = log_sum_exp(row.z, row.K);
    for (int64_t j = 0; j < row.K; ++j) {
      row.d[j] = static_cast<Real>(std::exp(row.z[j] - norm) - (j == label ? 1 : 0));
    }
    return norm - static_cast<double>(row.z[label]);
  }
  double total = 0;
  for (int64_t j = 0; j < row.K; ++j) total += clipped(row.p[j]);
  for (int64_t j = 0; j < row.K; ++j) {
    const double slope = 1 / total - (j == label ? 1 / clipped(row.p[j]) : 0);
    row.d[j] = static_cast<Real>(is_clipped(row.p[j]) ? 0 : slope);
  }
  return std::log(total) - std::log(clipped(row.p[label]));
}

// (1 - p^q) / q of the probability of class y[0] (Zhang and Sabuncu 2018).
template <class Real>
double categorical_generalized_cross_entropy(const Row<Real>& row, const RowOptions& o) {
  const auto label = static_cast<int64_t>(row.y[0]);
  std::fill_n(row.d, row.K, Real{0});
  const double p = row.p[label];
  row.d[label] = static_cast<Real>(-std::pow(p, o.q - 1));
  return (1 - std::pow(p, o.q)) / o.q;
}

template <class Real>
double mean_squared_error(const Row<Real>& row, const RowOptions&) {
  return mean_of(row, [](double p, double y) { return std::pair{(p - y) * (p - y), 2 * (p - y)}; });
}

template <class Real>
double mean_absolute_error(const Row<Real>& row, const RowOptions&) {
  return mean_of(row, [](double p, double y) {
    return std::pair{std::abs(p - y), sign_of(p - y)};
  });
}

template <class Real>
double mean_absolute_percentage_error(const Row<Real>& row, const RowOptions&) {
  return mean_of(row, [](double p, double y) {
    const double scale = 100 / std::max(std::abs(y), kEpsilon);
    return std::pair{scale * std::abs(p - y), scale * sign_of(p - y)};
  });
}

template <class Real>
double mean_squared_logarithmic_error(const Row<Real>& row, const RowOptions&) {
  return mean_of(row, [](double p, double y) {
    const double difference =
        std::log(std::max(p, kEpsilon) + 1) - std::log(std::max(y, kEpsilon) + 1);
    return std::pair{difference * difference, p > kEpsilon ? 2 * difference / (p + 1) : 0};
  });
}

template <class Real>
double log_cosh(const Row<Real>& row, const RowOptions&) {
  return mean_of(row, [](double p, double y) {
    const double x = p - y, size = std::abs(x);  // the same for -x, without overflow
    return std::pair{size + std::log1p(std::exp(-2 * size)) - std::log(2.0), std::tanh(x)};
  });
}

template <class Real>
double huber(const Row<Real>& row, const RowOptions& o) {
  return mean_of(row, [&](double p, double y) {
    const double x = p - y;
    if (std::abs(x) <= o.delta) return std::pair{0.5 * x * x, x};
    return std::pair{o.delta * std::abs(x) - 0.5 * o.delta * o.delta, o.delta * sign_of(x)};
  });
}

template <class Real>
double hinge(const Row<Real>& row, const RowOptions& o) {
  return mean_of(row, [&](double p, double y) {
    if (o.binary_labels) y = 2 * y - 1;
    const double margin = 1 - y * p;
    return std::pair{std::max(margin, 0.0), margin > 0 ? -y : 0};
  });
}

template <class Real>
double squared_hinge(const Row<Real>& row, const RowOptions& o) {
  return mean_of(row, [&](double p, double y) {
    if (o.binary_labels) y = 2 * y - 1;
    const double margin = std::max(1 - y * p, 0.0);
    return std::pair{margin * margin, -2 * margin * y};
  });
}

template <class Real>
double categorical_hinge(const Row<Real>& row, const RowOptions&) {
  double right = 0;
  int64_t wrong = 0;
  const auto other = [&](int64_t j) { return (1.0 - row.y[j]) * row.p[j]; };
  for (int64_t j = 0; j < row.K; ++j) {
    right += static_cast<double>(row.y[j]) * row.p[j];
    if (other(j) > other(wrong)) wrong = j;
  }
  const double margin = other(wrong) - right + 1;
  for (int64_t j = 0; j < row.K; ++j) {
    const double slope = (j == wrong ? 1.0 - row.y[j] : 0) - row.y[j];
    row.d[j] = static_cast<Real>(margin > 0 ? slope : 0);
  }
  return std::max(margin, 0.0);
}

template <class Real>
double kl_divergence(const Row<Real>& row, const RowOptions&) {
  double sum = 0;
  for (int64_t j = 0; j < row.K; ++j) {
    const double y = std::clamp<double>(row.y[j], kEpsilon, 1);
    const double p = std::clamp<double>(row.p[j], kEpsilon, 1);
    sum += y * std::log(y / p);
    row.d[j] = static_cast<Real>(row.p[j] < kEpsilon || row.p[j] > 1 ? 0 : -y / p);
  }
  return sum;
}

template <class Real>
double poisson(const Row<Real>& row, const RowOptions&) {
  return mean_of(row, [](double p, double y) {
    return std::pair{p - y * std::log(p + kEpsilon), 1 - y / (p + kEpsilon)};
  });
}

// Minus the cosine of the angle between the two rows.
template <class Real>
double cosine_similarity(const Row<Real>& row, const RowOptions&) {
  double pp = 0, yy = 0, py = 0;
  for (int64_t j = 0; j < row.K; ++j) {
    pp += static_cast<double>(row.p[j]) * row.p[j];
    yy += static_cast<double>(row.y[j]) * row.y[j];
    py += static_cast<double>(row.p[j]) * row.y[j];
  }
  const double u = std::min(1 / std::sqrt(pp), 1 / kEpsilon);
  const double v = std::min(1 / std::sqrt(yy), 1 / kEpsilon), cosine = py * u * v;
  for (int64_t j = 0; j < row.K; ++j) {
    row.d[j] = static_cast<Real>(-u * (row.y[j] * v - cosine * row.p[j] * u));
  }
  return -cosine;
}

}  // namespace eddy
