// SPDX-License-Identifier: MIT
// Products and elementwise passes on raw memory. They know no layer, no cell and no thread: callers
// cut the work. One table a type and instruction set; float for the product, double for gradient
// checks.
#pragma once

#include <cstdint>

#include "kernels/activation.h"
#include "kernels/packed.h"
#include "kernels/simd.h"

namespace eddy {

// c[row(i), :] = bias + a[i, :] B, or += without bias.
template <class Real>
struct ProductArgs {
  int64_t rows = 0;
  const Real* a = nullptr;  // [rows, K]
  int64_t a_stride = 0;
  const PackedMatrix<Real>* b = nullptr;  // [K, columns]
  const Real* bias = nullptr;             // [columns]; null: none
  bool accumulate = false;                // add to what c holds; then no bias
  Real* c = nullptr;                      // [*, columns]
  int64_t c_stride = 0;
  const int32_t* c_rows = nullptr;  // [rows]  row(i), all different; null: i itself
  // Of the panels of B, and so of the columns, this call computes the part-th of `parts` equal
  // shares.
  int64_t part = 0, parts = 1;
};

// c += a^T d, and the sums of d's columns while they are near
template <class Real>
struct OuterArgs {
  int64_t rows = 0;  // summed, in order
  int64_t a_columns = 0, d_columns = 0;
  const Real* a = nullptr;  // [rows, a_columns]
  int64_t a_stride = 0;
  const Real* d = nullptr;  // [rows, d_columns]
  int64_t d_stride = 0;
  Real* c = nullptr;  // [a_columns, d_columns]
  int64_t c_stride = 0;
  Real* sums = nullptr;  // [d_columns]  += the sums of d's columns; null: not wanted
  bool near = false;     // d was written just now: nothing of it is fetched ahead
};

template <class Real>
struct Kernels {
  int64_t lanes;  // elements of a register
  void (*product)(const ProductArgs<Real>& args);
  void (*outer)(const OuterArgs<Real>& args);
  // sums[j] += x[i, j] over the rows, in order; rows `stride` apart
  void (*column_sums)(const Real* x, int64_t stride, int64_t rows, int64_t columns, Real* sums);
  // y += x, n elements, any alignment
  void (*add)(int64_t n, const Real* x, Real* y);
  // sum = rows[members[0], :] + rows[members[1], :] + ..., `count` of them in this order; at least
  // one. Of the `listed` >= count members those behind will be summed next: they are fetched ahead.
  void (*sum_rows)(const Real* rows, int64_t width, const int32_t* members, int64_t count,
                   int64_t listed, Real* sum);
  // y = f(x); x and y may be the same
  void (*activate)(ActivationKind f, int64_t n, const Real* x, Real* y);
  // dx = dy f'(x), from y = f(x), or from y = x where slope_needs_argument(f); dx and dy may be the
  // same
  void (*activate_backward)(ActivationKind f, int64_t n, const Real* y, const Real* dy, Real* dx);
};

// The table of the instruction set in use for so many numbers side by side (chosen_simd_target).
template <class Real>
const Kernels<Real>& kernels(int64_t width = kAnyWidth);

}  // namespace eddy
