// SPDX-License-Identifier: MIT
// Activations that are computed one number at a time by the C library: rarer ones, where a form for
// registers does not pay. Keras' formulas and default arguments; NaN stays NaN.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/activation.h"

namespace eddy {

inline double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
inline double logistic(double x) { return 1 / (1 + std::exp(-x)); }

inline double plain_activation(ActivationKind kind, double x) {
  switch (kind) {
    case ActivationKind::softplus:
      return std::isnan(x) ? x : softplus(x);
    case ActivationKind::log_sigmoid:
      return std::isnan(x) ? x : -softplus(-x);
    case ActivationKind::squareplus:  // b = 4
      return 0.5 * (x + std::sqrt(x * x + 4));
    case ActivationKind::sparse_plus:
      return x <= -1 ? 0 : (x < 1 ? 0.25 * (x + 1) * (x + 1) : x);
    case ActivationKind::sparse_sigmoid:
      return x <= -1 ? 0 : (x >= 1 ? 1 : 0.5 * (x + 1));
    case ActivationKind::soft_shrink:  // threshold 0.5
      return std::abs(x) <= 0.5 ? 0 : (x > 0 ? x - 0.5 : x + 0.5);
    case ActivationKind::hard_shrink:
      return std::abs(x) <= 0.5 ? 0 : x;
    case ActivationKind::gelu:  // approximate = False
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case ActivationKind::silu:
      return x * logistic(x);
    case ActivationKind::hard_silu:
      return x <= -3 ? 0 : (x >= 3 ? x : x * (x + 3) / 6);
    case ActivationKind::mish:
      return std::isnan(x) ? x : x * std::tanh(softplus(x));
    case ActivationKind::tanh_shrink:
      return x - std::tanh(x);
    default:
      return x;
  }
}

// f'(x); `kept` is x for the kinds that need the argument, f(x) for the others.
inline double plain_slope(ActivationKind kind, double kept) {
  switch (kind) {
    case ActivationKind::softplus:
      return -std::expm1(-kept);
    case ActivationKind::log_sigmoid:
      return -std::expm1(kept);
    case ActivationKind::squareplus:  // x = y - 1 / y
      return kept * kept / (1 + kept * kept);
    case ActivationKind::sparse_plus:
      return kept < 1 ? std::sqrt(kept) : 1;
    case ActivationKind::sparse_sigmoid:
      return kept > 0 && kept < 1 ? 0.5 : 0;
    case ActivationKind::soft_shrink:
    case ActivationKind::hard_shrink:
      return kept == 0 ? 0 : 1;
    case ActivationKind::gelu: {
      constexpr double kDensityAtZero = 0.3989422804014327;  // 1 / sqrt(2 pi)
      return 0.5 * std::erfc(-kept / std::sqrt(2.0)) +
             kept * kDensityAtZero * std::exp(-0.5 * kept * kept);
    }
    case ActivationKind::silu: {
      const double s = logistic(kept);
      return s * (1 + kept * (1 - s));
    }
    case ActivationKind::hard_silu:
      return kept <= -3 ? 0 : (kept >= 3 ? 1 : (2 * kept + 3) / 6);
    case ActivationKind::mish: {
      const double t = std::tanh(softplus(kept));
      return t + kept * (1 - t * t) * logistic(kept);
    }
    case ActivationKind::tanh_shrink: {
      const double t = std::tanh(kept);
      return t * t;
    }
    default:
      return 1;
  }
}

}  // namespace eddy
