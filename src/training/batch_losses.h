// SPDX-License-Identifier: MIT
// Keras' losses that see the whole batch or a whole sequence: dice, tversky, circle, ctc.
#pragma once

#include <cstdint>
#include <vector>

#include "eddy/tensor.h"

namespace eddy {

struct BatchOptions {
  double alpha = 0.5, beta = 0.5, gamma = 80, margin = 0.4;
  bool remove_diagonal = true;
};

template <class Real>
struct WholeBatch {
  const Real* p;         // [shape]
  const Shape& shape;    // [B, K] or [B, T, K]
  const float* y;        // as many as p, or labels
  const Shape& y_shape;  // [shape], [B] or [B, L]
};

// Loss values of the batch, one or B of them; `counts` (the same size) says which of them are
// part of a mean.
template <class Real>
using BatchValues = void (*)(const WholeBatch<Real>& batch, const BatchOptions& options,
                             std::vector<double>& values, std::vector<uint8_t>& counts);
// d [size of p] = sum over i of factors[i] * d(values[i])/dp.
template <class Real>
using BatchGradient = void (*)(const WholeBatch<Real>& batch, const BatchOptions& options,
                               const std::vector<double>& factors, Real* d);

template <class Real>
struct BatchLoss {
  BatchValues<Real> values;
  BatchGradient<Real> gradient;
};

// name  "dice", "tversky", "circle" or "ctc"
template <class Real>
BatchLoss<Real> batch_loss(const std::string& name);

}  // namespace eddy
