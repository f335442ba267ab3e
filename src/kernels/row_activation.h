// SPDX-License-Identifier: MIT
// Every activation on rows: those of one number by the kernels, softmax and its kin over the row.
#pragma once

#include <cstdint>

#include "kernels/activation.h"

namespace eddy {

// Rows stand `stride` apart, in all arrays alike.
struct Rows {
  int64_t count, width, stride;
};

// y = f(x); x and y may be the same.
template <class Real>
void activate_rows(ActivationKind kind, const Rows& rows, const Real* x, Real* y);

// dx from x, y = f(x) and dy; dx and dy may be the same. Of x and y only that one is read which
// slope_needs_argument() tells, and both for activations over rows.
template <class Real>
void activate_rows_backward(ActivationKind kind, const Rows& rows, const Real* x, const Real* y,
                            const Real* dy, Real* dx);

}  // namespace eddy
