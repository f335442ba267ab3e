// SPDX-License-Identifier: MIT
// Products cut into tasks for the pool. Cuts depend on the sizes alone, and no sum is ever cut, so
// results do not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/threads.h"
#include "kernels/kernels.h"

namespace eddy {

inline constexpr int64_t kRowsPerTask = 192;

template <class Real>
void parallel_product(const Kernels<Real>& kernel, const ProductArgs<Real>& args) {
  const int64_t tasks = (args.rows + kRowsPerTask - 1) / kRowsPerTask;
  parallel_for(tasks, [&](int64_t task, int64_t) {
    ProductArgs<Real> part = args;
    const int64_t first = task * kRowsPerTask;
    part.rows = std::min(kRowsPerTask, args.rows - first);
    part.a += first * args.a_stride;
    part.c += first * args.c_stride;
    kernel.product(part);
  });
}

// c = a^T d, cut by columns of a; c is overwritten.
template <class Real>
void parallel_outer(const Kernels<Real>& kernel, const OuterArgs<Real>& args) {
  const int64_t columns_per_task = 8;
  const int64_t tasks = (args.a_columns + columns_per_task - 1) / columns_per_task;
  parallel_for(tasks, [&](int64_t task, int64_t) {
    OuterArgs<Real> part = args;
    const int64_t first = task * columns_per_task;
    part.a_columns = std::min(columns_per_task, args.a_columns - first);
    part.a += first;
    part.c += first * args.c_stride;
    for (int64_t m = 0; m < part.a_columns; ++m) {
      std::fill_n(part.c + m * part.c_stride, part.d_columns, Real{0});
    }
    kernel.outer(part);
  });
}

// sums[j] = sum of x[i, j] over the rows, in order.
template <class Real>
void column_sums(const Kernels<Real>& kernel, const Real* x, int64_t rows, int64_t columns,
                 Real* sums) {
  std::fill_n(sums, columns, Real{0});
  for (int64_t i = 0; i < rows; ++i) kernel.add(columns, x + i * columns, sums);
}

}  // namespace eddy
