// SPDX-License-Identifier: MIT
// Layer normalization of rows, one pass over memory for the moments and one for the values. Knows
// no layer and no thread; float for the product, double for gradient checks.
#pragma once

#include <cstdint>

namespace eddy {

// y = (x - mean) / sqrt(variance + epsilon) gamma + beta, the moments of each row (biased).
template <class Real>
struct LayerNormArgs {
  int64_t rows = 0, width = 0;
  Real epsilon = 0;
  const Real* x = nullptr;      // [rows, width]
  const Real* gamma = nullptr;  // [width]; null: 1
  const Real* beta = nullptr;   // [width]; null: 0
  Real* y = nullptr;            // [rows, width]
  Real* mean = nullptr;         // [rows]
  Real* inverse = nullptr;      // [rows]  1 / sqrt(variance + epsilon)
};

template <class Real>
struct LayerNormGradientArgs {
  int64_t rows = 0, width = 0;
  const Real* x = nullptr;        // [rows, width]
  const Real* gamma = nullptr;    // [width]; null: 1
  const Real* mean = nullptr;     // [rows]
  const Real* inverse = nullptr;  // [rows]
  const Real* dy = nullptr;       // [rows, width]
  Real* dx = nullptr;             // [rows, width]; may be dy; null: not wanted
  Real* dgamma = nullptr;         // [width]  added to
  Real* dbeta = nullptr;          // [width]  added to
};

template <class Real>
struct LayerNormKernels {
  void (*forward)(const LayerNormArgs<Real>& args);
  void (*backward)(const LayerNormGradientArgs<Real>& args);
};

// The table of the instruction set in use (see force_simd_target).
template <class Real>
const LayerNormKernels<Real>& layer_norm_kernels();

}  // namespace eddy
