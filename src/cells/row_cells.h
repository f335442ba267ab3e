// SPDX-License-Identifier: MIT
// The cells with activations that look at a whole row (softmax and its kin): the same equations
// with a row of units in the place of a register. Slow, and the same on every instruction set.
#pragma once

#include <string_view>

#include "cells/cell_kernels.h"

namespace eddy {

// As cell_kernels(); forward takes the products from args.zh.
template <class Real>
CellKernels<Real> row_cell_kernels(std::string_view name, int64_t units);

}  // namespace eddy
